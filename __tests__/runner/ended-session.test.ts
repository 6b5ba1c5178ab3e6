import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { DataSource, type QueryRunner } from 'typeorm';
import type { TestDatabase } from '../support/index.ts';
import { whileErrorsAreRenamed } from '../support/renamed-errors.ts';
import { listenTo, onDatabase, openRunner, rejection, table } from './project.ts';

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
    onDatabase(async (database, project) => {
      const network = await silentNetwork(database);
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
      await network.close();
    })(),
);

const sleeping = async (database: TestDatabase): Promise<number | undefined> =>
  (
    await database.query(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' AND state = 'active'",
    )
  )[0]?.pid;

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
    fallSilent() {
      for (const [client, upstream] of sockets.slice(0, 1)) upstream.unpipe(client);
    },
    async close() {
      for (const each of sockets.flat()) each.destroy();
      server.close();
    },
  };
}
