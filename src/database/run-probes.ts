import type { Probe } from './canonical-probes.ts';
import { refusalOf, type Denied } from './clones.ts';
import type { Connection } from './connection.ts';

const PROBES_PER_ROUND_TRIP = 50;

/**
 * Carry out probes in the open transaction, many to a round trip. Where PostgreSQL refuses one, its companions are done
 * by themselves, and what it refuses is left out.
 * @param types the statements that make the types that probes need
 * @param denied what becomes of a text that names what this role has no privilege on
 */
export async function runProbes(
  connection: Connection,
  probes: readonly Probe[],
  types: readonly string[],
  denied: Denied,
): Promise<void> {
  const attempt: Attempt = async statements => (await refusalOf(connection, statements, denied)) === undefined;
  for (const type of types) await attempt([type]);
  for (let i = 0; i < probes.length; i += PROBES_PER_ROUND_TRIP) {
    const batch = probes.slice(i, i + PROBES_PER_ROUND_TRIP);
    if (await attempt(batch.flatMap(statementsOf))) continue;
    for (const probe of batch) await runProbe(attempt, probe);
  }
}

const statementsOf = ({ create, fallback, parts }: Probe): readonly string[] =>
  fallback === undefined ? [create, ...parts] : [create];

/** Sends statements; false where PostgreSQL refuses one. */
type Attempt = (statements: readonly string[]) => Promise<boolean>;

async function runProbe(attempt: Attempt, probe: Probe): Promise<void> {
  if (await attempt(statementsOf(probe))) return;
  if (await attempt([probe.fallback ?? probe.create])) await runParts(attempt, probe.parts);
}

/** Halve what is refused until only the parts that PostgreSQL cannot make sense of are left out. */
async function runParts(attempt: Attempt, parts: readonly string[]): Promise<void> {
  if (parts.length === 0 || (await attempt(parts)) || parts.length === 1) return;
  const middle = Math.ceil(parts.length / 2);
  await runParts(attempt, parts.slice(0, middle));
  await runParts(attempt, parts.slice(middle));
}
