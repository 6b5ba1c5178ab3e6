import { MigrationError } from '../errors.ts';
import { excerpt } from '../sql/excerpt.ts';
import { seconds } from './advisory-lock.ts';
import { type SentOnce, staysOf } from './sent-once.ts';
import { type Blocker, describeBlockers } from './blockers.ts';

/** A statement that waits for a lock, and for whom. */
export interface Wait {
  readonly statement: string;
  readonly waitedMilliseconds: number;
  /** Empty where no second session could be opened to ask for them; the statement may then merely take long. */
  readonly blockers: readonly Blocker[];
}

/** A statement of this library's own waited for a lock for longer than `lockWait`. */
export class LockWaitError extends MigrationError {
  override readonly name = 'LockWaitError';
  readonly statement: string;
  readonly waitedMilliseconds: number;
  readonly blockers: readonly Blocker[];

  /** @param sentOnce what has committed a part of its work, and is not run again */
  constructor({ statement, waitedMilliseconds, blockers }: Wait, sentOnce?: SentOnce) {
    const next = sentOnce ? `; ${staysOf(sentOnce)}` : ', and run again';
    super(
      `Could not run ${excerpt(statement)} within ${seconds(waitedMilliseconds)}: ` +
        (blockers.length > 0
          ? `${describeBlockers(blockers)} holds a lock that it needs; end that session or wait for it${next}.`
          : `the server did not answer; look for sessions that hold locks in pg_stat_activity${next}.`),
    );
    this.statement = statement;
    this.waitedMilliseconds = waitedMilliseconds;
    this.blockers = blockers;
  }
}
