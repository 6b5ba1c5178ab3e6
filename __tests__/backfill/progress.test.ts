import { describe, expect, test } from '@jest/globals';
import { describeProgress, progressReport } from '../../src/runner/run.ts';
import { operationsInto } from '../../src/operations/operations.ts';
import type { BackfillProgress } from '../../src/operations/backfill.ts';
import { withDatabase } from '../support/index.ts';

/** What is said of a backfill of so many rows that takes so many seconds for each thousand. */
function said(rows: number, secondsPerThousand: number): readonly string[] {
  const lines: string[] = [];
  let now = 0;
  const clock = { now: () => now, sleep: async () => {}, random: () => 0 };
  const report = progressReport({ clock, logger: { info: line => lines.push(line), warn: line => lines.push(line) } });
  const progress = { table: 'ticket', estimate: rows };
  report({ ...progress, done: 0, isComplete: false });
  for (let done = 1_000; done <= rows; done += 1_000) {
    now += secondsPerThousand * 1_000;
    report({ ...progress, done, isComplete: false });
  }
  report({ ...progress, done: rows, isComplete: true });
  return lines;
}

describe('the progress of a backfill', () => {
  test('is not worth a word where it is soon over', () => {
    expect(said(4_000, 1)).toEqual([]);
  });

  test('is told every five seconds, with the rate and what is left', () => {
    expect(said(12_000, 1)).toEqual([
      'Backfill of ticket: 5,000 of about 12,000 rows, 1,000 rows/s, about 7 s to go',
      'Backfill of ticket: 10,000 of about 12,000 rows, 1,000 rows/s, about 2 s to go',
      'Backfill of ticket: all 12,000 rows in 12 s, 1,000 rows/s',
    ]);
  });

  test.each([
    [1_000, 11_000, 60, '11,000 rows, 17 rows/s, about 10 min to go'],
    [1_000, 1_000_000, 60, '1,000,000 rows, 17 rows/s, about 16 h 39 min to go'],
    // The estimate was too low.
    [5_000, 4_000, 10, 'of about 5,000 rows, 500 rows/s, about 0 s to go'],
  ])('of %i rows of %i in %i s reads %s', (done, estimate, seconds, text) => {
    expect(describeProgress({ table: 't', done, estimate, isComplete: false }, seconds)).toContain(text);
  });

  test('knows how many rows there are, though nobody has counted them', () =>
    withDatabase(async database => {
      await database.query('CREATE TABLE t (id serial PRIMARY KEY, n int)');
      await database.query('INSERT INTO t (n) SELECT 1 FROM generate_series(1, 20000)');
      const reports: BackfillProgress[] = [];
      const op = operationsInto({
        sink: async ({ sql }) => void (await database.query(sql)),
        rows: database.query.bind(database),
        context: { isOffline: false, x: {}, heads: [] },
        onProgress: progress => reports.push(progress),
      });
      await op.backfill({ table: 't', set: { n: '2' } });
      expect(reports.map(({ done, isComplete }) => [done, isComplete])).toEqual([
        [0, false],
        [10_000, false],
        [20_000, false],
        [20_000, true],
      ]);
      const ratio = reports[0]!.estimate / 20_000;
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(2);
    }));
});
