import { builtIn, objectsIn, type AnyKind, type Registry, type Schema, schemaFrom } from '../objects/kinds.ts';
import type { QualifiedName } from '../sql/name.ts';

/** The schema without some relations, and without what rests on them. */
export function withoutRelations(
  schema: Schema,
  names: ReadonlySet<QualifiedName>,
  registry: Registry = builtIn,
): Schema {
  const contents = Object.entries(registry).map(([kindName, kind]) => {
    const isHidden = (name: QualifiedName, object: unknown) =>
      kind.owner ? names.has(kind.owner(object)) : isRelation(kind) && names.has(name);
    const kept = [...objectsIn(schema, kindName)].filter(([name, object]) => !isHidden(name, object));
    return [kindName, new Map(kept)] as const;
  });
  return schemaFrom(contents);
}

/** True for a kind of relations that rest on no other: tables, views, sequences, but not indexes. */
export const isRelation = ({ namespace, owner }: AnyKind): boolean => namespace === 'relation' && owner === undefined;

/** All relations of a schema that rest on no other. */
export const relationsIn = (schema: Schema, registry: Registry): (readonly [AnyKind, QualifiedName, any])[] =>
  Object.entries(registry).flatMap(([kindName, kind]) =>
    isRelation(kind) ? [...objectsIn(schema, kindName)].map(([name, object]) => [kind, name, object] as const) : [],
  );
