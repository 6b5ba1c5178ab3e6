import { addressOf, addressText } from '../objects/address.ts';
import { effectOf } from '../objects/effects.ts';
import { objectsIn, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { usesOf } from '../objects/uses.ts';
import { nameParts, type QualifiedName } from '../sql/name.ts';
import type { Obstacle } from './obstacles.ts';

/** Both sides of a comparison under a DataSource's own schema. */
export interface SchemaSides {
  readonly live: Schema;
  readonly declared: Schema;
  /** What the revision makes of the database: what others made is in it, declared or not. */
  readonly target: Schema;
  readonly kinds: Registry;
}

/** An object of others, and what of the DataSource's own schema it stands on. */
interface Tied extends Obstacle {
  readonly identity: string;
}

/**
 * What others made in another schema on what lies in the DataSource's own, and what the operations drop and create
 * again: under another schema of the same history, its definition would mean that one's tables.
 * @param dropped what operations drop, by identity
 */
export function tiedToSchema(
  dropped: ReadonlySet<string>,
  { live, declared, target, kinds }: SchemaSides,
  ownSchema: string,
): readonly Tied[] {
  return Object.entries(kinds).flatMap(([name, kind]) =>
    [...objectsIn(live, name).values()].flatMap(object => {
      const [key, place] = [kind.nameOf(object), kind.owner?.(object) ?? kind.nameOf(object)];
      const identity = `${kind.namespace}:${key}`;
      const isOthers = objectsIn(target, name).has(key) && !objectsIn(declared, name).has(key);
      if (isOwn(place) || !isOthers || !dropped.has(identity)) return [];
      const own = [...kind.dependsOn(object, live), ...usesOf(object)].find(each => isOwn(relationIn(each)));
      if (own === undefined) return [];
      const dependent = `${kind.filterType.replaceAll('_', ' ')} ${key}, which is outside the DataSource's schema ${ownSchema},`;
      return [{ identity, dependent, on: `relation ${relationIn(own)}, which is another one under each schema` }];
    }),
  );
}

/**
 * The operations without those that drop and create what is tied to one schema, and what stands on it: PostgreSQL refuses
 * what they do to the tables below, and leaves it as it is.
 */
export function withoutTied(
  operations: readonly Operation[],
  tied: readonly Tied[],
  { live, kinds, defaultSchema }: Pick<SchemaSides, 'live' | 'kinds'> & { readonly defaultSchema: string },
): readonly Operation[] {
  if (tied.length === 0) return operations;
  const identities = standingOn(new Set<string>(tied.map(({ identity }) => identity)), live, kinds);
  return operations.filter(operation => {
    const { creates = [], drops = [] } = effectOf(operation, kinds, defaultSchema);
    return ![...creates, ...drops].some(address => identities.has(addressText(address)));
  });
}

/** The identities with those of all that is part of one of them or uses one. */
function standingOn(identities: ReadonlySet<string>, live: Schema, kinds: Registry): ReadonlySet<string> {
  const more = Object.entries(kinds).flatMap(([name, kind]) =>
    [...objectsIn(live, name).values()].flatMap(object => {
      const [owner, uses] = [kind.owner?.(object), [...kind.dependsOn(object, live), ...usesOf(object)]];
      const below = [owner, ...uses.map(relationIn)].map(relation => `relation:${relation}`);
      return below.some(relation => identities.has(relation)) ? [`${kind.namespace}:${kind.nameOf(object)}`] : [];
    }),
  );
  const all = new Set([...identities, ...more]);
  return all.size === identities.size ? all : standingOn(all, live, kinds);
}

/** The relation that an identity or a use is about; undefined where it is about none. */
function relationIn(text: string): QualifiedName | undefined {
  const { place, table, name } = addressOf(text);
  if (place === 'relation') return name;
  return place === 'column' ? table : undefined;
}

/** What lies in the DataSource's own schema goes by its bare name. */
const isOwn = (name: QualifiedName | undefined): boolean => name !== undefined && nameParts(name).schema === undefined;
