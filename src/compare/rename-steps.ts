import { replacedName } from '../objects/enums.ts';
import { bareName, nameParts, qualify, type QualifiedName } from '../sql/name.ts';

export type Step = readonly [from: string, to: string];

/** What is done where something else has a new name: nothing, as that rename was made before, or that gives way. */
export type Taken = 'pass over' | 'set aside';

/** Renames, and how they are made. */
export interface RenameSteps {
  readonly made: readonly Step[];
  readonly steps: readonly Step[];
  /** Those of which the database has both names, and that are not made. */
  readonly passedOver: readonly Step[];
}

/**
 * The renames of things that are there, and the steps that make them, in an order in which each finds its new name free:
 * where names change hands in a ring, one goes by a name of its own meanwhile.
 * @param isThere whether something has the name now
 * @param aside the name that something has meanwhile
 */
export function renamesToMake(
  renames: Readonly<Record<string, string>>,
  isThere: (name: string) => boolean,
  taken: Taken,
  aside: (name: string) => string = replacedName,
): RenameSteps {
  const asideOf = (name: string): string => (isThere(aside(name)) ? asideOf(aside(name)) : aside(name));
  const there = Object.entries(renames).filter(([from, to]) => from !== to && isThere(from));
  const made = taken === 'pass over' ? withFreeNames(there, isThere) : there;
  const leaving = new Set(made.map(([from]) => from));
  const inTheWay = made.flatMap(([, to]) => (isThere(to) && !leaving.has(to) ? [[to, asideOf(to)] as const] : []));
  const passedOver = there.filter(each => !made.includes(each));
  return { made, steps: inTurn([...inTheWay, ...made], asideOf), passedOver };
}

/** The renames whose new names nothing has that stays. */
function withFreeNames(renames: readonly Step[], isThere: (name: string) => boolean): readonly Step[] {
  const leaving = new Set(renames.map(([from]) => from));
  const kept = renames.filter(([, to]) => !isThere(to) || leaving.has(to));
  return kept.length === renames.length ? kept : withFreeNames(kept, isThere);
}

function inTurn(renames: readonly Step[], aside: (name: string) => string): readonly Step[] {
  const holders = new Set(renames.map(([from]) => from));
  const next = renames.find(([, to]) => !holders.has(to)) ?? renames[0];
  if (!next) return [];
  const [from, to] = next;
  const others = inTurn(
    renames.filter(each => each !== next),
    aside,
  );
  return holders.has(to) ? [[from, aside(from)], ...others, [aside(from), to]] : [next, ...others];
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
