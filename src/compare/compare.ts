import { anObject, aSchema, checkArgument } from '../call-arguments.ts';
import { MigrationError } from '../errors.ts';
import type { Identity } from '../objects/address.ts';
import {
  builtIn,
  objectsIn,
  type AnyKind,
  type Operation,
  type Registry,
  type Schema,
  schemaFrom,
} from '../objects/kinds.ts';
import { RECREATE, type AnyOperation, type Comparison } from '../objects/object-kind.ts';
import { nameParts } from '../sql/name.ts';
import { dropChanges } from './drops.ts';
import { enumRenames, type EnumRenaming } from './enum-renames.ts';
import { withNames } from './names-taken.ts';
import { order, type Change } from './order.ts';
import { renameIn } from './rename-in.ts';
import { withRenamesInTime } from './rename-order.ts';
import { withoutBookkeeping } from './bookkeeping.ts';
import { applyRenames, type Renames } from './renames.ts';
import { alike } from '../objects/shape.ts';

export interface CompareOptions {
  /** Objects that go by another name in `after`: their rows are kept. */
  readonly renames?: Renames;
  /** The schema whose objects go by their bare names; `public` by default. */
  readonly defaultSchema?: string;
  /** The kinds to compare; the built-in registry by default. */
  readonly kinds?: Registry;
}

/**
 * The operations that turn `before` into `after`, in an order PostgreSQL accepts: none when they are alike.
 * Both sides must be in PostgreSQL's own words (see `canonical`), or spellings will count as differences. Version tables
 * and their logs, of this library and of Alembic, and TypeORM's own tables, which `introspect` knows, do not count: they
 * are neither created nor dropped, unless an entity declares one of TypeORM's.
 * @throws WouldLoseRowsError where a table would have to be dropped and created again.
 */
export function compare(before: Schema, after: Schema, options: CompareOptions = {}): readonly Operation[] {
  checkArgument('compare', 'schema before', before, aSchema);
  checkArgument('compare', 'schema after', after, aSchema);
  checkArgument('compare', 'options', options, anObject);
  const kinds = options.kinds ?? builtIn;
  const { defaultSchema } = options;
  const told = applyRenames(before, options.renames ?? {}, { defaultSchema, taken: 'set aside', kinds });
  const [live, target] = withoutBookkeeping(told.schema, after, kinds);
  const renamedEnums = enumRenames(live, target, options.defaultSchema);
  const implied = renamedEnums.flatMap(({ operations }) => operations);
  const schema = implied.reduce((current, rename) => renameIn(current, rename, options.defaultSchema, kinds), live);
  const comparison: Comparison = { before: schema, after: sharing(schema, target, kinds) };
  const pairs = matchRenamed(
    Object.entries(kinds).flatMap(([name, kind]) => pairUp(name, kind, comparison)),
    comparison.after,
  );
  const settled = recreateDependents(withLateRenames(pairs, renamedEnums, live));
  const ordered = settled.every(isUntouched) ? [] : inOrder(changesOf(settled));
  const early = renamedEnums.filter(({ waits }) => !waits).flatMap(({ operations }) => operations);
  return [...told.operations, ...early, ...ordered] as Operation[];
}

/** An enum gets the name of a table or view when that is gone. */
const withLateRenames = (
  pairs: readonly Pair[],
  renamings: readonly EnumRenaming[],
  { enums }: Schema,
): readonly Pair[] =>
  pairs.map(pair => {
    const late = renamings.find(({ to, waits }) => waits && pair.identity === `type:${to}`);
    return late && pair.alteration !== RECREATE
      ? { ...pair, before: enums.get(late.from), alteration: [...late.operations, ...pair.alteration] }
      : pair;
  });

const inOrder = (changes: readonly Change[]): readonly AnyOperation[] =>
  withRenamesInTime(order(changes), new Set(changes.flatMap(({ frees = [] }) => frees)));

/** The same schema, with whatever is deeply equal in `before` taken from there: from here on, alike means identical. */
function sharing(before: Schema, after: Schema, kinds: Registry): Schema {
  const shared = Object.keys(kinds).map(name => {
    const olds = objectsIn(before, name);
    const news = [...objectsIn(after, name)].map(([key, object]) => {
      const old = olds.get(key);
      return [key, old !== undefined && alike(old, object) ? old : object] as const;
    });
    return [name, new Map(news)] as const;
  });
  return schemaFrom(shared);
}

interface Pair {
  readonly identity: Identity;
  readonly kind: AnyKind;
  readonly before: unknown;
  readonly after: unknown;
  readonly alteration: readonly AnyOperation[] | typeof RECREATE;
  /** What is detached before anything the object rests on changes. */
  readonly first: readonly AnyOperation[];
  /** What is left over, when nothing rests on it any more. */
  readonly last: readonly AnyOperation[];
  /** It is only dropped and created again, whatever else changes: see `mustDetach`. */
  readonly isDetached: boolean;
  /** What it depends on before and after. */
  readonly left: readonly Identity[];
  readonly needs: readonly Identity[];
}

function pairUp(name: string, kind: AnyKind, comparison: Comparison): Pair[] {
  const olds = objectsIn(comparison.before, name);
  const news = objectsIn(comparison.after, name);
  return [...new Set([...olds.keys(), ...news.keys()])].map(key => {
    const before = olds.get(key);
    const after = news.get(key);
    const survives = before !== undefined && after !== undefined;
    const isDetached = before !== undefined && (kind.mustDetach?.(before, comparison) ?? false);
    return {
      identity: `${kind.namespace}:${key}`,
      kind,
      before,
      after,
      isDetached,
      left: before === undefined ? [] : dependencies(kind, before, comparison.before),
      needs: after === undefined ? [] : dependencies(kind, after, comparison.after),
      alteration: survives && !isDetached ? kind.alter(before, after, comparison) : RECREATE,
      first: survives ? (kind.detachDependents?.(before, after, comparison) ?? []) : [],
      last: survives ? (kind.cleanUp?.(before, after) ?? []) : [],
    };
  });
}

/** An object that goes and one that comes, of the same shape, are one object under a new name. */
function matchRenamed(pairs: readonly Pair[], target: Schema): readonly Pair[] {
  const going = new Map<string, Pair>();
  for (const pair of pairs) {
    if (pair.kind.rename && pair.after === undefined && !pair.isDetached) going.set(shapeIn(pair, pair.before), pair);
  }
  if (going.size === 0) return pairs;
  const matched = new Set<Pair>();
  const renamed = pairs.map(pair => {
    if (!pair.kind.rename || pair.before !== undefined) return pair;
    const old = going.get(shapeIn(pair, pair.after));
    if (!old || matched.has(old)) return pair;
    matched.add(old);
    return {
      ...pair,
      before: old.before,
      after: pair.kind.keepUndeclarable?.(pair.after, old.before, target) ?? pair.after,
      left: old.left,
      alteration: pair.kind.rename.operations(old.before, pair.after),
    };
  });
  return renamed.filter(pair => !matched.has(pair));
}

const shapeIn = ({ kind }: Pair, object: unknown): string => `${kind.filterType}:${kind.rename!.shapeOf(object)}`;

/** Something that holds rows depends on an object that must be dropped and created again. */
export class WouldLoseRowsError extends MigrationError {
  override readonly name = 'WouldLoseRowsError';
  readonly identity: Identity;

  constructor(identity: Identity, dependency: Identity) {
    super(
      `${identity} depends on ${dependency}, which must be dropped and created again, and would lose its rows with it: change the column's type in a revision of its own first.`,
    );
    this.identity = identity;
  }
}

const dependencies = (kind: AnyKind, object: unknown, of: Schema): readonly Identity[] => {
  const { schema } =
    kind.namespace === 'relation' || kind.namespace === 'type' ? nameParts(kind.nameOf(object)) : { schema: undefined };
  const others = kind.dependsOn(object, of);
  return schema === undefined ? others : [`schema:${schema}`, ...others];
};

const isUntouched = ({ alteration, first, last }: Pair): boolean =>
  alteration !== RECREATE && alteration.length === 0 && first.length === 0 && last.length === 0;

const recreated = (pair: Pair): boolean => pair.alteration === RECREATE && pair.before !== undefined;

/** Whatever rests on a dropped or recreated object must itself be dropped before and created after. */
function recreateDependents(pairs: readonly Pair[]): readonly Pair[] {
  const gone = new Set(pairs.filter(recreated).map(pair => pair.identity));
  if (gone.size === 0) return pairs;
  let changed = false;
  const swept = pairs.map(pair => {
    if (pair.alteration === RECREATE || pair.before === undefined) return pair;
    const lost = pair.left.find(identity => !identity.startsWith('schema:') && gone.has(identity));
    if (lost === undefined) return pair;
    if (pair.kind.storesRows) {
      if (stillNeeds(pair, lost, pairs)) throw new WouldLoseRowsError(pair.identity, lost);
      return pair;
    }
    changed = true;
    return { ...pair, alteration: RECREATE } as const;
  });
  return changed ? recreateDependents(swept) : pairs;
}

/** A table whose column leaves a type that is dropped is altered first; only a type that comes back stands in the way. */
const stillNeeds = (pair: Pair, lost: Identity, pairs: readonly Pair[]): boolean =>
  pair.needs.includes(lost) &&
  pairs.some(each => each.identity === lost && each.after !== undefined && recreated(each));

function changesOf(pairs: readonly Pair[]): readonly Change[] {
  const dropped = pairs.filter(recreated).reverse();
  const changes = dropChanges(
    dropped.map(({ identity, kind, before, after, left }) => ({
      identity,
      kind,
      object: before,
      left,
      returns: after !== undefined,
    })),
    new Set(pairs.filter(pair => !recreated(pair) && !isUntouched(pair)).map(({ identity }) => identity)),
  );
  const isLate = (_: Change, i: number) => leavesLate(dropped[i]!.kind);
  const makes = pairs.filter(pair => pair.after !== undefined).map(makeOf);
  const first = pairs.filter(pair => pair.first.length > 0).map(detachmentOf);
  const last = pairs.filter(pair => pair.last.length > 0).map(cleaningOf);
  return withNames(pairs, [
    ...changes.filter((change, i) => !isLate(change, i)),
    ...first,
    ...makes,
    ...changes.filter(isLate),
    ...last,
  ]);
}

/** What others are built of goes last, so that a revision reads: detach, build, clean up. */
const leavesLate = (kind: AnyKind): boolean =>
  kind.storesRows === true ||
  kind.namespace === 'type' ||
  kind.namespace === 'extension' ||
  kind.namespace === 'schema' ||
  kind.filterType === 'sequence';

/** It precedes its own object's change, and that of everything it rests on; what these detach comes first. */
const detachmentOf = ({ identity, left, needs, first }: Pair): Change => ({
  identity,
  phase: 'detach',
  operations: first,
  left,
  needs,
});

const cleaningOf = ({ identity, last }: Pair): Change => ({
  identity,
  phase: 'clean',
  operations: last,
  left: [],
  needs: [],
});

function makeOf({ identity, kind, after, alteration, left, needs }: Pair): Change {
  if (alteration === RECREATE) return { identity, phase: 'make', operations: kind.create(after), left: [], needs };
  return { identity, phase: 'make', operations: alteration, left, needs };
}
