import { columnUse, constraintUse, usesOf, type Use } from './uses.ts';
import { typesReplaced } from './enums.ts';
import type { ForeignKey } from './foreign-key-definition.ts';
import type { Index } from './index-definition.ts';
import type { Schema } from './kinds.ts';
import type { Identity } from './address.ts';
import type { Comparison } from './object-kind.ts';
import { grouped } from './rows.ts';
import { alike } from './shape.ts';
import { baseType, bothIntegers } from './tables/casts.ts';
import { tableChanges } from './tables/changes.ts';
import { touchedBy, usesTouched } from './touched.ts';
import type { QualifiedName } from '../sql/name.ts';

const uniqueIndexes = new WeakMap<Schema, ReadonlyMap<QualifiedName, readonly Index[]>>();

function uniqueIndexesOn(table: QualifiedName, schema: Schema): readonly Index[] {
  const known = uniqueIndexes.get(schema);
  if (known) return known.get(table) ?? [];
  const found = grouped(
    [...schema.indexes.values()].filter(({ unique, where }) => unique && where === undefined),
    ({ table: on }) => on,
  );
  uniqueIndexes.set(schema, found);
  return found.get(table) ?? [];
}

/** The unique indexes that a foreign key may rest on: the one it is known to, or any of the same columns. */
export function keyIndex(key: ForeignKey, schema: Schema | undefined): Identity[] {
  const { references } = key;
  const table = schema?.tables.get(references.table);
  if (!schema || !table) return [];
  const known = knownKey(key, schema);
  if (known) return known.startsWith('relation:') ? [known as Identity] : [];
  const columns = [...references.columns].sort();
  return uniqueIndexesOn(references.table, schema)
    .filter(index => alike([...index.columns].map(String).sort(), columns))
    .map(({ name }) => `relation:${name}` as const);
}

/** What PostgreSQL says that a foreign key rests on, where the schema has it: a declared one may rest on another key. */
function knownKey(key: ForeignKey, schema: Schema): Use | undefined {
  const table = schema.tables.get(key.references.table);
  const constraints = [table?.primaryKey, ...(table?.uniques ?? [])].flatMap(each => (each ? [each.name] : []));
  return usesOf(key).find(use =>
    use.startsWith('relation:')
      ? schema.indexes.has(use.slice('relation:'.length))
      : constraints.some(name => use === constraintUse(key.references.table, name)),
  );
}

/**
 * A foreign key stands in the way when the key it rests on goes, when a column of either side is dropped and added again, or
 * when its two sides change type one after the other.
 */
export function mustLeave(foreignKey: ForeignKey, comparison: Comparison): boolean {
  const { table, columns, references } = foreignKey;
  const { before, after } = comparison;
  const sides = [[table, columns] as const, [references.table, references.columns] as const];
  return losesItsKey() || sides.some(side => isReadded(...side) || changesType(...side));

  function isReadded(name: QualifiedName, names: readonly string[]): boolean {
    const touched = touchedBy(comparison);
    return names.some(column => touched.get(columnUse(name, column)) === 'readded');
  }

  function losesItsKey(): boolean {
    if (knownKey(foreignKey, before)) return usesTouched(foreignKey, comparison, ['dropped']);
    const [was, is] = [before.tables.get(references.table), after.tables.get(references.table)];
    if (!was || !is || was === is) return false;
    const dropped = tableChanges(was, is, comparison)?.constraints.dropped ?? [];
    return dropped.some(key => 'columns' in key && alike([...key.columns].sort(), [...references.columns].sort()));
  }

  function changesType(name: QualifiedName, names: readonly string[]): boolean {
    const [was, is] = [before.tables.get(name), after.tables.get(name)];
    if (!was || !is || (was === is && typesReplaced(comparison).length === 0)) return false;
    return names.some(column => {
      const [from, to] = [was, is].map(each => each.columns.find(one => one.name === column)?.type ?? '') as [
        string,
        string,
      ];
      const moves = typesReplaced(comparison).includes(from);
      return moves || (baseType(from) !== baseType(to) && !bothIntegers(from, to));
    });
  }
}
