import { expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, type OpenRunner, rejection, type TestRevision } from './project.ts';

const trace = (rev: string): string => `await op.execute("INSERT INTO trace (rev) VALUES ('${rev}')");`;
const revisions: readonly TestRevision[] = [
  {
    id: 'a1',
    down: null,
    upgrade: `await op.execute('CREATE TABLE IF NOT EXISTS trace (id serial, rev text)'); ${trace('a1')}`,
    downgrade: trace('-a1'),
  },
  { id: 'a2', upgrade: trace('a2'), downgrade: trace('-a2') },
  { id: 'a3', transactional: false, upgrade: trace('a3'), downgrade: trace('-a3') },
  { id: 'b2', down: 'a1', upgrade: trace('b2'), downgrade: trace('-b2') },
];
const traced = async (database: TestDatabase) =>
  (await database.query('SELECT rev FROM trace ORDER BY id')).map(({ rev }) => rev);

const onHistory = (work: (database: TestDatabase, opened: OpenRunner) => Promise<void>) =>
  onDatabase(async (database, project) => {
    await project.write(...revisions);
    const opened = openRunner(database, project);
    await opened.runner.upgrade('a3');
    await work(database, opened);
  });

/** What somebody did to the tables, the revisions that `upgrade a3` would run again, and where the version table is then. */
const damages: readonly (readonly [string, string, readonly string[], string])[] = [
  ['emptied', 'DELETE FROM alembic_version', ['a1', 'a2', 'a3'], 'base'],
  ['dropped', 'DROP TABLE alembic_version', ['a1', 'a2', 'a3'], 'base'],
  ['set back', "UPDATE alembic_version SET version_num = 'a2'", ['a3'], 'a2'],
  [
    'emptied, beside a log of an earlier version',
    'DELETE FROM alembic_version; ALTER TABLE alembic_version_log DROP parents',
    ['a1', 'a2', 'a3'],
    'base',
  ],
  [
    'emptied, beside a log that began later',
    "DELETE FROM alembic_version; DELETE FROM alembic_version_log WHERE revision <> 'a3'",
    ['a3'],
    'base',
  ],
  [
    'set back, beside a log that lacks what is between',
    "UPDATE alembic_version SET version_num = 'a1'; DELETE FROM alembic_version_log WHERE revision = 'a2'",
    ['a3'],
    'a1',
  ],
];

test.each(damages)(
  'a version table that was %s is no reason to run again what the log has as applied',
  (_, damage, again, at) =>
    onHistory(async (database, { runner }) => {
      await database.query(damage);
      const before = await traced(database);
      for (const asked of [
        () => runner.upgrade(),
        () => runner.upgrade('a3', { dryRun: true }),
        () => runner.plan('a3'),
      ]) {
        const error = await rejection(asked());
        expect(error).toMatchObject({ name: 'RevisionsLoggedError', revisions: again, logged: ['a3'] });
        expect(error.message).toMatch(
          new RegExp(
            `is at ${at}, and its log says that ${again.join(', ')} (is|are) applied: .*\`stamp ${at}\` first; .*\`stamp --purge a3\``,
          ),
        );
      }
      const { contradiction } = await runner.status();
      expect(contradiction).toMatchObject({ revisions: again, logged: ['a3'] });
      expect(contradiction!.message).toMatch(new RegExp(`^The version table is at ${at}, and its log says that `));
      const script = await runner.sql('upgrade', at === 'base' ? 'a3' : `${at}:a3`);
      if (again.length > 1 || at === 'a2') await expect(database.query(script)).rejects.toThrow(/log says that it is/);
      await database.query('ROLLBACK');
      expect(await traced(database)).toEqual(before);

      await runner.stamp(at);
      await runner.upgrade('a3');
      expect((await traced(database)).slice(before.length)).toEqual(
        ['a1', 'a2', 'a3'].slice(at === 'base' ? 0 : Number(at.slice(1))),
      );
      await database.query(damage);
      await runner.stamp('a3', { purge: true });
      expect((await runner.upgrade('a3')).steps).toEqual([]);
      expect((await runner.upgrade()).heads).toEqual(['a3', 'b2']);
    })(),
);

/** What somebody did, and which revisions the code that runs then has not. */
const elsewhere = ['DELETE FROM alembic_version', "DELETE FROM alembic_version WHERE version_num = 'a4'"].flatMap(
  damage => [[], ['a4'], ['b2'], ['a4', 'b2']].map(lacking => [damage, lacking] as const),
);

test(
  'each stamp that the error proposes is one that this code can do',
  onDatabase(async (database, project) => {
    const all = [...revisions, { id: 'a4', down: 'a3' }];
    await project.write(...all);
    const { runner } = openRunner(database, project);
    await runner.upgrade();
    const restore = `DELETE FROM alembic_version_log WHERE direction = 'stamp'; DELETE FROM alembic_version;
      INSERT INTO alembic_version VALUES ('a4'), ('b2');`;
    const proposed: string[] = [];
    for (const [damage, lacking] of elsewhere) {
      await project.write(...all);
      for (const id of lacking) await rm(join(project.directory, `${id}.mjs`));
      await database.query(restore + damage);
      const error = await rejection(runner.upgrade('a3'));
      const stamps = [...error.message.matchAll(/`stamp (--purge )?([^`]*)`/g)];
      for (const [, purge, targets] of stamps) {
        await database.query(restore + damage);
        await runner.stamp(targets.split(' '), { purge: purge !== undefined });
      }
      const others = lacking.filter(id => error.message.includes(id));
      proposed.push(
        `${error.name}, without ${lacking.join()}: ${stamps.map(([, , targets]) => targets).join('; ')}; of others ${others.join()}`,
      );
    }
    const [logged, diverged] = ['RevisionsLoggedError, without ', 'DatabaseDivergedError, without '];
    expect(proposed).toEqual([
      `${logged}: base; a4 b2; of others `,
      `${logged}a4: base; of others a4`,
      `${logged}b2: base; of others b2`,
      `${logged}a4,b2: base; of others a4,b2`,
      `${logged}: b2; a4 b2; of others `,
      `${logged}a4: b2; of others a4`,
      `${diverged}b2: ; of others b2`,
      `${diverged}a4,b2: ; of others b2`,
    ]);
  }),
);

type Work = (database: TestDatabase, opened: OpenRunner) => Promise<unknown>;

/** What may come before an upgrade that is to run these revisions, whatever the log says of the past. */
const pasts: Readonly<Record<string, readonly [readonly string[], Work]>> = {
  'a downgrade': [['a2', 'a3'], (_, { runner }) => runner.downgrade('a1')],
  'a downgrade to base': [['a1', 'a2', 'a3'], (_, { runner }) => runner.downgrade('base')],
  'a stamp of less': [['a3'], (_, { runner }) => runner.stamp('a2')],
  'a stamp of base': [['a1', 'a2', 'a3'], (_, { runner }) => runner.stamp('base')],
  'a stamp of base, which purges': [['a1', 'a2', 'a3'], (_, { runner }) => runner.stamp('base', { purge: true })],
  'a stamp of another branch': [['a2', 'a3'], (_, { runner }) => runner.stamp('b2', { purge: true })],
  'the script of a downgrade': [
    ['a3'],
    async (database, { runner }) => database.query(await runner.sql('downgrade', 'a3:a2')),
  ],
  'the script of a stamp': [
    ['a2', 'a3'],
    async (database, { runner }) => database.query(await runner.stampSql(['a3:a1'])),
  ],
  'up and down, twice': [
    ['a2', 'a3'],
    async (_, { runner }) => {
      for (const target of ['a1', 'base']) {
        await runner.downgrade(target);
        await runner.upgrade('heads');
      }
      await runner.downgrade('a1');
      await runner.upgrade('b2');
    },
  ],
  'the loss of both tables': [
    ['a1', 'a2', 'a3'],
    database => database.query('DROP TABLE alembic_version, alembic_version_log'),
  ],
  'the loss of all rows': [
    ['a1', 'a2', 'a3'],
    database => database.query('TRUNCATE alembic_version, alembic_version_log'),
  ],
  'a stamp that an earlier version logged': [
    ['a3'],
    async (database, { runner }) => {
      await runner.stamp('a2');
      await database.query('ALTER TABLE alembic_version_log DROP parents');
    },
  ],
};

test.each(Object.entries(pasts))('after %s, an upgrade runs what is to be run', (_, [expected, past]) =>
  onHistory(async (database, opened) => {
    await past(database, opened);
    expect(await opened.runner.status()).not.toHaveProperty('contradiction');
    const { steps } = await opened.runner.upgrade('a3');
    expect(steps.map(({ revision }) => revision)).toEqual(expected);
    opened.queries.length = 0;
    expect((await opened.runner.upgrade('a3')).steps).toEqual([]);
    expect(opened.queries).toHaveLength(1);
  })(),
);
