import { expect, test } from '@jest/globals';
import type { Logger } from 'typeorm';
import pg from 'pg';
import type { Runner } from '../../src/runner/runner.ts';
import type { TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { listenTo, onDatabase, openRunner, table } from './project.ts';

/** Clients that note each query that the server refuses, of a server that may lack libxml. */
const clientsNoting = (refused: string[], hasLibxml: boolean) =>
  class extends pg.Client {
    override query(...given: any[]): any {
      if (!hasLibxml && /query_to_xml/.test(given[0])) return Promise.reject(withoutLibxml());
      const answer: any = (super.query as (...all: any[]) => any)(...given);
      answer?.catch?.((error: Error) => refused.push(`${error.message}: ${String(given[0])}`));
      return answer;
    }
  };

const withoutLibxml = () => Object.assign(new Error('unsupported XML feature'), { code: '0A000' });

const calls: Readonly<Record<string, (runner: Runner) => Promise<unknown>>> = {
  current: runner => runner.current(),
  status: runner => runner.status(),
  history: runner => runner.history(':current'),
  changedSince: runner => runner.changedSince(),
  plan: runner => runner.plan(),
  check: runner => runner.check().catch((error: Error) => error),
  'upgrade to base': runner => runner.upgrade('base'),
  downgrade: runner => runner.downgrade('base'),
  'upgrade --dry-run': runner => runner.upgrade('heads', { dryRun: true }),
  'stamp base': runner => runner.stamp('base'),
  'upgrade, for the first time': runner => runner.upgrade(),
  'upgrade, again': runner => runner.upgrade(),
};

const states: Readonly<Record<string, (database: TestDatabase) => Promise<void>>> = {
  'an empty database': async () => {},
  "Alembic's version table without a log": database =>
    database.query('CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)').then(() => {}),
};

const cases = Object.entries(states).flatMap(([state, make]) =>
  [true, false].map(hasLibxml => ({ state, make, hasLibxml })),
);

test.each(shareOfToday(cases))(
  'nothing fails, nor is logged as failing, on $state (libxml: $hasLibxml)',
  ({ make, hasLibxml }) =>
    onDatabase(async (database, project) => {
      await project.write(table('a1'), table('b1'));
      for (const [name, call] of Object.entries(calls)) {
        if (name !== 'upgrade, again') {
          await database.query('DROP TABLE IF EXISTS a1, b1, alembic_version, alembic_version_log');
          await make(database);
        }
        const [asked, failed, refused]: [string[], string[], string[]] = [[], [], []];
        const logger: Logger = { ...listenTo(asked), logQueryError: (_error, sql) => void failed.push(sql) };
        const Client = clientsNoting(refused, hasLibxml);
        const { runner } = openRunner(database, project, {}, { logger, extra: { Client } });
        await call(runner);
        expect([name, asked.length > 0, failed, refused]).toEqual([name, true, [], []]);
      }
      expect(await openRunner(database, project).runner.status()).toMatchObject({ heads: ['b1'], unfinished: [] });
    })(),
);
