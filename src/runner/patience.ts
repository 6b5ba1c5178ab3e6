import type { Connection } from '../database/connection.ts';
import { withConnection, withPlainConnection } from '../database/with-connection.ts';
import { describeBlockers } from '../database/blockers.ts';
import { seconds } from '../database/advisory-lock.ts';
import type { IndexBuild } from '../database/index-build.ts';
import { withoutOwnTimeouts } from '../database/session-timeouts.ts';
import type { Wait } from '../database/lock-wait.ts';
import type { Patience } from '../database/watch.ts';
import type { RunnerSetup } from './context.ts';
import { excerpt } from '../sql/excerpt.ts';

/**
 * Does the work on a connection of the runner's DataSource, whose statements wait for locks as the configuration has it.
 * @param lockWait milliseconds that a statement of the runner's own may wait; 0 for as long as it takes
 */
export const connected = <Result>(
  setup: Pick<RunnerSetup, 'dataSource' | 'config' | 'logger' | 'signal' | 'silence'>,
  work: (connection: Connection) => Promise<Result>,
  lockWait: number = setup.config.lockWait,
): Promise<Result> => withConnection(setup.dataSource, outlasting(setup, work), patienceOf(setup, lockWait));

/** The same for work that qualifies its names, and needs no session of its own: reading where the database is. */
export const connectedToRead: typeof connected = (setup, work, lockWait = setup.config.lockWait) =>
  connectedPlainly(setup, outlasting(setup, work), lockWait);

/** The same for work that asks one thing at a time until it has made sure that the session is its own. */
export const connectedPlainly: typeof connected = (setup, work, lockWait = setup.config.lockWait) =>
  withPlainConnection(setup.dataSource, work, patienceOf(setup, lockWait));

/** Between two statements, files are loaded and schemas compared: the session must still be there then. */
const outlasting =
  <Result>({ dataSource }: Pick<RunnerSetup, 'dataSource'>, work: (connection: Connection) => Promise<Result>) =>
  (connection: Connection): Promise<Result> =>
    withoutOwnTimeouts(connection, dataSource, () => work(connection));

/** A statement must be looked at before its lock timeout ends it. */
const patienceOf = (
  { config, logger, signal, silence }: Pick<RunnerSetup, 'config' | 'logger' | 'signal' | 'silence'>,
  limit: number,
): Patience => ({
  limit,
  ...(signal && { signal }),
  ...(silence !== undefined && { silence }),
  ...(config.lockTimeout > 0 && { firstLook: Math.min(500, config.lockTimeout / 2) }),
  onWait: wait => logger.info(describeWait(wait)),
  onBuild: (build, wait) => logger.info(describeBuild(build, wait)),
  onConnect: described => logger.info(described),
  onQueue: () => logger.info("Waiting for a connection of the DataSource's pool"),
});

/** `Waiting for process 71 (psql, user ann, idle in transaction) on ticket, for 31 s: "CREATE INDEX …"` */
export const describeWait = ({ statement, waitedMilliseconds, blockers }: Wait): string =>
  `Waiting for ${blockers.length > 0 ? describeBlockers(blockers) : 'an answer'}, for ${seconds(waitedMilliseconds)}: ${excerpt(statement)}`;

/** `Building ticket_customer_idx on ticket, for 31 s: building index: scanning table, 45,000 of 100,000 blocks (45 %)` */
export function describeBuild({ index, table, phase, done, total, unit }: IndexBuild, wait: Wait): string {
  const share =
    done === undefined || total === undefined
      ? ''
      : `, ${count(done)} of ${count(total)} ${unit} (${Math.floor((100 * done) / total)} %)`;
  return `Building ${index || 'an index'} on ${table}, for ${seconds(wait.waitedMilliseconds)}: ${phase}${share}`;
}

const count = (number: number): string => number.toLocaleString('en-US');
