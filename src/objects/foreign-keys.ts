import { besides, partName, quoteIdentifier, quoteIdentifiers, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { typesReplaced } from './enums.ts';
import { renames, type Identity } from './address.ts';
import type { Index } from './index-definition.ts';
import type { Schema } from './kinds.ts';
import { list, mark, optional, record, text, word } from './form.ts';
import { RECREATE, type Comparison, type ObjectKind } from './object-kind.ts';
import { renamedUses, type Naming } from './naming.ts';
import { grouped } from './rows.ts';
import { commentColumn, pick } from './attributes.ts';
import { alike, shapeText } from './shape.ts';
import { usesTouched } from './touched.ts';
import { constraintUse, using, usesOf, type Use, type Using } from './uses.ts';
import { tableChanges } from './tables/changes.ts';
import { baseType, bothIntegers } from './tables/casts.ts';
import { deferrableOf } from './tables/catalog.ts';
import { alterTable, constraintComment, deferrableClause } from './tables/clauses.ts';
import { deferrableWord } from './tables/forms.ts';
import type { Deferrable } from './tables/table.ts';
import { columnUse } from './uses.ts';

/** What happens to a row when the one it refers to is deleted or gets another key. */
export type ReferentialAction = 'restrict' | 'cascade' | 'set null' | 'set default';

export interface ForeignKey extends Using {
  readonly name: string;
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  readonly references: { readonly table: QualifiedName; readonly columns: readonly string[] };
  /** Left out: no action, PostgreSQL's default. */
  readonly onDelete?: ReferentialAction;
  readonly onUpdate?: ReferentialAction;
  /** The columns that `on delete set null` or `set default` is limited to (PostgreSQL 15). */
  readonly onDeleteColumns?: readonly string[];
  readonly match?: 'full';
  readonly deferrable?: Deferrable;
  /** Existing rows were not checked. */
  readonly notValid?: true;
  readonly comment?: string;
}

export interface ForeignKeyOperations {
  createForeignKey(foreignKey: ForeignKey): Promise<void>;
  dropForeignKey(foreignKey: { readonly table: QualifiedName; readonly name: string }): Promise<void>;
  renameForeignKey(renaming: {
    readonly table: QualifiedName;
    readonly from: string;
    readonly to: string;
  }): Promise<void>;
  /** Check the rows of a foreign key that was added `notValid`. */
  validateForeignKey(foreignKey: { readonly table: QualifiedName; readonly name: string }): Promise<void>;
}

const action = word('restrict', 'cascade', 'set null', 'set default');

const ACTIONS: Readonly<Record<string, ReferentialAction | undefined>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

export const foreignKeys: ObjectKind<ForeignKey, ForeignKeyOperations> = {
  namespace: 'constraint',
  filterType: 'foreign_key_constraint',
  nameOf: ({ table, name }) => partName(table, name),
  dependsOn: (key, schema) => [`relation:${key.table}`, `relation:${key.references.table}`, ...keyIndex(key, schema)],
  keepUndeclarable: (declared, live) => ({
    ...pick(live, ['comment']),
    ...(alike(declared.columns, live.columns) && alike(declared.references, live.references) && pick(live, ['match'])),
    ...(declared.onDelete === live.onDelete && pick(live, ['onDeleteColumns'])),
    ...declared,
  }),
  isDeclarable: ({ match, onDeleteColumns, notValid }) => !match && !onDeleteColumns && !notValid,
  mustDetach: mustLeave,
  owner: ({ table }) => table,
  goesWith: ({ table, columns, references }) => [
    ...columns.map(name => columnUse(table, name)),
    ...references.columns.map(name => columnUse(references.table, name)),
  ],
  effects: { renameForeignKey: renaming => renames('constraint', renaming) },
  renamed: renamedForeignKey,

  catalog: {
    queries: {
      foreignKeys: `
        SELECT n.nspname AS namespace, t.relname AS table, o.conname AS name, rn.nspname AS "referencedNamespace",
          r.relname AS "referencedTable", o.confdeltype AS "onDelete", o.confupdtype AS "onUpdate", o.confmatchtype AS match,
          o.condeferrable AS deferrable, o.condeferred AS deferred, o.convalidated AS valid,
          (SELECT i.relname FROM pg_class i WHERE i.oid = o.conindid) AS index,
          (SELECT k.conname FROM pg_constraint k WHERE k.conindid = o.conindid AND k.contype IN ('p', 'u', 'x')) AS key,
          ${commentColumn('pg_constraint', 'o.oid')},
          (SELECT json_agg(a.attname ORDER BY k.i) FROM unnest(o.conkey) WITH ORDINALITY k(attnum, i)
           JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.attnum) AS columns,
          (SELECT json_agg(a.attname ORDER BY k.i) FROM unnest(o.confkey) WITH ORDINALITY k(attnum, i)
           JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.attnum) AS "referencedColumns",
          (SELECT json_agg(a.attname ORDER BY k.i)
           FROM json_array_elements_text((to_jsonb(o) -> 'confdelsetcols')::json) WITH ORDINALITY k(attnum, i)
           JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.attnum::int
           WHERE jsonb_typeof(to_jsonb(o) -> 'confdelsetcols') = 'array') AS "onDeleteColumns"
        FROM pg_constraint o
        JOIN pg_class t ON t.oid = o.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
        JOIN pg_class r ON r.oid = o.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
        WHERE o.contype = 'f' AND o.conparentid = 0 AND NOT t.relispartition AND n.nspname = ANY($1)`,
    },
    parse: (rows, qualifyIn) => (rows['foreignKeys'] ?? []).map(row => parseForeignKey(row, qualifyIn)),
  },

  create: foreignKey => [{ op: 'createForeignKey', ...foreignKey }],
  drop: ({ table, name }) => [{ op: 'dropForeignKey', table, name }],
  alter({ comment: _before, ...before }, { comment: _after, ...after }) {
    if (alike(before, after)) return [];
    const { notValid: _, ...unchecked } = before;
    const validated = before.notValid && alike(unchecked, after);
    return validated ? [{ op: 'validateForeignKey', table: after.table, name: after.name }] : RECREATE;
  },
  rename: {
    shapeOf: ({ name: _, comment: _comment, ...rest }) => shapeText(rest),
    operations: (before, after) => [{ op: 'renameForeignKey', table: after.table, from: before.name, to: after.name }],
  },

  takes: {
    createForeignKey: record({
      name: text,
      table: text,
      columns: list(text),
      references: record({ table: text, columns: list(text) }),
      onDelete: optional(action),
      onUpdate: optional(action),
      onDeleteColumns: optional(list(text)),
      match: optional(word('full')),
      deferrable: optional(deferrableWord),
      notValid: optional(mark),
      comment: optional(text),
    }),
    dropForeignKey: record({ table: text, name: text }),
    renameForeignKey: record({ table: text, from: text, to: text }),
    validateForeignKey: record({ table: text, name: text }),
  },

  statements: {
    createForeignKey: op => [
      statement(
        `ALTER TABLE ${quoteName(op.table)} ADD CONSTRAINT ${quoteIdentifier(op.name)} ${foreignKeyClause(op)}`,
        { type: 'locksTable', mode: 'SHARE ROW EXCLUSIVE' },
        ...(op.notValid
          ? []
          : [
              { type: 'scansTable' } as const,
              { type: 'failsOnRows', what: `rows of ${op.table} without a match in ${op.references.table}` } as const,
            ]),
      ),
      ...constraintComment(op.table, op),
    ],
    dropForeignKey: ({ table, name }) => [alterTable(table, `DROP CONSTRAINT ${quoteIdentifier(name)}`)],
    validateForeignKey: ({ table, name }) => [
      statement(
        `ALTER TABLE ${quoteName(table)} VALIDATE CONSTRAINT ${quoteIdentifier(name)}`,
        { type: 'scansTable' },
        { type: 'failsOnRows', what: `foreign key ${name} of ${table}` },
      ),
    ],
    renameForeignKey: ({ table, from, to }) => [
      alterTable(table, `RENAME CONSTRAINT ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`),
    ],
  },
};

function foreignKeyClause({
  columns,
  references,
  match,
  onDelete,
  onUpdate,
  onDeleteColumns,
  deferrable,
  notValid,
}: ForeignKey): string {
  const action = (event: string, chosen: ReferentialAction | undefined) =>
    chosen ? ` ON ${event} ${chosen.toUpperCase()}` : '';
  return [
    `FOREIGN KEY (${quoteIdentifiers(columns)}) REFERENCES ${quoteName(references.table)} (${quoteIdentifiers(references.columns)})`,
    match === 'full' ? ' MATCH FULL' : '',
    action('DELETE', onDelete),
    onDeleteColumns ? ` (${quoteIdentifiers(onDeleteColumns)})` : '',
    action('UPDATE', onUpdate),
    deferrableClause(deferrable),
    notValid ? ' NOT VALID' : '',
  ].join('');
}

function renamedForeignKey(key: ForeignKey, naming: Naming): ForeignKey {
  const { table, references, onDeleteColumns } = key;
  const own = (names: readonly string[]) => names.map(name => naming.column(table, name));
  return {
    ...renamedUses(key, naming),
    table: naming.relation(table),
    columns: own(key.columns),
    references: {
      table: naming.relation(references.table),
      columns: references.columns.map(name => naming.column(references.table, name)),
    },
    ...(onDeleteColumns && { onDeleteColumns: own(onDeleteColumns) }),
  };
}

function parseForeignKey(row: any, qualifyIn: (namespace: string, name: string) => QualifiedName): ForeignKey {
  const onDelete = ACTIONS[row.onDelete];
  const onUpdate = ACTIONS[row.onUpdate];
  const references = qualifyIn(row.referencedNamespace, row.referencedTable);
  return {
    name: row.name,
    table: qualifyIn(row.namespace, row.table),
    columns: row.columns,
    references: { table: references, columns: row.referencedColumns },
    ...(onDelete && { onDelete }),
    ...(row.onDeleteColumns && { onDeleteColumns: row.onDeleteColumns }),
    ...(onUpdate && { onUpdate }),
    ...(row.match === 'f' && { match: 'full' as const }),
    ...deferrableOf(row),
    ...(!row.valid && { notValid: true as const }),
    ...(row.comment !== null && { comment: row.comment }),
    ...restsOn(row, references),
  };
}

/** The key or the unique index that PostgreSQL chose when the foreign key was made. */
function restsOn({ key, index }: any, table: QualifiedName): Using {
  if (key !== null) return using([constraintUse(table, key)]);
  return index === null ? {} : using([`relation:${besides(table, index)}`]);
}

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
function keyIndex(key: ForeignKey, schema: Schema | undefined): Identity[] {
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

/** A foreign key stands in the way when the key it rests on goes, or when its two sides change type one after the other. */
function mustLeave(foreignKey: ForeignKey, comparison: Comparison): boolean {
  const { table, columns, references } = foreignKey;
  const { before, after } = comparison;
  return (
    losesItsKey() ||
    [[table, columns] as const, [references.table, references.columns] as const].some(side => changesType(...side))
  );

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
