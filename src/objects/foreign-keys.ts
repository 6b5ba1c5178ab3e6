import { qualify, quoteIdentifier, quoteIdentifiers, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { typesReplaced } from './enums.ts';
import { RECREATE, type Comparison, type ObjectKind } from './object-kind.ts';
import { alike, shapeText } from './shape.ts';
import { tableChanges } from './tables/changes.ts';
import { baseType, bothIntegers } from './tables/casts.ts';
import { deferrableOf } from './tables/catalog.ts';
import { alterTable, deferrableClause } from './tables/clauses.ts';
import type { Deferrable } from './tables/table.ts';

/** What happens to a row when the one it refers to is deleted or gets another key. */
export type ReferentialAction = 'restrict' | 'cascade' | 'set null' | 'set default';

export interface ForeignKey {
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

const ACTIONS: Readonly<Record<string, ReferentialAction | undefined>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

export const foreignKeys: ObjectKind<ForeignKey, ForeignKeyOperations> = {
  namespace: 'constraint',
  filterType: 'foreign_key_constraint',
  nameOf: ({ table, name }) => `${table}.${qualify(undefined, name)}`,
  dependsOn: ({ table, references }) => [`relation:${table}`, `relation:${references.table}`],
  owner: ({ table }) => table,

  catalog: {
    queries: {
      foreignKeys: `
        SELECT n.nspname AS namespace, t.relname AS table, o.conname AS name, rn.nspname AS "referencedNamespace",
          r.relname AS "referencedTable", o.confdeltype AS "onDelete", o.confupdtype AS "onUpdate", o.confmatchtype AS match,
          o.condeferrable AS deferrable, o.condeferred AS deferred, o.convalidated AS valid,
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
  alter(before, after, comparison) {
    if (mustLeave(before, comparison)) return RECREATE;
    if (alike(before, after)) return [];
    const { notValid: _, ...unchecked } = before;
    const validated = before.notValid && alike(unchecked, after);
    return validated ? [{ op: 'validateForeignKey', table: after.table, name: after.name }] : RECREATE;
  },
  rename: {
    shapeOf: ({ name: _, ...rest }) => shapeText(rest),
    operations: (before, after) => [{ op: 'renameForeignKey', table: after.table, from: before.name, to: after.name }],
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

function parseForeignKey(row: any, qualifyIn: (namespace: string, name: string) => QualifiedName): ForeignKey {
  const onDelete = ACTIONS[row.onDelete];
  const onUpdate = ACTIONS[row.onUpdate];
  return {
    name: row.name,
    table: qualifyIn(row.namespace, row.table),
    columns: row.columns,
    references: { table: qualifyIn(row.referencedNamespace, row.referencedTable), columns: row.referencedColumns },
    ...(onDelete && { onDelete }),
    ...(row.onDeleteColumns && { onDeleteColumns: row.onDeleteColumns }),
    ...(onUpdate && { onUpdate }),
    ...(row.match === 'f' && { match: 'full' as const }),
    ...deferrableOf(row),
    ...(!row.valid && { notValid: true as const }),
  };
}

/** A foreign key stands in the way when the key it rests on goes, or when its two sides change type one after the other. */
function mustLeave({ table, columns, references }: ForeignKey, comparison: Comparison): boolean {
  const { before, after } = comparison;
  return (
    losesItsKey() ||
    [[table, columns] as const, [references.table, references.columns] as const].some(side => changesType(...side))
  );

  function losesItsKey(): boolean {
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
