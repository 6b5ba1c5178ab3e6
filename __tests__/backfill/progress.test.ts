import { describe, expect, test } from '@jest/globals';
import { backfillReport, describeProgress } from '../../src/runner/backfill-report.ts';
import { operationsInto } from '../../src/operations/operations.ts';
import { withDatabase } from '../support/index.ts';

/** What is said of a backfill of so many rows that takes so many seconds for each thousand, some of which come late. */
async function said(rows: number, secondsPerThousand: number, late = 0): Promise<readonly string[]> {
  const lines: string[] = [];
  let now = 0;
  const clock = { now: () => now, sleep: async () => {}, random: () => 0 };
  const report = backfillReport({ clock, logger: { info: line => lines.push(line), warn: line => lines.push(line) } });
  const progress = { table: 'ticket' };
  let known = rows - late;
  await report({ ...progress, done: 0, isComplete: false }, async () => known);
  for (let done = 1_000; done <= rows; done += 1_000) {
    now += secondsPerThousand * 1_000;
    await report({ ...progress, done, isComplete: false }, async () => known - done);
    if (done === known) known = rows;
  }
  await report({ ...progress, done: rows, isComplete: true }, async () => 0);
  return lines;
}

describe('the progress of a backfill', () => {
  test('is not worth a word where it is soon over', async () => {
    expect(await said(4_000, 1)).toEqual([]);
  });

  test('is told every five seconds, with the rate and what is left', async () => {
    expect(await said(12_000, 1)).toEqual([
      'Backfill of ticket: 5,000 of about 12,000 rows, 1,000 rows/s, about 7 s to go',
      'Backfill of ticket: 10,000 of about 12,000 rows, 1,000 rows/s, about 2 s to go',
      'Backfill of ticket: all 12,000 rows in 12 s, 1,000 rows/s',
    ]);
  });

  test('counts again where rows have come meanwhile', async () => {
    expect(await said(16_000, 1, 8_000)).toEqual([
      'Backfill of ticket: 5,000 of about 8,000 rows, 1,000 rows/s, about 3 s to go',
      'Backfill of ticket: 10,000 of about 16,000 rows, 1,000 rows/s, about 6 s to go',
      'Backfill of ticket: 15,000 of about 16,000 rows, 1,000 rows/s, about 1 s to go',
      'Backfill of ticket: all 16,000 rows in 16 s, 1,000 rows/s',
    ]);
  });

  test.each([
    [1_000, 10_000, 60, '11,000 rows, 17 rows/s, about 10 min to go'],
    [1_000, 999_000, 60, '1,000,000 rows, 17 rows/s, about 16 h 39 min to go'],
  ])('of %i rows with %i remaining in %i s reads %s', (done, remaining, seconds, text) => {
    expect(describeProgress({ table: 't', done, remaining }, seconds)).toContain(text);
  });

  test('knows how many rows there are, whatever the statistics of the table say', () =>
    withDatabase(async database => {
      await database.query('CREATE TABLE t (id serial PRIMARY KEY, n int) WITH (autovacuum_enabled = off)');
      await database.query('INSERT INTO t (n) SELECT 1 FROM generate_series(1, 1000); ANALYZE t');
      await database.query('INSERT INTO t (n) SELECT 1 FROM generate_series(1, 24000)');
      const reports: (readonly [done: number, remaining: number, isComplete: boolean])[] = [];
      const op = operationsInto({
        sink: async ({ sql }) => void (await database.query(sql)),
        rows: database.query.bind(database),
        context: { isOffline: false, x: {}, heads: [] },
        onProgress: async ({ done, isComplete }, countRemaining) =>
          void reports.push([done, await countRemaining(), isComplete]),
      });
      await op.backfill({ table: 't', set: { n: '2' } });
      expect(reports).toEqual([
        [0, 25_000, false],
        [10_000, 15_000, false],
        [20_000, 5_000, false],
        [25_000, 0, false],
        [25_000, 0, true],
      ]);
    }));
});
