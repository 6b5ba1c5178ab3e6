import { MigrationError } from '../errors.ts';

/** Something that needs the database was asked of a script. */
export class OfflineError extends MigrationError {
  override readonly name = 'OfflineError';
  readonly operation: string;

  constructor(
    operation: string,
    { subject, question } = { subject: `op.${operation}`, question: 'op.context.isOffline' },
  ) {
    super(
      `${subject} needs rows from the database, which a script (--sql) cannot read: ask ${question} first, or run the revision online.`,
    );
    this.operation = operation;
  }
}
