import type { BackfillProgress, CountRemaining } from '../operations/target.ts';
import type { RunnerSetup } from './context.ts';

const SILENCE = 5_000;

/** Reports how far a backfill has come, how fast, and how long it will take: now and then, and once more at the end. */
export function backfillReport({ clock, logger }: Pick<RunnerSetup, 'clock' | 'logger'>) {
  let began = 0;
  let spoke = 0;
  let counted: { readonly at: number; readonly rows: number } | undefined;
  return async (progress: BackfillProgress, countRemaining: CountRemaining): Promise<void> => {
    const { done, isComplete } = progress;
    const now = clock.now();
    if (done === 0) {
      began = spoke = now;
      counted = undefined;
    }
    const isDue = isComplete ? spoke > began : now - spoke >= SILENCE;
    if (!isDue) return;
    const seconds = (now - began) / 1_000;
    // Rows are counted when there is somebody to tell, and again where more have come than there were.
    if (!isComplete && (counted === undefined || done >= counted.at + counted.rows)) {
      counted = { at: done, rows: await countRemaining() };
      began += clock.now() - now;
    }
    spoke = clock.now();
    const remaining = counted ? counted.at + counted.rows - done : 0;
    logger.info(isComplete ? describeEnd(progress, seconds) : describeProgress({ ...progress, remaining }, seconds));
  };
}

/** `Backfill of ticket: 340,000 of about 1,000,000 rows, 48,571 rows/s, about 14 s to go` */
export function describeProgress(
  { table, done, remaining }: Pick<BackfillProgress, 'table' | 'done'> & { readonly remaining: number },
  seconds: number,
): string {
  const rate = done / seconds;
  return `Backfill of ${table}: ${count(done)} of about ${count(done + remaining)} rows, ${count(rate)} rows/s, about ${duration(remaining / rate)} to go`;
}

const describeEnd = ({ table, done }: BackfillProgress, seconds: number): string =>
  `Backfill of ${table}: all ${count(done)} rows in ${count(seconds)} s, ${count(done / seconds)} rows/s`;

const count = (number: number): string => Math.round(number).toLocaleString('en-US');

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
