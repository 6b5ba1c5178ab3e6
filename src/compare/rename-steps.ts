import { replacedName } from '../objects/enums.ts';
import { bareName, nameParts, qualify, type QualifiedName } from '../sql/name.ts';

export type Step = readonly [from: string, to: string];

/**
 * Renames in an order in which each finds its new name free. Where names change hands in a ring, one goes by a name of
 * its own meanwhile.
 * @param isThere whether something has the name now
 * @param aside the name that something has meanwhile
 */
export function inTurn(
  renames: Readonly<Record<string, string>>,
  isThere: (name: string) => boolean,
  aside: (name: string) => string = replacedName,
): readonly Step[] {
  let pending: readonly Step[] = Object.entries(renames).filter(([from, to]) => from !== to);
  const steps: Step[] = [];
  while (pending.length > 0) {
    const holders = new Set(pending.filter(([from]) => isThere(from)).map(([from]) => from));
    const next = pending.find(([from, to]) => !isThere(from) || !holders.has(to));
    const [from, to] = next ?? pending[0]!;
    const rest = pending.filter(([each]) => each !== from);
    const meanwhile = aside(from);
    steps.push([from, next ? to : meanwhile]);
    if (next) pending = rest;
    else {
      // The others of the ring follow; what waits under another name takes its own when they are done.
      steps.push(...inTurn(Object.fromEntries(rest), isThere, aside), [meanwhile, to]);
      pending = [];
    }
  }
  return steps;
}

/**
 * The names by which something comes from one to another: each differs from the one before in the schema or in the name.
 * @param isTaken whether something else has the name
 */
export function namesBetween(
  from: QualifiedName,
  to: QualifiedName,
  isTaken: (name: QualifiedName) => boolean,
): readonly Step[] {
  const [old, now] = [nameParts(from), nameParts(to)];
  if (old.schema === now.schema || old.name === now.name) return from === to ? [] : [[from, to]];
  const between = [qualify(now.schema, old.name), qualify(old.schema, now.name)].find(name => !isTaken(name));
  if (between !== undefined)
    return [
      [from, between],
      [between, to],
    ];
  const aside = replacedName(from);
  const moved = qualify(now.schema, bareName(aside));
  return [
    [from, aside],
    [aside, moved],
    [moved, to],
  ];
}
