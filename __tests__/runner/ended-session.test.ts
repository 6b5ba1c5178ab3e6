import { expect, test } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
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
