import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { catalogFingerprint, type TestDatabase, withDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { contents, writeCrashProject } from './crash-project.ts';
import { startUpgrade } from './processes.ts';
import { listenTo, openRunner, type TestProject, withProject } from './project.ts';

/** What the database looks like after a run that nothing interrupts. */
async function uninterrupted(project: TestProject): Promise<unknown> {
  return withDatabase(async database => {
    await openRunner(database, project).runner.upgrade();
    return stateOf(database);
  });
}

const stateOf = async (database: TestDatabase) => ({
  structure: await catalogFingerprint(database),
  contents: await database.query(contents),
});

type Moment = 'before' | 'after';

/** Hangs up, as a killed process does, when the run has come to a query: before it is sent, or right after. */
function hangUpAt(query: number, moment: Moment) {
  let sent = 0;
  return {
    ...listenTo([]),
    logQuery(_sql: string, _parameters?: unknown[], queryRunner?: QueryRunner) {
      if (++sent !== query) return;
      const { connection } = (queryRunner as any).databaseConnection;
      if (moment === 'before') connection.stream.destroy();
      else setImmediate(() => connection.stream.destroy());
    },
  };
}

/** True where the run came to its end before it came to that query. */
async function runUntil(database: TestDatabase, project: TestProject, query: number, moment: Moment): Promise<boolean> {
  const { runner } = openRunner(database, project, {}, { logger: hangUpAt(query, moment) });
  return runner.upgrade().then(
    () => true,
    () => false,
  );
}

/** Every twelfth query, one half of them each day: all of them take minutes. */
describe('a run that is cut off', () => {
  const cuts: readonly [Moment, number][] = [
    ['before', 5],
    ['before', 17],
    ['after', 7],
    ['after', 19],
  ];
  test.each(shareOfToday(cuts))(
    'goes on where it stopped, whichever query it was at: %s it is sent (from query %i on)',
    (moment, first) =>
      withProject(async project => {
        await writeCrashProject(project);
        const expected = await uninterrupted(project);
        let isThrough = false;
        for (let query = first; !isThrough; query += 24) {
          await withDatabase(async database => {
            isThrough = await runUntil(database, project, query, moment);
            const { runner } = openRunner(database, project);
            expect((await runner.upgrade()).heads).toEqual(['c1']);
            expect({ query, state: await stateOf(database) }).toEqual({ query, state: expected });
          });
        }
      }),
    180_000,
  );
});

test(
  'a process that is killed again and again gets there in the end',
  () =>
    withProject(async project => {
      await writeCrashProject(project);
      const expected = await uninterrupted(project);
      await withDatabase(async database => {
        for (const milliseconds of [5, 25, 60]) {
          const { child, started, ended } = await startUpgrade(database, project);
          await started;
          await setTimeout(milliseconds);
          child.kill('SIGKILL');
          await ended;
        }
        const last = await (await startUpgrade(database, project)).ended;
        expect(last).toMatchObject({ code: 0 });
        expect(await stateOf(database)).toEqual(expected);
      });
    }),
  120_000,
);
