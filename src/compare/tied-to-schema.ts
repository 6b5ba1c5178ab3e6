import { addressOf } from '../objects/address.ts';
import { objectsIn, type Registry, type Schema } from '../objects/kinds.ts';
import { usesOf } from '../objects/uses.ts';
import { nameParts, type QualifiedName } from '../sql/name.ts';
import type { Obstacle } from './obstacles.ts';

/** Both sides of a comparison under a DataSource's own schema. */
interface Sides {
  readonly live: Schema;
  readonly declared: Schema;
  /** What the revision makes of the database: what others made is in it, declared or not. */
  readonly target: Schema;
  readonly kinds: Registry;
}

/**
 * What others made in another schema on what lies in the DataSource's own, and what the operations drop and create
 * again: under another schema of the same history, its definition would mean that one's tables.
 * @param dropped what operations drop, by identity
 */
export function tiedToSchema(
  dropped: ReadonlySet<string>,
  { live, declared, target, kinds }: Sides,
  ownSchema: string,
): readonly Obstacle[] {
  return Object.entries(kinds).flatMap(([name, kind]) =>
    [...objectsIn(live, name).values()].flatMap(object => {
      const [key, place] = [kind.nameOf(object), kind.owner?.(object) ?? kind.nameOf(object)];
      const isOthers = objectsIn(target, name).has(key) && !objectsIn(declared, name).has(key);
      if (isOwn(place) || !isOthers || !dropped.has(`${kind.namespace}:${key}`)) return [];
      const own = [...kind.dependsOn(object, live), ...usesOf(object)].find(each => isOwn(relationIn(each)));
      const on = own && relationIn(own);
      return on === undefined
        ? []
        : [
            {
              dependent: `${kind.filterType.replaceAll('_', ' ')} ${key}, which is outside the DataSource's schema ${ownSchema},`,
              on: `relation ${on}, which is another one under each schema`,
            },
          ];
    }),
  );
}

/** The relation that an identity or a use is about; undefined where it is about none. */
function relationIn(text: string): QualifiedName | undefined {
  const { place, table, name } = addressOf(text);
  if (place === 'relation') return name;
  return place === 'column' ? table : undefined;
}

/** What lies in the DataSource's own schema goes by its bare name. */
const isOwn = (name: QualifiedName | undefined): boolean => name !== undefined && nameParts(name).schema === undefined;
