import { MigrationError } from '../errors.ts';
import { operationsInto, type Operations } from '../operations/operations.ts';
import type { OperationTarget } from '../operations/target.ts';
import type { Statement } from '../sql/statement.ts';
import type { Logger } from './logger.ts';
import { OperationQueue } from './operation-queue.ts';
import { tellingWhereQuiet } from './quiet.ts';
import { setsTransaction, transactionControlIn } from './sql-text.ts';
import type { LoadedStep } from './step.ts';
import { untilIdle } from './until-idle.ts';

/** A revision began or ended a transaction, which is the runner's affair. */
export class TransactionControlError extends MigrationError {
  override readonly name = 'TransactionControlError';
  readonly command: string;
  readonly statement: string;

  constructor(command: string, statement: string, { owner, advice = '' }: { owner: string; advice?: string }) {
    super(
      `${owner} itself runs ${command}, and the runner decides where transactions begin and end: leave it out${advice}`,
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

/** SET TRANSACTION comes too late in a transaction that the runner has begun, and has no effect outside one. */
export class TransactionSettingError extends MigrationError {
  override readonly name = 'TransactionSettingError';
  readonly statement: string;

  constructor(statement: string, inTransaction: boolean) {
    const advice = inTransaction
      ? "set default_transaction_isolation (or …_read_only, …_deferrable) in the DataSource's own options (`extra: { options: '-c …' }`)"
      : 'run `SET default_transaction_isolation = …` (or …_read_only, …_deferrable) before, which counts for the operations that follow';
    super(`SET TRANSACTION has no effect in a revision, whose transactions the runner begins: ${advice}`);
    this.statement = statement;
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
  if (command !== undefined) {
    const advice = inTransaction
      ? ', or add `export const transactional = false` to commit statement by statement'
      : ', as each statement is committed by itself';
    throw new TransactionControlError(command, sql, { owner: 'the revision', advice });
  }
  if (setsTransaction(sql)) throw new TransactionSettingError(sql, inTransaction);
  if (inTransaction && !transactional) throw new NonTransactionalStatementError(sql);
}

/** What the runner does itself, in place of one of the operations. */
export type Replacements = (operations: Operations) => Partial<Operations>;

/** A revision that was run, and is not committed yet. */
export interface RevisionEnd {
  /** To be called last before the commit. Throws UnawaitedOperationError where the revision still went on using `op`. */
  assertOver(): void;
}

interface RunRevisionOptions {
  readonly logger: Logger;
  readonly replace?: Replacements;
  /** Milliseconds without an operation after which that is said, and said again. */
  readonly quiet?: number;
}

/** A revision's function gave back work that nothing does: a generator, or another function. */
export class RevisionNotRunError extends MigrationError {
  override readonly name = 'RevisionNotRunError';

  constructor(work: string, found: string) {
    super(
      `The ${work} returned ${found}, which nothing runs: write it as an async function that does its work itself, without \`*\` or another \`=>\`.`,
    );
  }
}

function assertRun(result: unknown, work: string): void {
  if (typeof result === 'function') throw new RevisionNotRunError(work, 'a function');
  const { next } = Object(result) as { readonly next?: unknown };
  if (typeof next === 'function') throw new RevisionNotRunError(work, 'a generator');
}

/**
 * Runs a revision's function into a target. Its operations are carried out one after another, also where it does not
 * wait for each: one connection can do no other.
 * @throws UnawaitedOperationError, RevisionNotRunError, and whatever the revision or the target throws
 */
export async function runRevision(
  { module, revision, direction }: Pick<LoadedStep, 'module' | 'revision' | 'direction'>,
  target: OperationTarget,
  { logger, replace = () => ({}), quiet }: RunRevisionOptions,
): Promise<RevisionEnd> {
  const operations = operationsInto(target);
  const work = `${direction} of ${revision}`;
  const queue = new OperationQueue({ object: 'op', work: `the ${work}` });
  const op = queue.wrap({ ...operations, ...replace(operations) });
  const isSettled = await tellingWhereQuiet(queue, { subject: `The ${work}`, logger, ...(quiet && { quiet }) }, () =>
    queue.run(() => untilIdle(async () => assertRun(await module[direction](op), work))),
  );
  if (!isSettled) {
    logger.warn(
      `The ${work} has ended, and something it began without \`await\` still runs: what that does with op will fail`,
    );
  }
  return queue;
}
