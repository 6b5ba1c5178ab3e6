import type { Renaming } from '../objects/address.ts';
import { effectOf } from '../objects/effects.ts';
import { builtIn, objectsIn, schemaOf, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { namingOf, namingOfLabel, type Naming } from '../objects/naming.ts';
import { lineOf } from '../objects/tables/inheritance.ts';

/** The schema as PostgreSQL leaves it after a rename: keys, constraints, indexes and expressions follow by themselves. */
export function renameIn(
  schema: Schema,
  operation: Operation,
  defaultSchema = 'public',
  registry: Registry = builtIn,
): Schema {
  if (operation.op === 'createSchema') {
    const { op: _, ...namespace } = operation;
    return { ...schema, namespaces: new Map([...schema.namespaces, [namespace.name, namespace]]) };
  }
  if (operation.op === 'renameEnumValue') return renameLabel(schema, operation, registry);
  const renames = (effectOf(operation, registry, defaultSchema).renames ?? []).flatMap(each => inLine(each, schema));
  return renames.reduce((current, [from, to]) => underNewNames(current, namingOf(from, to), registry), schema);
}

/** A column is renamed in what inherits it, too. */
function inLine([from, to]: Renaming, schema: Schema): readonly Renaming[] {
  if (from.place !== 'column' || from.table === undefined) return [[from, to]];
  return [...lineOf(from.table, schema)].map(
    table =>
      [
        { ...from, table },
        { ...to, table },
      ] as const,
  );
}

function underNewNames(schema: Schema, naming: Naming, registry: Registry): Schema {
  const contents = Object.entries(registry).map(([name, kind]) => {
    const objects = objectsIn(schema, name);
    if (!kind.renamed) return [name, objects] as const;
    const renamed = [...objects.values()].map(object => kind.renamed!(object, naming));
    return [name, new Map(renamed.map(object => [kind.nameOf(object), object]))] as const;
  });
  return { ...schema, ...Object.fromEntries(contents) };
}

function renameLabel(
  schema: Schema,
  { name, from, to }: Extract<Operation, { op: 'renameEnumValue' }>,
  registry: Registry,
): Schema {
  const enums = [...schema.enums.values()].map(type =>
    type.name === name ? { ...type, labels: type.labels.map(label => (label === from ? to : label)) } : type,
  );
  return underNewNames({ ...schema, enums: schemaOf({ enums }).enums }, namingOfLabel(name, from, to), registry);
}
