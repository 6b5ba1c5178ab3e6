import type { Probe } from './canonical-probes.ts';
import { refusalOf } from './clones.ts';
import type { Connection } from './connection.ts';

const PROBES_PER_ROUND_TRIP = 50;

/**
 * Carry out probes in the open transaction, many to a round trip. Where PostgreSQL refuses one, its companions are done
 * by themselves, and what it refuses is left out.
 * @param types the statements that make the types that probes need
 */
export async function runProbes(
  connection: Connection,
  probes: readonly Probe[],
  types: readonly string[],
): Promise<void> {
  for (const type of types) await attempt(connection, [type]);
  for (let i = 0; i < probes.length; i += PROBES_PER_ROUND_TRIP) {
    const batch = probes.slice(i, i + PROBES_PER_ROUND_TRIP);
    if (await attempt(connection, batch.flatMap(statementsOf))) continue;
    for (const probe of batch) await runProbe(connection, probe);
  }
}

const statementsOf = ({ create, fallback, parts }: Probe): readonly string[] =>
  fallback === undefined ? [create, ...parts] : [create];

async function runProbe(connection: Connection, probe: Probe): Promise<void> {
  if (await attempt(connection, statementsOf(probe))) return;
  if (await attempt(connection, [probe.fallback ?? probe.create])) await runParts(connection, probe.parts);
}

/** Halve what is refused until only the parts that PostgreSQL cannot make sense of are left out. */
async function runParts(connection: Connection, parts: readonly string[]): Promise<void> {
  if (parts.length === 0 || (await attempt(connection, parts)) || parts.length === 1) return;
  const middle = Math.ceil(parts.length / 2);
  await runParts(connection, parts.slice(0, middle));
  await runParts(connection, parts.slice(middle));
}

const attempt = async (connection: Connection, statements: readonly string[]): Promise<boolean> =>
  (await refusalOf(connection, statements)) === undefined;
