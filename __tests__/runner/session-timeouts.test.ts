import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { lockKeyOf } from '../../src/database/advisory-lock.ts';
import type { TestDatabase, TestDataSourceOptions } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table, type TestProject, type TestRevision } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** What a role may have had set for it; later versions of PostgreSQL have more. */
const timeouts = ['idle_session_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'];
const LIMIT = 300;
/** How long work of this test rests: longer than any limit. */
const REST = 700;

interface Hurried {
  readonly database: TestDatabase;
  readonly project: TestProject;
  readonly role: string;
  readonly known: readonly string[];
  /** What is closed after the test. */
  readonly opened: DataSource[];
}

/** A database whose application has a role that PostgreSQL gives little time. */
const onHurriedDatabase = (work: (hurried: Hurried) => Promise<void>) =>
  onDatabase(async (database, project) => {
    const role = `hurried_${randomBytes(6).toString('hex')}`;
    const rows = await database.query('SELECT name FROM pg_settings WHERE name = ANY ($1) ORDER BY name', [timeouts]);
    const known = rows.map(({ name }) => name as string);
    await database.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'a'`);
    const opened: DataSource[] = [];
    try {
      for (const name of known) await database.query(`ALTER ROLE ${role} SET ${name} = ${LIMIT}`);
      await work({ database, project, role, known, opened });
    } finally {
      for (const dataSource of opened) if (dataSource.isInitialized) await dataSource.destroy();
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

function openHurried({ database, project, role, opened }: Hurried, config = {}) {
  const url = new URL(database.url);
  url.username = role;
  url.password = 'a';
  const dataSource = (options: TestDataSourceOptions = {}) => {
    opened.push(new DataSource({ ...options, type: 'postgres', url: url.href, poolSize: 1 }));
    return opened.at(-1)!;
  };
  return openRunner({ dataSource }, project, config);
}

const rest = `await new Promise(resolve => setTimeout(resolve, ${REST}));`;
const busy = (id: string): string => `CREATE TABLE ${id} (id int)`;

describe('a run outlasts the timeouts of its role', () => {
  const revisions: Readonly<Record<string, Omit<TestRevision, 'id'>>> = {
    'in a transaction': { upgrade: `${rest} await op.execute('${busy('a1')}'); ${rest}` },
    'in a statement that takes long': { upgrade: `await op.query('SELECT pg_sleep(${REST / 1000})');` },
    'between the statements of a non-transactional revision': {
      transactional: false,
      upgrade: `${rest} await op.execute('${busy('a1')}'); ${rest} await op.execute('VACUUM a1'); ${rest}`,
    },
    'of a TypeORM migration': {
      transactional: false,
      upgrade: `await op.runMigration(class Rest1700000000000 {
        async up(queryRunner) { await queryRunner.startTransaction(); ${rest} await queryRunner.query('${busy('a1')}');
          ${rest} await queryRunner.commitTransaction(); ${rest} }
        async down() {} });`,
    },
  };

  test.each(shareOfToday(Object.entries(revisions)))('%s', (_, revision) =>
    onHurriedDatabase(async hurried => {
      await hurried.project.write({ id: 'a1', ...revision }, table('b1'));
      const { runner } = openHurried(hurried);
      expect((await runner.upgrade()).heads).toEqual(['b1']);
    })(),
  );

  test(
    'between two attempts',
    onHurriedDatabase(async hurried => {
      const { database, project } = hurried;
      await project.write(table('a1'), { id: 'b1', upgrade: "await op.execute('ALTER TABLE a1 ADD COLUMN b int');" });
      // The pauses grow to ten times as long.
      const { runner, said } = openHurried(hurried, { lockTimeout: 200 });
      await runner.upgrade('a1');
      const client = await database.client();
      await client.query('BEGIN; SELECT FROM a1');
      const upgrade = runner.upgrade();
      await setTimeout(5 * REST);
      await client.query('COMMIT');
      expect((await upgrade).heads).toEqual(['b1']);
      expect(said.some(line => line.startsWith('Trying the upgrade of b1 again'))).toBe(true);
    }),
  );

  test(
    'while it waits for the migration lock',
    onHurriedDatabase(async hurried => {
      const { database, project } = hurried;
      await project.write(table('a1'));
      const { runner, said } = openHurried(hurried);
      const { classId, objectId } = lockKeyOf('public', 'alembic_version');
      const client = await database.client();
      await client.query('SELECT pg_advisory_lock($1, $2)', [classId, objectId]);
      const upgrade = runner.upgrade();
      await setTimeout(2 * REST);
      await client.query('SELECT pg_advisory_unlock($1, $2)', [classId, objectId]);
      expect((await upgrade).heads).toEqual(['a1']);
      expect(said.filter(line => line.includes('connecting again'))).toEqual([]);
    }),
  );
});

describe('the connection goes back with the values', () => {
  const settings = 'SELECT name, setting, source FROM pg_settings WHERE name = ANY ($1) ORDER BY name';

  test.each([
    ['of the role', '', 'user', String(LIMIT)],
    ['that the application set', '60s', 'session', '60000'],
  ])('%s, whatever a revision set', (_, set, source, setting) =>
    onHurriedDatabase(async hurried => {
      const change = hurried.known.map(name => `SET ${name} = '7s'`).join('; ');
      await hurried.project.write({ id: 'a1', upgrade: `await op.execute("${change}");` }, table('b1'), {
        id: 'c1',
        transactional: false,
        upgrade: "await op.execute('RESET ALL');",
      });
      const { runner, dataSource } = openHurried(hurried);
      await dataSource.initialize();
      const { known } = hurried;
      if (set) for (const name of known) await dataSource.query(`SET ${name} = '${set}'`);
      await runner.upgrade();
      const expected = known.map(name => ({ name, setting, source }));
      expect(await dataSource.query(settings, [known])).toEqual(expected);
    })(),
  );
});

describe('a session that a timeout ends all the same', () => {
  const ends: readonly (readonly [string, RegExp, Omit<TestRevision, 'id'>])[] = [
    [
      'idle_session_timeout',
      /terminating connection due to idle-session timeout/,
      { transactional: false, upgrade: `await op.execute("SET idle_session_timeout = 100"); ${rest}` },
    ],
    [
      'idle_in_transaction_session_timeout',
      /terminating connection due to idle-in-transaction timeout/,
      { upgrade: `await op.execute("SET idle_in_transaction_session_timeout = 100"); ${rest}` },
    ],
    [
      'transaction_timeout',
      /terminating connection due to transaction timeout/,
      {
        upgrade: `await op.execute("SET transaction_timeout = 100"); ${rest}; await op.query("SELECT pg_sleep(${REST / 1000})");`,
      },
    ],
  ];

  test.each(ends)('is a lost connection, whose message has the reason: %s', (name, reason, revision) =>
    onHurriedDatabase(async hurried => {
      if (!hurried.known.includes(name)) return;
      const query = "await op.execute('SELECT 1');";
      await hurried.project.write({ id: 'a1', ...revision, upgrade: `${revision.upgrade} ${query}` });
      const { runner } = openHurried(hurried);
      const error = await rejection(runner.upgrade());
      expect(error.name).toBe('ConnectionLostError');
      expect(error.message).toMatch(/^The connection to PostgreSQL was lost during the upgrade of a1 \(/);
      expect(error.message).toMatch(reason);
    })(),
  );
});
