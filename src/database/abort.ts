import { MigrationError } from '../errors.ts';
import { type SentOnce, staysOf } from './sent-once.ts';

/** A call was aborted by its `signal`, whose reason is the `cause`. Has the name and code of Node's own error for that. */
export class AbortError extends MigrationError {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';
  /** The statement that was cancelled, if one was running. */
  readonly statement: string | undefined;
  /** What stays of a statement or migration that commits by itself, and what to do about it. */
  readonly remedy: string | undefined;

  constructor(reason: unknown, { statement, sentOnce }: UnderWay = {}) {
    const remedy = sentOnce && staysOf(sentOnce);
    super(
      `The call was aborted by its signal${reasonIn(reason)}: what was not committed is rolled back, and the migration lock ` +
        `is released; ${remedy ?? 'call it again to go on'}.`,
      { cause: reason },
    );
    this.statement = statement;
    this.remedy = remedy;
  }
}

/** What a call does at the moment. */
export interface UnderWay {
  readonly statement?: string | undefined;
  readonly sentOnce?: SentOnce | undefined;
}

function reasonIn(reason: unknown): string {
  const text = reason instanceof Error || reason instanceof DOMException ? reason.message : reason;
  return typeof text === 'string' && text !== '' ? ` (${text})` : '';
}

/** @throws AbortError */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError(signal.reason);
}

/**
 * Does the work, and stops waiting for it when the signal is aborted. Nothing is begun where it is aborted already.
 * @throws AbortError
 */
export async function untilAborted<Result>(
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
  underWay: () => UnderWay = () => ({}),
): Promise<Result> {
  if (!signal) return work();
  throwIfAborted(signal);
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new AbortError(signal.reason, underWay()));
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
