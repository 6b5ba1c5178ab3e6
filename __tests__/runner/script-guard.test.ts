import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import type { MigrationsConfig } from '../../src/config.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { type TestDatabase, type TestDataSourceOptions, withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, type TestProject, type TestRevision } from './project.ts';
import { hasPsql } from './scripting.ts';

/** Two branches that are joined, and a history of its own that depends on the first. */
const needs: Readonly<Record<string, readonly string[]>> = {
  a1: [],
  a2: ['a1'],
  a3: ['a2'],
  b2: ['a1'],
  m4: ['a3', 'b2'],
  s1: ['a2'],
};
const trace = (rev: string): string => `await op.execute("INSERT INTO trace (rev) VALUES ('${rev}')");`;
const revision = (id: string, header: Partial<TestRevision>): TestRevision => ({
  id,
  upgrade: trace(id),
  downgrade: trace(`-${id}`),
  ...header,
});
const writeHistory = (project: TestProject): Promise<void> =>
  project.write(
    revision('a1', { down: null }),
    revision('a2', {}),
    revision('a3', { transactional: false }),
    revision('b2', { down: 'a1' }),
    revision('m4', { down: ['a3', 'b2'] }),
    revision('s1', { down: null, dependsOn: ['a2'], transactional: false }),
  );

/** What is applied where the version table has these rows. */
function applied(rows: readonly string[]): readonly string[] {
  const all = new Set(rows);
  for (const id of all) for (const each of needs[id]!) all.add(each);
  return [...all].sort();
}

const states = [
  [],
  ['a1'],
  ['a2'],
  ['b2'],
  ['a3'],
  ['a2', 'b2'],
  ['a3', 'b2'],
  ['m4'],
  ['s1'],
  ['s1', 'b2'],
  ['m4', 's1'],
];

/** Scripts, with the states in which nothing of them is applied and all that they need is. */
const scripts = [
  { way: 'upgrade', range: 'a3', from: [''] },
  { way: 'upgrade', range: 'heads', from: [''] },
  { way: 'upgrade', range: 'a1:a2', from: ['a1'] },
  { way: 'upgrade', range: 'a1:b2', from: ['a1'] },
  { way: 'upgrade', range: 'a2:a3', from: ['a2', 'a2,b2'] },
  { way: 'upgrade', range: 'a2:s1', from: ['a2', 'a2,b2'] },
  { way: 'upgrade', range: 'b2:m4', from: ['b2'] },
  { way: 'downgrade', range: 'a3:a1', from: ['a3'] },
  { way: 'downgrade', range: 'a2:base', from: ['a2'] },
  { way: 'downgrade', range: 's1:-1', from: ['s1', 's1,b2'] },
  { way: 'downgrade', range: 'm4:a3', from: ['m4', 'm4,s1'] },
] as const;

type Send = (database: TestDatabase, script: string) => Promise<string>;

const psql =
  (...args: readonly string[]): Send =>
  async ({ url }, script) =>
    spawnSync('psql', ['-X', '-q', ...args, '-f', '-', url], { input: script, encoding: 'utf8' })
      .stderr.split('\n')
      .filter(line => line.includes('ERROR:'))
      .join('\n');

const ways: Readonly<Record<string, Send>> = {
  ...(hasPsql && { 'psql that stops': psql('-v', 'ON_ERROR_STOP=1'), 'psql that goes on': psql() }),
  'one query of a client': async (database, script) => {
    try {
      await database.query(script);
      return '';
    } catch (error) {
      await database.query('ROLLBACK');
      return `ERROR: ${(error as Error).message}`;
    }
  },
};

const refusal = /Expected the database at .* but found it at .*: it was not run/;

/** What is applied after revisions have left their traces, of which none may do again what was done. */
function changedBy(rows: readonly string[], traced: readonly string[], name: string): readonly string[] {
  const now = new Set(applied(rows));
  for (const each of traced) {
    const id = each.replace('-', '');
    expect([name, each, now.has(id)]).toEqual([name, each, each !== id]);
    if (each === id) now.add(id);
    else now.delete(id);
  }
  return [...now].filter(id => ![...now].some(other => needs[other]!.includes(id)));
}

const inOrder = (ids: readonly string[]) => ({ rows: [...ids].sort() });

async function moveTo(database: TestDatabase, rows: readonly string[]): Promise<void> {
  await database.query('TRUNCATE trace, alembic_version, alembic_version_log; RESET default_transaction_read_only');
  for (const row of rows) await database.query(`INSERT INTO alembic_version VALUES ('${row}')`);
}

async function stateOf(database: TestDatabase) {
  const traced = await database.query('SELECT rev FROM trace ORDER BY id');
  const versions = await database.query('SELECT version_num AS id FROM alembic_version ORDER BY 1');
  return {
    traced: traced.map(({ rev }) => rev as string),
    rows: versions.map(({ id }) => id as string),
  };
}

describe.each(Object.keys(ways))('a script in %s', way => {
  test(
    'runs each revision once, or none where the database is elsewhere',
    onDatabase(async (database, project) => {
      await writeHistory(project);
      const { runner } = openRunner(database, project);
      await runner.ensureVersionTable();
      await database.query('CREATE TABLE trace (id serial, rev text)');
      const cases = scripts.flatMap(script => states.map(rows => ({ ...script, rows })));
      for (const { way: direction, range, from, rows } of shareOfToday(cases, way.startsWith('psql') ? 10 : 40)) {
        await moveTo(database, rows);
        const said = await ways[way]!(database, await runner.sql(direction, range));
        const { traced, rows: after } = await stateOf(database);
        const name = `${direction} ${range} at ${rows.join()}`;
        expect({ name, ...inOrder(after) }).toEqual({ name, ...inOrder(changedBy(rows, traced, name)) });
        const isFit = (from as readonly string[]).includes(rows.join());
        expect([name, said]).toEqual([name, isFit ? '' : expect.stringMatching(refusal)]);
        // Of the first, one step is right there and the next is not; the last goes on after what it was refused.
        const isPartly = name === 'downgrade a3:a1 at a3,b2' || way === 'psql that goes on';
        if (!isPartly) expect([name, traced.length > 0]).toEqual([name, isFit]);
      }
    }),
  );
});

test(
  'a stamp of a script is refused where the table holds what contradicts it',
  onDatabase(async (database, project) => {
    await writeHistory(project);
    const { runner } = openRunner(database, project);
    await runner.ensureVersionTable();
    await database.query('CREATE TABLE trace (id serial, rev text)');
    const send = ways['one query of a client']!;
    const outcomes: string[] = [];
    for (const target of ['a2', 'a1:a2', 'a1:b2', 's1', 'm4:base'])
      for (const rows of [[], ['a1'], ['a2'], ['b2'], ['m4']]) {
        await moveTo(database, rows);
        const said = await send(database, await runner.stampSql([target]));
        const { rows: after } = await stateOf(database);
        if (said) expect(after).toEqual(rows);
        else outcomes.push(`${target} at ${rows.join()}: ${after.join()}`);
      }
    expect(outcomes).toEqual([
      'a2 at : a2',
      'a2 at b2: a2,b2',
      'a1:a2 at a1: a2',
      'a1:b2 at a1: b2',
      's1 at : s1',
      's1 at b2: b2,s1',
      's1 at m4: m4,s1',
      'm4:base at m4: ',
    ]);
  }),
);

test(
  'a script of a revision that was interrupted half way is refused',
  onDatabase(async (database, project) => {
    await project.write(
      { id: 'a1', upgrade: "await op.execute('CREATE TABLE trace (id serial, rev text)');" },
      {
        id: 'b1',
        transactional: false,
        // What it sets is reset after it, and not what the guard sets.
        upgrade: `await op.execute("SET work_mem = '9MB'"); ${trace('1')} await op.execute("INSERT INTO trace (rev) SELECT '2' FROM gate");`,
      },
    );
    const { runner } = openRunner(database, project);
    await rejection(runner.upgrade());
    await database.query('CREATE TABLE gate AS SELECT 1');
    const script = await runner.sql('upgrade', 'a1:b1');
    for (const send of Object.values(ways)) {
      expect(await send(database, script)).toMatch(/a run of b1 or a1 was interrupted half way/);
      expect(await stateOf(database)).toEqual({ traced: ['1'], rows: ['a1'] });
    }
    await database.query('RESET default_transaction_read_only');
    await runner.upgrade();
    expect((await stateOf(database)).traced).toEqual(['1', '2']);
  }),
);

/** Those of this database: other tests have theirs beside it. */
const advisoryLocks = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** A revision that notes which locks its session has. */
const locks = `await op.execute(\`INSERT INTO locks SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted
  AND pid = pg_backend_pid() AND objsubid = 2 AND classid = 1952541794\`);`;
const places: readonly (readonly [string, MigrationsConfig, TestDataSourceOptions])[] = [
  ['the search path', {}, {}],
  ['the role’s schema, first on the path', {}, { extra: { options: '-c search_path=own,public' } }],
  ['the DataSource’s schema', {}, { schema: 'own' }],
  ['a schema of the configuration', { versionTableSchema: 'own', versionTable: 'Über "x"' }, {}],
  ['a name with quotes', { versionTable: 'Über "x"\t\\' }, {}],
];

test.each(places)('a script takes the lock that a run takes: %s', (_, config, options) =>
  onDatabase(async (online, project) => {
    await project.write({ id: 'a1', upgrade: locks }, { id: 'b1', upgrade: locks, transactional: false });
    await withDatabase(async scripted => {
      for (const database of [online, scripted])
        await database.query('CREATE SCHEMA own; CREATE TABLE public.locks (id oid)');
      const runner = openRunner(online, project, config, options).runner;
      const script = await runner.sql('upgrade', 'heads');
      await runner.upgrade();
      await scripted.query("SELECT set_config('search_path', $1, false)", [options.extra ? 'own, public' : 'public']);
      await scripted.query(script);
      const of = (database: TestDatabase) => database.query('SELECT id FROM public.locks');
      expect(await of(scripted)).toEqual(await of(online));
      expect(await of(online)).toHaveLength(2);
      expect(
        await scripted.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"),
      ).toEqual([]);
      expect(await scripted.query('SHOW default_transaction_read_only')).toEqual([
        { default_transaction_read_only: 'off' },
      ]);
    });
  })(),
);

/** Lasts until the table `opened` has a row for the revision. */
const untilOpened = (id: string): string =>
  `DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM opened WHERE rev = '${id}') LOOP PERFORM pg_sleep(0.02); END LOOP; END $$`;

const sleeping = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%1952541794%' AND wait_event = 'PgSleep'`;

/** A script whose own waiting before its first transaction is over. */
const withoutWaits = (script: string): string => script.replaceAll(/^BEGIN; DO (\$wait\$)\n.*?\n\1; COMMIT;$/gms, '');

test.each([
  ['repeatable read', undefined],
  ['serializable', false],
] as const)(
  'a script waits for a run, and is refused when the wait is over or the run has done it: %s, %s',
  (isolation, transactional) =>
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        upgrade: "await op.execute('CREATE TABLE trace (id serial, rev text); CREATE TABLE opened (rev text)');",
      });
      const own = { ...(transactional === false && { transactional }) };
      await project.write({ id: 'b1', ...own, upgrade: `${trace('b1')} await op.execute("${untilOpened('b1')}");` });
      const { runner } = openRunner(database, project);
      await runner.upgrade('a1');
      await database.query(`SET default_transaction_isolation = '${isolation}'`);
      const script = await runner.sql('upgrade', 'a1:b1');
      const run = runner.upgrade();
      while ((await database.query(advisoryLocks)).length === 0);
      const send = ways['one query of a client']!;
      expect(await send(database, script.replaceAll(/1\.\.\d+/g, '1..2'))).toMatch(
        /Could not acquire the migration lock/,
      );
      const waiting = [script, withoutWaits(script)].map(async text => {
        const client = await database.client();
        await client.query(`SET default_transaction_isolation = '${isolation}'`);
        return client.query(text).then(String, String);
      });
      while ((await database.query(sleeping)).length < 2) await setTimeout(20);
      await database.query("INSERT INTO opened VALUES ('b1')");
      for (const said of await Promise.all(waiting))
        expect(said).toMatch(/Expected the database at a1 for this script but found it at b1/);
      await run;
      expect((await stateOf(database)).traced).toEqual(['b1']);
    })(),
);

test(
  'a run builds an index concurrently while scripts wait for it',
  onDatabase(async (database, project) => {
    const create = "await op.execute('CREATE TABLE trace (id serial, rev text); CREATE TABLE opened (rev text)');";
    const index = (name: string) =>
      `await op.createIndex({ name: '${name}', table: 'trace', columns: ['rev'], concurrently: true });`;
    await project.write({ id: 'a1', upgrade: create });
    await project.write({
      id: 'b1',
      transactional: false,
      upgrade: `await op.execute("${untilOpened('b1')}"); ${index('one')} ${index('two')}`,
    });
    const { runner } = openRunner(database, project);
    await runner.upgrade('a1');
    const script = await runner.sql('upgrade', 'a1:b1');
    // One that has waited in vain before its first transaction does not give up by itself.
    const endless = withoutWaits(script).replaceAll(/1\.\.\d+/g, '1..1000000');
    const run = runner.upgrade();
    while ((await database.query(advisoryLocks)).length === 0);
    const waiting = [script, endless].map(async text => {
      const client = await database.client();
      return client.query(text).then(String, String);
    });
    while ((await database.query(sleeping)).length < 2) await setTimeout(20);
    await database.query("INSERT INTO opened VALUES ('b1')");
    const [patient, other] = await Promise.all(waiting);
    expect(patient).toMatch(/Expected the database at a1 .* but found it at b1/);
    expect(other).toMatch(/Could not acquire the migration lock: another session holds it/);
    expect((await run).heads).toEqual(['b1']);
    expect(await database.query("SELECT relname FROM pg_class WHERE relname IN ('one', 'two') ORDER BY 1")).toEqual([
      { relname: 'one' },
      { relname: 'two' },
    ]);
  }),
);

test(
  'a run waits for a script',
  onDatabase(async (database, project) => {
    await project.write({
      id: 'a1',
      upgrade: "await op.execute('CREATE TABLE trace (id serial, rev text); CREATE TABLE opened (rev text)');",
    });
    for (const [id, transactional] of [
      ['b1', undefined],
      ['c1', false],
    ] as const)
      await project.write({
        id,
        ...(transactional === false && { transactional }),
        upgrade: `await op.execute("${untilOpened(id)}"); ${trace(id)}`,
      });
    const { runner } = openRunner(database, project);
    await runner.upgrade('a1');
    for (const [from, to] of [
      ['a1', 'b1'],
      ['b1', 'c1'],
    ]) {
      const script = database.query(await runner.sql('upgrade', `${from}:${to}`));
      const { dataSource, ...other } = openRunner(database, project);
      await dataSource.initialize();
      while ((await dataSource.query(advisoryLocks)).length === 0);
      const waiting = other.runner.upgrade(to);
      while (!/Waiting for the migration lock/.test(other.said.join())) await setTimeout(20);
      await dataSource.query('INSERT INTO opened VALUES ($1)', [to]);
      expect((await waiting).steps).toEqual([]);
      await script;
      await dataSource.destroy();
    }
    expect((await stateOf(database)).traced).toEqual(['b1', 'c1']);
  }),
);
