import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { MigrationsConfig } from '../../src/config.ts';
import { createRunner } from '../../src/runner/create-runner.ts';
import type { CallOptions, Runner } from '../../src/runner/runner.ts';
import { withDatabase, withPglite } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { rejection, table, withProject } from './project.ts';

/** What ends a call: by its signal, or by an error of the caller's own. */
interface Ending {
  /** What the revision does; it has nothing to do with a `check`. */
  readonly upgrade?: string;
  readonly transactional?: false;
  readonly config?: MigrationsConfig;
  /** Called with each line that is logged. */
  readonly listen?: (line: string) => void;
  readonly call?: (runner: Runner, options: CallOptions) => Promise<unknown>;
}

/** What the ways to end a call share: revisions have the same by their global names. */
let controller = new AbortController();
const abort = (): void => controller.abort(new Error('enough'));
const fail = (): never => {
  throw new Error('enough');
};
Object.assign(globalThis, { abort, fail, later: setTimeout });

const begin = `await op.execute('CREATE TABLE slow (i int)'); await op.execute("SET work_mem = '9MB'");`;
const change = `${begin} await op.execute("SET app.tenant = 'other'"); await op.execute('SELECT pg_advisory_lock(7)');`;

const check: Ending['call'] = (runner, options) => runner.check(options);

const endings: Readonly<Record<string, Ending>> = {
  'a signal between two statements': { upgrade: `abort(); await op.execute('SELECT 1');` },
  'a signal during a statement': {
    upgrade: `const asleep = op.execute('SELECT pg_sleep(0.2)'); abort(); await asleep; await later(20); await op.execute('SELECT 2');`,
  },
  'a signal while the revision waits for something else': {
    upgrade: `later(20).then(abort); await later(600_000, undefined, { ref: false });`,
  },
  'a signal in a revision that catches all errors': {
    upgrade: `abort(); for (let i = 0; i < 9; i++) await op.execute('SELECT 1').catch(() => {});`,
  },
  'a signal in a statement that fails': {
    upgrade: `await op.execute('SELECT 1/0').catch(() => {}); abort(); await op.execute('SELECT 1');`,
  },
  'a signal in a non-transactional revision': {
    transactional: false,
    upgrade: `abort(); await op.execute('SELECT 1');`,
  },
  'a signal in onVersionApply': { config: { onVersionApply: abort } },
  'a signal after a query of onVersionApply': {
    config: {
      async onVersionApply({ query }) {
        await query("SELECT pg_catalog.set_config('app.tenant', 'third', false)");
        abort();
      },
    },
  },
  'a signal in a listener': { listen: line => line.startsWith('Running') && abort() },
  'a signal in includeObject': { config: { includeObject: () => (abort(), true) }, call: check },
  'a signal in a plan': {
    upgrade: `abort(); await op.query('SELECT 1');`,
    call: (runner, options) => runner.plan('heads', options),
  },
  'an error of a revision': { upgrade: 'fail();' },
  'an error of a statement': { upgrade: `await op.execute('SELECT 1/0');` },
  'an error of a statement that is caught': { upgrade: `await op.execute('SELECT 1/0').catch(() => {});` },
  'an error of a non-transactional revision': { transactional: false, upgrade: `await op.execute('SELECT 1/0');` },
  'an error of onVersionApply': { config: { onVersionApply: fail } },
  'an error of a query of onVersionApply': {
    config: { onVersionApply: async ({ query }) => void (await query('SELECT 1/0').catch(() => {})) },
  },
  'an error of a listener': { listen: line => line.startsWith('Running') && fail() },
  'an error of includeObject': { config: { includeObject: fail }, call: check },
  'an error of includeName': { config: { includeName: fail }, call: check },
};

const silent = { info() {}, warn() {} };

/** Ends a call that runs the one revision which is left, and looks at what is left of it at once. */
async function endOne(name: string, ending: Ending, dataSource: DataSource, look: Look): Promise<void> {
  await withProject(async project => {
    const { upgrade = '', transactional, config, listen = () => {}, call } = ending;
    const versionLocations = [project.directory];
    await project.write(table('a1'));
    await createRunner(dataSource, { versionLocations }, { logger: silent }).upgrade();
    if (call !== check)
      await project.write({
        id: 'b1',
        upgrade: `${change} ${upgrade}`,
        ...(transactional === false && { transactional }),
      });
    const before = await look(session);
    controller = new AbortController();
    const { signal } = controller;
    const ofRunner = Object.keys(endings).indexOf(name) % 2 === 0;
    const logger = { info: listen, warn: listen };
    const own = { versionLocations, allowNoEntities: true, ...config };
    const runner = createRunner(dataSource, own, { logger, ...(ofRunner && { signal }) });
    const options = ofRunner ? {} : { signal };
    const error = await rejection(call ? call(runner, options) : runner.upgrade('heads', options));
    expect([name, await look(session).catch(String)]).toEqual([name, before]);
    expect([name, error.name === 'AbortError', String(error)]).toEqual([
      name,
      name.startsWith('a signal'),
      expect.stringMatching(/enough|division by zero/),
    ]);
    expect([name, await look(committed)]).toEqual([name, [{ slow: transactional === false, versions: ['a1'] }]]);
    await look('DROP TABLE IF EXISTS slow, a1, alembic_version, alembic_version_log, alembic_version_journal');
  });
}

type Look = (sql: string) => Promise<readonly unknown[]>;

/** All that a session is, as its owner finds it. */
const session = `SELECT current_setting('work_mem') AS memory, current_setting('search_path') AS path, current_setting('app.tenant', true) AS tenant,
  current_setting('statement_timeout') AS patience, (SELECT count(*)::int FROM pg_temp.draft) AS draft, now() = statement_timestamp() AS "isAlone",
  ARRAY(SELECT pg_listening_channels()) AS channels, ARRAY(SELECT name FROM pg_prepared_statements WHERE name <> '') AS prepared,
  ARRAY(SELECT objid::int FROM pg_locks WHERE locktype = 'advisory') AS locks`;

const owner = `SET work_mem = '7MB'; SET app.tenant = 'mine'; SET statement_timeout = '77s'; CREATE TEMPORARY TABLE draft (i int);
  INSERT INTO draft VALUES (1); LISTEN news; PREPARE ask AS SELECT 1; SELECT pg_advisory_lock(5)`;

/** What a server shows: to the application's pool, and to others. */
const outside = `SELECT current_setting('work_mem') AS memory, coalesce(current_setting('app.tenant', true), '') AS tenant`;
const busy = `SELECT (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks, (SELECT count(*)::int FROM pg_stat_activity
  WHERE application_name = 'called' AND datname = current_database() AND state LIKE 'idle in%') AS transactions`;

const committed = `SELECT to_regclass('slow') IS NOT NULL AS slow, ARRAY(SELECT version_num FROM alembic_version) AS versions`;

for (const isInitialized of [false, true]) {
  const state = isInitialized ? 'an initialized DataSource' : 'a DataSource that is not initialized';

  test(`a PGlite of the user's is, after a call on ${state}, what it was before, whatever ended the call`, () =>
    withPglite(async database => {
      const look: Look = async sql => (await database.pglite.exec(sql)).at(-1)!.rows;
      const dataSource = database.dataSource();
      if (isInitialized) await dataSource.initialize();
      await look(owner);
      for (const [name, ending] of shareOfToday(Object.entries(endings))) await endOne(name, ending, dataSource, look);
    }));

  test(`a server has nothing left of a call on ${state}, whatever ended it`, () =>
    withDatabase(async database => {
      const dataSource = database.dataSource({ applicationName: 'called', poolSize: 2 });
      if (isInitialized) await dataSource.initialize();
      const look: Look = async sql => {
        if (sql !== session) return database.query(sql);
        const inside = isInitialized ? await dataSource.query(outside) : [];
        return [...inside, ...(await database.query(outside)), ...(await database.query(busy))];
      };
      for (const [name, ending] of shareOfToday(Object.entries(endings))) await endOne(name, ending, dataSource, look);
    }));
}
