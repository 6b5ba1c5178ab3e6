import { LockLostError } from '../database/advisory-lock.ts';
import { ConnectionLostError } from '../database/connection-error.ts';
import type { SentOnce } from '../database/sent-once.ts';
import { isAnswer, isConnectionLoss, type ServerError, serverErrorOf } from '../database/server-error.ts';
import { UntrustedTableError } from '../database/trusted-tables.ts';
import { ConcurrentChangeError } from '../database/version-table.ts';
import { LockWaitError } from '../database/lock-wait.ts';
import { MigrationError, saidBy } from '../errors.ts';
import type { Step } from '../revisions/revision.ts';
import { runsInTransaction } from '../scripts/revision-file.ts';
import { excerpt } from '../sql/excerpt.ts';
import { statementWords } from '../sql/lexer.ts';
import { shortPath } from './short-path.ts';
import type { FiledStep } from './step.ts';

/** What was being done when a step failed. */
export interface Failure {
  readonly error: unknown;
  readonly statement: string | undefined;
  /** What commits by itself, if it had begun: what it committed stays. */
  readonly sentOnce?: SentOnce | undefined;
}

/** A revision failed. Its `cause` is the server's own error, or what the revision threw. */
export class RevisionFailedError extends MigrationError {
  override readonly name: string = 'RevisionFailedError';
  readonly revision: string;
  readonly direction: Step['direction'];
  readonly revisionMessage: string;
  readonly path: string;
  /** The statement that failed, if it was one. */
  readonly statement: string | undefined;

  constructor(step: FiledStep, { error, statement }: Failure, outcome: string) {
    const cause = serverErrorOf(error);
    const advice = adviceFor(cause.code, step, statement);
    const title = step.message ? `${step.revision} (${step.message})` : step.revision;
    super(
      `The ${step.direction} of ${title} failed ${where(step.file.path, statement)}: ${sentenceOf(cause)}; ${outcome}${advice}.`,
      { cause },
    );
    this.revision = step.revision;
    this.direction = step.direction;
    this.revisionMessage = step.message;
    this.path = step.file.path;
    this.statement = statement;
  }
}

/** What to do about what the server says in its own terms. */
function adviceFor(code: string | undefined, step: FiledStep, statement = ''): string {
  const isTransactional = runsInTransaction(step.file, step.direction);
  const refused = code === '25001' || code === '2D000';
  if (refused && isTransactional)
    return '; add `export const transactional = false` to the revision, which then commits statement by statement';
  if (refused && statementWords(statement).length > 1)
    return '; send it by an operation of its own, as statements of one text are one transaction';
  if (code === '55P04' && isTransactional)
    return '; a label can be used only after the transaction that added it: use it in another revision, or add `export const transactional = false`';
  return '';
}

/** The error of a step that failed; one that says of itself all there is to say is passed on. */
export function failureOf(step: FiledStep, failure: Failure, outcome: string): Error {
  const { error, statement, sentOnce } = failure;
  if (isConnectionLoss(error))
    return new ConnectionLostError(`${step.direction} of ${step.revision}`, statement, error, sentOnce);
  return isComplete(error) ? error : new RevisionFailedError(step, failure, outcome);
}

/** Whether the client gave up waiting for a COMMIT, which the server may have done or not. */
export const isUnknownCommit = ({ error, statement }: Failure): boolean => statement === 'COMMIT' && !isAnswer(error);

/** Says of itself all there is to say, whatever was being done. */
export const isComplete = (error: unknown): error is Error =>
  [RevisionFailedError, LockLostError, LockWaitError, ConcurrentChangeError, UntrustedTableError].some(
    known => error instanceof known,
  );

const where = (path: string, statement: string | undefined): string =>
  statement === undefined ? `in ${shortPath(path)}` : `in ${shortPath(path)} at ${excerpt(statement)}`;

/** For NOT NULL and checks, the server's detail is the whole row: `cause` has it, and a log should not. */
function sentenceOf(error: ServerError): string {
  const { detail, hint, code = '' } = error;
  const parts = [saidBy(error), ['23502', '23514'].includes(code) ? undefined : detail, hint].filter(
    part => part !== undefined && part !== '',
  );
  return parts.map(part => part!.replace(/[.;]$/, '')).join('; ');
}
