import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConfigurationError } from '../errors.ts';
import type { PgliteOptions } from './open.ts';
import { type Checkout, isOptions, type PgliteSource, Session, type SessionOptions } from './session.ts';

/** A session, and for how many it is being opened. */
interface Held {
  readonly source: PgliteSource;
  readonly session: Session;
  opening: number;
}

interface Sessions {
  readonly byFolder: Map<string, Held>;
  readonly byDatabase: WeakMap<object, Held>;
}

const key = Symbol.for('typeorm-alembic.pgliteSessions');

/** Those of all copies of this library in the process. */
const sessions: Sessions = ((globalThis as { [key]?: Sessions })[key] ??= {
  byFolder: new Map(),
  byDatabase: new WeakMap(),
});

/**
 * A turn in the one session that a PGlite has, whichever driver asks for it: drivers of one PGlite, or of one data
 * directory, share it. A database in memory is a driver's own.
 * @throws ConfigurationError where the directory is open with other options
 */
export async function checkoutOf(
  source: PgliteSource,
  options: SessionOptions,
): Promise<Checkout & { readonly session: Session }> {
  const held = heldFor(source);
  held.opening += 1;
  try {
    return { ...(await held.session.checkout(options)), session: held.session };
  } finally {
    held.opening -= 1;
  }
}

function heldFor(source: PgliteSource): Held {
  const folder = isOptions(source) ? folderOf(source) : undefined;
  if (folder === undefined) {
    const held = sessions.byDatabase.get(source) ?? holding(source);
    sessions.byDatabase.set(source, held);
    return held;
  }
  const known = sessions.byFolder.get(folder);
  if (known && sameOptions(known.source, source)) return known;
  if (known && (known.opening > 0 || known.session.isOpen))
    throw new ConfigurationError(
      `The PGlite database in ${folder} is open in this process with other options: give all DataSources of a data directory one driver, or the same options.`,
    );
  const held = holding(source);
  sessions.byFolder.set(folder, held);
  return held;
}

const holding = (source: PgliteSource): Held => ({ source, session: new Session(source), opening: 0 });

/** Undefined for a database in memory, or in what is no folder of this machine's. */
function folderOf({ dataDir, fs }: PgliteOptions): string | undefined {
  if (dataDir === undefined || fs !== undefined) return undefined;
  const folder = dataDir.replace(/^file:\/\//, '');
  return folder.includes('://') ? undefined : path.resolve(folder);
}

const sameOptions = (one: PgliteSource, other: PgliteSource): boolean => {
  const rest = ({ dataDir: _, ...options }: PgliteOptions) => options;
  return isDeepStrictEqual(rest(one as PgliteOptions), rest(other as PgliteOptions));
};
