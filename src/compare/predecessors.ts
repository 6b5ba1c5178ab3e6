import { builtIn, objectsIn, type AnyKind, type Registry, type Schema, schemaFrom } from '../objects/kinds.ts';
import { LOST, losing, type Losing } from '../objects/lost.ts';
import { bareName, type QualifiedName } from '../sql/name.ts';

/** The live object of another kind whose name an object takes over: a materialized view of a view's, for example. */
export function predecessorOf(live: Schema, name: string, key: string, registry: Registry): unknown {
  const { namespace, keepOfPredecessor } = registry[name]!;
  if (!keepOfPredecessor) return undefined;
  const others = Object.entries(registry).filter(
    ([other, kind]) => other !== name && kind.namespace === namespace && kind.keepOfPredecessor,
  );
  return others.map(([other]) => objectsIn(live, other).get(key)).find(object => object !== undefined);
}

/**
 * The target without the triggers, rules, policies and indexes that nobody declares on a relation which becomes one of
 * another kind. It loses them: they go along with it, and may not fit its successor.
 * @param declared what entities declare
 */
export function withoutPartsOfPredecessors(
  live: Schema,
  target: Schema,
  declared: Schema,
  registry: Registry = builtIn,
): Schema {
  const lost = new Map<QualifiedName, string[]>();
  const successors = successorsIn(live, target, registry);
  if (successors.size === 0) return target;
  const parts = Object.entries(registry).map(([name, kind]) => {
    if (!kind.owner) return [name, objectsIn(target, name)] as const;
    const kept = [...objectsIn(target, name)].filter(([key, object]) => {
      const owner = kind.owner!(object);
      if (!successors.has(owner) || objectsIn(declared, name).has(key)) return true;
      lost.set(owner, [...(lost.get(owner) ?? []), description(kind, object)]);
      return false;
    });
    return [name, new Map(kept)] as const;
  });
  const contents = parts.map(([name, objects]) => {
    const relations = [...objects].map(([key, object]) => {
      const own = successors.get(key) === name ? lost.get(key) : undefined;
      return [key, own ? { ...object, ...losing([...((object as Losing)[LOST] ?? []), ...own]) } : object] as const;
    });
    return [name, new Map(relations)] as const;
  });
  return schemaFrom(contents);
}

/** The relations that take over the name of one of another kind, with the name of their own kind. */
function successorsIn(live: Schema, target: Schema, registry: Registry): ReadonlyMap<QualifiedName, string> {
  return new Map(
    Object.keys(registry).flatMap(name =>
      [...objectsIn(target, name).keys()].flatMap(key =>
        objectsIn(live, name).has(key) || predecessorOf(live, name, key, registry) === undefined
          ? []
          : [[key, name] as const],
      ),
    ),
  );
}

const description = ({ filterType, nameOf }: AnyKind, object: { readonly name?: string }): string =>
  `the ${filterType.replaceAll('_', ' ')} ${object.name ?? bareName(nameOf(object))}`;
