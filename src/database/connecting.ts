import type { DataSource } from 'typeorm';
import { connectionTargetOf, describeTarget, embeddedIn } from './connection-target.ts';
import { seconds } from './advisory-lock.ts';
import { Heartbeat } from './heartbeat.ts';

/** Milliseconds after which one says that one is still connecting. */
const FIRST_WORD = 5_000;

/** A server may accept a connection and never answer, as one that is stopped, or a pooler whose database is down. */
export async function tellingOfConnecting<Result>(
  dataSource: DataSource,
  onConnect: ((described: string) => void) | undefined,
  connecting: () => Promise<Result>,
): Promise<Result> {
  // To start takes long where a processor is busy.
  if (!onConnect || embeddedIn(dataSource.options) !== undefined) return connecting();
  const began = Date.now();
  const heartbeat = new Heartbeat(began + FIRST_WORD);
  const timer = setInterval(() => {
    if (heartbeat.isDue(Date.now())) onConnect(describeConnecting(dataSource, Date.now() - began));
  }, 500);
  try {
    return await connecting();
  } finally {
    clearInterval(timer);
  }
}

/** `Connecting to database "app" at db:5432 as user "me" for 5 s: no answer yet; …` */
const describeConnecting = ({ options }: DataSource, waitedMilliseconds: number): string =>
  `Connecting to ${describeTarget(connectionTargetOf(options))} for ${seconds(waitedMilliseconds)}: no answer yet; check the ` +
  'host and the port, and set connectTimeoutMS of the DataSource to how long it may take';

/** The part of TypeORM's driver that it connects by. */
interface ConnectingDriver {
  options: Limits;
}

interface Limits {
  readonly connectTimeoutMS?: number;
  readonly extra?: { readonly connectionTimeoutMillis?: number };
}

/** Limits how long connecting may take, unless the DataSource does, or has no server to wait for. */
export function limitConnecting(dataSource: DataSource, milliseconds: number): void {
  const own = dataSource.driver as unknown as ConnectingDriver;
  const { connectTimeoutMS, extra } = own.options;
  const isLimited = connectTimeoutMS !== undefined || extra?.connectionTimeoutMillis !== undefined;
  if (!isLimited && embeddedIn(own.options) === undefined)
    own.options = { ...own.options, connectTimeoutMS: milliseconds };
}
