import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { DataSource, type QueryRunner } from 'typeorm';
import type { TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { contextOf, setupOf } from '../../src/runner/context.ts';
import { migrate } from '../../src/runner/migrate.ts';
import { whileErrorsAreRenamed } from '../support/renamed-errors.ts';
import { listenTo, onDatabase, openRunner, rejection, table, type TestProject } from './project.ts';

const pause = 'await new Promise(resolve => setTimeout(resolve, 600));';
const isTransactional = [undefined, false] as const;

/** What ends a session that sends nothing just then, and what PostgreSQL says of it. */
const reasons: readonly (readonly [string, string, string, readonly (false | undefined)[]])[] = [
  [
    'an administrator',
    "setTimeout(() => op.context.x.database.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'), 100);",
    'administrator command',
    isTransactional,
  ],
  [
    'its timeout in a transaction',
    'await op.execute("SET idle_in_transaction_session_timeout = \'100ms\'");',
    'idle-in-transaction timeout',
    [undefined],
  ],
  [
    'its timeout outside of one',
    'await op.execute("SET idle_session_timeout = \'100ms\'");',
    'idle-session timeout',
    [false],
  ],
];

test.each(
  reasons.flatMap(([by, ending, reason, kinds]) => kinds.map(kind => ({ by, ending, reason, transactional: kind }))),
)(
  'a session that $by ended between two statements is told of with that reason (transactional: $transactional)',
  ({ ending, reason, transactional }) =>
    onDatabase(async (database, project) => {
      const [{ major }] = await database.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
      if (major < 14 && reason.startsWith('idle-session')) return;
      await project.write({
        id: 'a1',
        ...(transactional === false && { transactional }),
        upgrade: `await op.execute('CREATE TABLE one ()'); ${ending} ${pause} await op.execute('CREATE TABLE two ()');`,
      });
      await whileErrorsAreRenamed(async () => {
        const { runner } = openRunner(database, project);
        const error = await rejection(runner.upgrade('heads', { x: { database } as never }));
        expect(error.name).toBe('ConnectionLostError');
        expect(error.message).toContain(reason);
      });
      await openRunner(database, project).runner.current();
    })(),
);

test.each(['all', 'each'] as const)(
  'a session that ends while it is brought back to what it was is told of as such (transaction: %s)',
  transaction =>
    onDatabase(async (database, project) => {
      await project.write({ id: 'a1', upgrade: `await op.execute("SET work_mem = '1MB'");` }, table('b1'));
      const logger = {
        ...listenTo([]),
        logQuery(sql: string, _parameters?: unknown[], queryRunner?: QueryRunner) {
          if (/^(RESET|SELECT pg_catalog.set_config\().*work_mem/.test(sql))
            (queryRunner as any).databaseConnection.connection.stream.destroy();
        },
      };
      const { runner } = openRunner(database, project, { transaction }, { logger });
      expect((await rejection(runner.upgrade())).name).toBe('ConnectionLostError');
    })(),
);

test.each([true, false])(
  'a session that is gone, and of which the network says nothing, is told of (transactional: %s)',
  transactional =>
    onSilentNetwork(async (database, project, network) => {
      await project.write({
        id: 'a1',
        ...(!transactional && { transactional: false }),
        upgrade: "await op.execute('SELECT pg_sleep(2)'); await op.execute('SELECT pg_sleep(300)');",
      });
      const { runner } = openRunner(network.database, project);
      const upgraded = rejection(runner.upgrade());
      while ((await sleeping(database)) === undefined) await setTimeout(50);
      await setTimeout(1_200);
      network.fallSilent();
      await database.query('SELECT pg_terminate_backend($1)', [await sleeping(database)]);
      expect((await upgraded).name).toBe('ConnectionLostError');
    })(),
);

/** More than the buffers between the server and its client hold. */
const manyRows = "SELECT repeat('x', 1000000) FROM generate_series(1, 60), pg_sleep(0.3)";

/** When the connection falls silent, which way, and what the revision had done by then as PostgreSQL has it. */
const silences: readonly (readonly [
  string,
  {
    readonly at: RegExp;
    readonly statement?: string;
    readonly isHeard?: boolean;
    readonly isDone?: boolean;
    readonly transactional?: false;
  },
])[] = [
  ['an answer in a transaction', { at: /pg_sleep/ }],
  ['an answer outside of one', { at: /pg_sleep/, transactional: false }],
  ['a large answer in a transaction', { at: /pg_sleep/, statement: manyRows }],
  ['a large answer outside of one', { at: /pg_sleep/, statement: manyRows, transactional: false }],
  ['the answer to COMMIT', { at: /^COMMIT$/, isDone: true }],
  ['a statement in a transaction', { at: /pg_sleep/, isHeard: false }],
  ['COMMIT', { at: /^COMMIT$/, isHeard: false }],
];

test.each(shareOfToday(silences))('%s that the network loses is not waited for without an end', (_, silence) =>
  onSilentNetwork(async (database, project, network) => {
    const { at, statement = 'SELECT pg_sleep(0.3)', isHeard = true, isDone = false, transactional } = silence;
    await openRunner(database, project).runner.ensureVersionTable();
    await project.write({
      id: 'a1',
      ...(transactional === false && { transactional }),
      upgrade: `await op.execute('CREATE TABLE a1 ()'); await op.execute(${JSON.stringify(statement)});`,
    });
    const sent: string[] = [];
    const logger = {
      ...listenTo([]),
      logQuery(sql: string) {
        sent.push(sql);
        if (at.test(sql) && sent.some(each => each.includes('pg_sleep'))) network.fallSilent(isHeard);
      },
    };
    const said: string[] = [];
    const { upgrade } = upgradeOver(network.database.dataSource({ logger }), project.directory, 1_000, said);
    const error = await rejection(upgrade());
    expect(error.name).toBe('ConnectionLostError');
    expect(error.message).toMatch(
      statement === manyRows
        ? /the server has been sending the answer to the statement, and nothing of it has come for \d+ s/
        : /the server has had the session idle for \d+ s, and no answer to the statement has come/,
    );
    expect(error.message.includes('whether')).toBe(at.source.includes('COMMIT'));
    expect(said.filter(line => line.startsWith('Waiting for an answer'))).toHaveLength(1);
    const state = `SELECT EXISTS (SELECT FROM alembic_version) AS "isDone",
      (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) AS sessions`;
    while ((await database.query(state))[0].sessions > 0) await setTimeout(20);
    expect(await database.query(state)).toEqual([{ isDone, sessions: 0 }]);
    await openRunner(database, project).runner.upgrade();
  })(),
);

test(
  'a process that is busy with something else, and answers that come slowly, are no lost connection',
  onSilentNetwork(async (database, project, network) => {
    const block = 'for (const end = Date.now() + 700; Date.now() < end; );';
    const pause = 'await new Promise(resolve => setTimeout(resolve, 700));';
    const large = `op.query("SELECT repeat('x', 1000000) AS x")`;
    Object.assign(globalThis, { slowDown: () => network.slowDown() });
    await project.write({
      id: 'a1',
      upgrade: `await op.execute('SELECT pg_sleep(0.6)'); ${pause} ${block}
        const rows = ${large}; ${block} await rows;
        globalThis.slowDown(); await ${large};
        const slow = op.execute('SELECT pg_sleep(0.55)'); await new Promise(resolve => setTimeout(resolve, 540)); ${block} await slow;
        await op.execute('SELECT pg_sleep(1)');`,
    });
    const said: string[] = [];
    const { upgrade } = upgradeOver(network.database.dataSource({}), project.directory, 200, said);
    expect((await upgrade()).heads).toEqual(['a1']);
    expect(await database.query('SELECT version_num FROM alembic_version')).toEqual([{ version_num: 'a1' }]);
    expect(said.filter(line => line.startsWith('Waiting for an answer'))).toEqual([]);
  }),
);

/** An upgrade for which an answer counts as lost after so many milliseconds. */
function upgradeOver(dataSource: DataSource, directory: string, silence: number, said: string[]) {
  const logger = { info: (line: string) => void said.push(line), warn: (line: string) => void said.push(line) };
  const setup = { ...setupOf(dataSource, { versionLocations: [directory] }, { logger }), silence };
  return { upgrade: async () => migrate(await contextOf(setup), 'upgrade', 'heads', {}) };
}

const sleeping = async (database: TestDatabase): Promise<number | undefined> =>
  (
    await database.query(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' AND state = 'active'",
    )
  )[0]?.pid;

type SilentNetwork = Awaited<ReturnType<typeof silentNetwork>>;

function onSilentNetwork(work: (...given: [TestDatabase, TestProject, SilentNetwork]) => Promise<void>) {
  return onDatabase(async (database, project) => {
    const network = await silentNetwork(database);
    try {
      await work(database, project, network);
    } finally {
      await network.close();
    }
  });
}

/** A way to the database on which the connections that there are fall silent, as behind a router that forgets them. */
async function silentNetwork(database: TestDatabase) {
  const { hostname, port } = new URL(database.url);
  const sockets: (readonly [Socket, Socket])[] = [];
  const server = createServer(client => {
    const upstream = connect(Number(port), hostname);
    for (const each of [client, upstream]) each.on('error', () => {});
    client.pipe(upstream);
    upstream.pipe(client);
    sockets.push([client, upstream]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(database.url);
  url.port = String((server.address() as { port: number }).port);
  return {
    database: { dataSource: (options: object) => new DataSource({ ...options, type: 'postgres', url: url.href }) },
    /** @param isHeard whether the server still hears of its client */
    fallSilent(isHeard = true) {
      for (const [client, upstream] of sockets.slice(0, 1)) {
        upstream.unpipe(client);
        if (!isHeard) client.unpipe(upstream);
      }
    },
    /** What the server has sent at once comes bit by bit. */
    slowDown() {
      const [client, upstream] = sockets[0]!;
      upstream.unpipe(client);
      let turn = Promise.resolve();
      upstream.on('data', (chunk: Buffer) => {
        turn = turn.then(async () => void (client.write(chunk), await setTimeout(chunk.length / 500)));
      });
      upstream.resume();
    },
    async close() {
      for (const each of sockets.flat()) each.destroy();
      server.close();
    },
  };
}
