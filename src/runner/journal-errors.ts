import type { SentOnce } from '../database/sent-once.ts';
import { MigrationError } from '../errors.ts';
import { RevisionFailedError } from './revision-failed.ts';
import type { FiledStep } from './step.ts';

/** A revision was interrupted, and is not the same any more as far as it had come. */
export class JournalMismatchError extends RevisionFailedError {
  override readonly name = 'JournalMismatchError';
  /** How many operations were carried out. */
  readonly done: number;
  /** Which of them is another one now, counted from 1. */
  readonly operation: number;

  constructor(step: FiledStep, done: number, position: number, found: string | undefined) {
    const error = new MigrationError(`an earlier run was interrupted ${whatDiffers(done, position, found)}`);
    super(step, { error, statement: found }, `${remedy(done, position)}, or ${givingUp}`);
    this.done = done;
    this.operation = position + 1;
  }
}

function whatDiffers(done: number, position: number, found: string | undefined): string {
  const now = found === undefined ? 'is not there any more' : 'is another one now';
  return position < done
    ? `after ${done} operations, of which number ${position + 1} ${now}`
    : `in the midst of a backfill, operation number ${position + 1}, which ${now}`;
}

const remedy = (done: number, position: number): string =>
  position < done
    ? 'make the file begin as it did then (operations that follow from op.query included)'
    : 'make the backfill what it was (table, set, where and key) and mend the rows that it fails on';

const givingUp = 'undo by hand what was done and `stamp` the revision before it';

/** A revision was interrupted after it had made something that ended with its session: a temporary table, a cursor. */
export class LostTemporaryTableError extends RevisionFailedError {
  override readonly name = 'LostTemporaryTableError';
  /** What was lost, as in `table pg_temp.draft`. */
  readonly table: string;

  constructor(step: FiledStep, object: string, statement: string) {
    const error = new MigrationError(
      `an earlier run was interrupted, and the ${object} that it had made ended with its session`,
    );
    super(
      step,
      { error, statement },
      `${givingUp}, and let the revision make ordinary objects that it drops at its end`,
    );
    this.table = object;
  }
}

/** What commits by itself (`CALL`, `DO`, a migration of TypeORM's own) was interrupted, and is not sent again as it is. */
export class PartlyCommittedError extends RevisionFailedError {
  override readonly name = 'PartlyCommittedError';

  constructor(step: FiledStep, statement: string, { remedy }: SentOnce) {
    const error = new MigrationError(
      'an earlier run was interrupted in this, which commits by itself, and may have committed a part of it or all',
    );
    super(step, { error, statement }, remedy);
  }
}
