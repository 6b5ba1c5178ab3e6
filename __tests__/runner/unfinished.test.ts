import { expect, test } from '@jest/globals';
import type { TestDatabase } from '../support/index.ts';
import {
  onDatabase,
  openRunner,
  rejection,
  table,
  type TestProject,
  type TestRevision,
  withProject,
} from './project.ts';

const trace = (rev: string): string => `await op.execute("INSERT INTO trace (rev) VALUES ('${rev}')");`;
const base: TestRevision = {
  id: 'a1',
  down: null,
  upgrade: "await op.execute('CREATE TABLE trace (id serial, rev text)');",
  downgrade: "await op.execute('DROP TABLE trace');",
};
/** Fails after its first operation, until there is a table `gate`. */
const half: TestRevision = {
  id: 'b1',
  down: 'a1',
  transactional: false,
  upgrade: `${trace('1')} await op.execute("INSERT INTO trace (rev) SELECT '2' FROM gate");`,
  downgrade: `${trace('-2')} await op.execute("INSERT INTO trace (rev) SELECT '-1' FROM gate");`,
};

const traced = async (database: TestDatabase) =>
  (await database.query('SELECT rev FROM trace ORDER BY id')).map(({ rev }) => rev);
const openRuns = (database: TestDatabase) =>
  database.query('SELECT revision FROM alembic_version_log WHERE finished_at IS NULL');

const onHalf = (work: (database: TestDatabase, project: TestProject) => Promise<void>) =>
  onDatabase(async (database, project) => {
    await project.write(base, half);
    await rejection(openRunner(database, project).runner.upgrade());
    await work(database, project);
  });

/** Code that does not have the half-done revision. */
const withOther = (
  database: TestDatabase,
  revisions: readonly TestRevision[],
  work: (opened: ReturnType<typeof openRunner>) => Promise<void>,
) =>
  withProject(async project => {
    await project.write(base, ...revisions);
    await work(openRunner(database, project));
  });

const unknown =
  /^(Warning: )?The upgrade of b1 was interrupted half way, and this code does not have that revision: run `upgrade` with the code that does, or .* `stamp --purge`/;

test(
  'older code serves on beside a half-done revision of newer code, and says so',
  onHalf((database, project) =>
    withOther(database, [], async ({ runner, said }) => {
      for (const options of [{}, { dryRun: true }]) {
        said.length = 0;
        expect(await runner.upgrade('heads', options)).toMatchObject({ steps: [], heads: ['a1'] });
        expect(said).toEqual([expect.stringMatching(unknown)]);
      }
      said.length = 0;
      expect(await runner.plan()).toEqual([]);
      expect(said).toEqual([expect.stringMatching(unknown)]);
      expect(await runner.status()).toMatchObject({ isAtHeads: true, unfinished: [{ revision: 'b1' }] });
      for (const asked of [() => runner.check(), () => runner.stamp(['a1']), () => runner.downgrade('base')]) {
        const error = await rejection(asked());
        expect(error).toMatchObject({ name: 'UnfinishedRevisionError', revision: 'b1', direction: 'upgrade' });
        expect(error.message).toMatch(unknown);
      }
      expect(await openRuns(database)).toHaveLength(1);
      said.length = 0;
      await runner.stamp(['a1'], { purge: true });
      expect(said[0]).toBe(
        'Warning: The upgrade of b1 was interrupted half way and is given up: what it has done stays as it is.',
      );
      expect(await openRuns(database)).toEqual([]);
      said.length = 0;
      await runner.upgrade();
      expect(said).toEqual([]);
      await database.query('CREATE TABLE gate AS SELECT 1');
      await openRunner(database, project).runner.upgrade();
      expect(await traced(database)).toEqual(['1', '1', '2']);
    }),
  ),
);

test(
  'code on another branch than a half-done revision does not migrate further',
  onHalf(database =>
    withOther(database, [{ ...table('h1'), down: 'a1' }], async ({ runner }) => {
      for (const asked of [
        () => runner.upgrade(),
        () => runner.upgrade('h1', { dryRun: true }),
        () => runner.plan('+1'),
      ])
        expect((await rejection(asked())).message).toMatch(unknown);
      expect(await database.query("SELECT to_regclass('h1') AS h1")).toEqual([{ h1: null }]);
    }),
  ),
);

test.each([
  [
    'upgrade',
    'b1',
    /^The upgrade of b1 was interrupted half way, and the version table holds it all the same: .* `stamp`/,
  ],
  [
    'downgrade',
    'a1',
    /^The downgrade of b1 was interrupted half way, and the version table does not hold it any more: .* `stamp`/,
  ],
] as const)('a half-done %s that the version table calls done is not to be run again', (direction, row, message) =>
  onDatabase(async (database, project) => {
    await project.write(base, half);
    const { runner } = openRunner(database, project);
    if (direction === 'downgrade') {
      await database.query('CREATE TABLE gate AS SELECT 1');
      await runner.upgrade();
      await database.query('DROP TABLE gate');
    }
    await rejection(runner[direction](direction === 'upgrade' ? 'heads' : 'a1'));
    await database.query(`UPDATE alembic_version SET version_num = '${row}'`);
    const before = await traced(database);
    await project.write({ ...table('c1'), down: 'b1' });
    // With steps to take, and without.
    const asked =
      direction === 'upgrade'
        ? [() => runner.upgrade(), () => runner.upgrade('b1'), () => runner.plan(), () => runner.check()]
        : [() => runner.downgrade('a1'), () => runner.downgrade('base'), () => runner.plan('base', { direction })];
    for (const each of asked) expect((await rejection(each())).message).toMatch(message);
    expect(await traced(database)).toEqual(before);
    await runner.stamp([row]);
    expect((await runner.upgrade(row)).steps).toEqual([]);
  })(),
);

test(
  'a revision that another process runs now is not called interrupted: its process is named',
  onDatabase(async (database, project) => {
    await project.write(base, {
      ...half,
      upgrade: `${trace('1')} await op.execute('SELECT pg_sleep(20)');`,
    });
    const other = openRunner(database, project, {}, { applicationName: 'the other' });
    await other.runner.upgrade('a1');
    const ending = new AbortController();
    const run = rejection(other.runner.upgrade('heads', { signal: ending.signal }));
    const begun = 'SELECT FROM trace';
    while ((await database.query(begun)).length === 0) await new Promise(resolve => setTimeout(resolve, 50));
    const message =
      /^The upgrade of b1 is not finished, and process \d+ \(the other, user \w+, connected since .*\) holds the migration lock: wait for that run\.$/;
    const { runner, said } = openRunner(database, project);
    const holder = { applicationName: 'the other' };
    for (const asked of [() => runner.check(), () => runner.downgrade('base', { dryRun: true })])
      expect(await rejection(asked())).toMatchObject({ message: expect.stringMatching(message), holder });
    expect(await runner.status()).toMatchObject({
      unfinished: [{ revision: 'b1' }],
      migrating: { applicationName: 'the other' },
    });
    await withOther(database, [], async older => {
      await older.runner.upgrade();
      expect(older.said).toEqual([expect.stringMatching(/^Warning: The upgrade of b1 is not finished, and process/)]);
    });
    expect(said).toEqual([]);
    ending.abort();
    await run;
    expect((await rejection(runner.check())).message).toMatch(/was interrupted half way: run `upgrade` again/);
    expect((await runner.status()).migrating).toBeUndefined();
  }),
);
