import { MigrationError } from '../errors.ts';
import { operationsInto, type Operations, type OperationTarget } from '../operations/operations.ts';
import type { Statement } from '../sql/statement.ts';
import { transactionControlIn } from './sql-text.ts';
import type { LoadedStep } from './step.ts';

/** A revision began or ended a transaction, which is the runner's affair. */
export class TransactionControlError extends MigrationError {
  override readonly name = 'TransactionControlError';
  readonly command: string;
  readonly statement: string;

  constructor(command: string, statement: string, inTransaction: boolean) {
    const alternative = ', or add `export const transactional = false` to commit statement by statement';
    super(
      `the revision itself runs ${command}, and the runner decides where transactions begin and end: leave it out` +
        (inTransaction ? alternative : ', as each statement is committed by itself'),
    );
    this.command = command;
    this.statement = statement;
  }
}

/** A statement that PostgreSQL refuses inside a transaction block, in a revision that is one. */
export class NonTransactionalStatementError extends MigrationError {
  override readonly name = 'NonTransactionalStatementError';
  readonly statement: string;

  constructor(statement: string) {
    super(
      'PostgreSQL does not run this statement inside a transaction: add `export const transactional = false` to the ' +
        'revision, which then commits statement by statement',
    );
    this.statement = statement;
  }
}

/** A revision was over while one of its operations was not. */
export class UnawaitedOperationError extends MigrationError {
  override readonly name = 'UnawaitedOperationError';
  readonly operations: readonly string[];

  constructor(operations: readonly string[]) {
    super(
      `the revision did not wait for ${operations.map(name => `op.${name}`).join(', ')}: write \`await\` before each call of op`,
    );
    this.operations = operations;
  }
}

/**
 * Throws for a statement that a revision may not send.
 * @param inTransaction whether the revision is one transaction
 */
export function checkStatement(
  { sql, transactional }: Pick<Statement, 'sql' | 'transactional'>,
  inTransaction: boolean,
): void {
  const command = transactionControlIn(sql);
  if (command !== undefined) throw new TransactionControlError(command, sql, inTransaction);
  if (inTransaction && !transactional) throw new NonTransactionalStatementError(sql);
}

/** What the runner does itself, in place of one of the operations. */
export type Replacements = (operations: Operations) => Partial<Operations>;

/**
 * Runs a revision's function into a target. Its operations are carried out one after another, also where it does not
 * wait for each: one connection can do no other.
 * @throws UnawaitedOperationError, and whatever the revision or the target throws
 */
export async function runRevision(
  { module, direction }: Pick<LoadedStep, 'module' | 'direction'>,
  target: OperationTarget,
  replace: Replacements = () => ({}),
): Promise<void> {
  const operations = operationsInto(target);
  const queue = new OperationQueue();
  await queue.closeAfter(() => module[direction](queue.wrap({ ...operations, ...replace(operations) })));
}

class OperationQueue {
  readonly #waiting: string[] = [];
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  wrap(operations: Operations): Operations {
    const wrapped = Object.entries(operations).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'function' ? (...args: unknown[]) => this.#enqueue(name, () => member(...args)) : member,
    ]);
    return Object.fromEntries(wrapped) as Operations;
  }

  async closeAfter(work: () => Promise<void> | void): Promise<void> {
    let unawaited: readonly string[];
    try {
      await work();
    } finally {
      this.#isClosed = true;
      unawaited = [...this.#waiting];
      // Whatever was begun must have ended before the transaction does.
      await this.#last;
    }
    if (unawaited.length > 0) throw new UnawaitedOperationError(unawaited);
  }

  /** After the end nothing is sent any more, and nobody is told: there is no telling who waits for what. */
  #enqueue<Result>(name: string, operation: () => Promise<Result>): Promise<Result> {
    this.#waiting.push(name);
    const done = new Promise<Result>((resolve, reject) => {
      this.#last = this.#last.then(async () => {
        if (this.#isClosed) return;
        const ended = () => void this.#waiting.splice(this.#waiting.indexOf(name), 1);
        // It has ended before whoever waits for it hears so: a function may return the promise as its own.
        await Promise.resolve().then(operation).finally(ended).then(resolve, reject);
      });
    });
    // One that nobody waits for must not end the process; the failure is the step's.
    done.catch(() => {});
    return done;
  }
}
