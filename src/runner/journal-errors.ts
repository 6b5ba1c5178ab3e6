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
    const now = found === undefined ? 'is not there any more' : 'is another one now';
    const error = new MigrationError(
      `an earlier run was interrupted after ${done} operations, of which number ${position + 1} ${now}`,
    );
    super(
      step,
      { error, statement: found },
      'make the file begin as it did then (operations that follow from op.query included), or undo by hand what was done and `stamp` the revision before it',
    );
    this.done = done;
    this.operation = position + 1;
  }
}

/** A revision was interrupted after it had made a temporary table, which ended with its session. */
export class LostTemporaryTableError extends RevisionFailedError {
  override readonly name = 'LostTemporaryTableError';
  readonly table: string;

  constructor(step: FiledStep, table: string, statement: string) {
    const error = new MigrationError(
      `an earlier run was interrupted, and the temporary table ${table} that it had made ended with its session`,
    );
    super(
      step,
      { error, statement },
      'undo by hand what was done and `stamp` the revision before it, and use an ordinary table that the revision drops at its end',
    );
    this.table = table;
  }
}
