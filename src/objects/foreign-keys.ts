import { besides, partName, quoteIdentifier, quoteIdentifiers, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { renamesPart } from './address.ts';
import type { ForeignKey, ReferentialAction } from './foreign-key-definition.ts';
import { list, mark, optional, record, text, word } from './form.ts';
import { LOST, losing } from './lost.ts';
import { lostWith, ofPartsIn, ofPartsOfForeignKey } from './own-of-parts.ts';
import { RECREATE, type ObjectKind } from './object-kind.ts';
import { renamedUses, type Naming } from './naming.ts';
import { commentColumn, pick } from './attributes.ts';
import { alike, shapeText } from './shape.ts';
import { columnUse, constraintUse, using, type Using } from './uses.ts';
import { keyIndex, mustLeave } from './referenced-keys.ts';
import { deferrableOf, validityOf } from './tables/constraint-rows.ts';
import { alterTable, constraintComments, deferrableClause } from './tables/clauses.ts';
import { deferrableWord } from './tables/forms.ts';

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
  keepUndeclarable: keepKeySettings,
  isDeclarable: ({ match, onDeleteColumns, notValid, notEnforced, period }) =>
    !match && !onDeleteColumns && !notValid && !notEnforced && !period,
  mustDetach: mustLeave,
  owner: ({ table }) => table,
  goesWith: ({ table, columns, references }) => [
    ...columns.map(name => columnUse(table, name)),
    ...references.columns.map(name => columnUse(references.table, name)),
  ],
  effects: { renameForeignKey: renaming => renamesPart('constraint', renaming) },
  renamed: renamedForeignKey,

  catalog: {
    queries: {
      foreignKeys: `
        SELECT n.nspname AS namespace, t.relname AS table, o.conname AS name, rn.nspname AS "referencedNamespace",
          r.relname AS "referencedTable", o.confdeltype AS "onDelete", o.confupdtype AS "onUpdate", o.confmatchtype AS match,
          o.condeferrable AS deferrable, o.condeferred AS deferred, o.convalidated AS valid,
          coalesce((to_jsonb(o) ->> 'conenforced')::boolean, true) AS enforced,
          coalesce((to_jsonb(o) ->> 'conperiod')::boolean, false) AS period,
          (SELECT i.relname FROM pg_class i WHERE i.oid = o.conindid) AS index,
          (SELECT k.conname FROM pg_constraint k WHERE k.conindid = o.conindid AND k.contype IN ('p', 'u', 'x')) AS key,
          ${commentColumn('pg_constraint', 'o.oid')},
          CASE WHEN 'p' IN (t.relkind, r.relkind) THEN ${ofPartsOfForeignKey('o.oid')} END AS "ofParts",
          EXISTS (WITH RECURSIVE keys AS (SELECT o.oid UNION ALL SELECT k.oid FROM keys JOIN pg_constraint k ON k.conparentid = keys.oid AND 'p' IN (t.relkind, r.relkind))
            SELECT FROM keys JOIN pg_trigger g ON g.tgconstraint = keys.oid WHERE g.tgenabled <> 'O') AS "triggersSet",
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
  drop: key => [{ op: 'dropForeignKey', table: key.table, name: key.name, ...losing(lostWith(key)) }],
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
      notEnforced: optional(mark),
      period: optional(mark),
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
        ...(op.notValid || op.notEnforced
          ? []
          : [
              { type: 'scansTable' } as const,
              { type: 'failsOnRows', what: `rows of ${op.table} without a match in ${op.references.table}` } as const,
            ]),
      ),
      ...constraintComments(op.table, op),
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

/** Entities cannot say how a key of several columns matches, nor that it is one of periods: what it cannot be is lost. */
function keepKeySettings(declared: ForeignKey, live: ForeignKey): ForeignKey {
  const isOfPeriods =
    live.period &&
    declared.columns.length > 1 &&
    declared.columns.at(-1) === live.columns.at(-1) &&
    declared.references.columns.at(-1) === live.references.columns.at(-1);
  const nulled = live.onDeleteColumns?.filter(name => declared.columns.includes(name));
  const keepsNulled = declared.onDelete === live.onDelete && nulled?.length;
  return {
    ...pick(live, ['comment', 'notEnforced', 'match']),
    ...(isOfPeriods && { period: true }),
    ...(keepsNulled && { onDeleteColumns: nulled }),
    ...declared,
    ...losing([
      ...(live[LOST] ?? []),
      ...(live.period && !isOfPeriods ? [`PERIOD of the foreign key ${live.name} of ${live.table}`] : []),
      ...(live.onDeleteColumns && !keepsNulled
        ? [`the columns of ON DELETE of the foreign key ${live.name} of ${live.table}`]
        : []),
      ...lostActions(declared, live),
    ]),
  };
}

/** What the live key does, where the declared one does nothing. */
const lostActions = (declared: ForeignKey, live: ForeignKey): readonly string[] =>
  [
    ...(live.onDelete && !declared.onDelete ? [`ON DELETE ${live.onDelete.toUpperCase()}`] : []),
    ...(live.onUpdate && !declared.onUpdate ? [`ON UPDATE ${live.onUpdate.toUpperCase()}`] : []),
    ...(live.deferrable && !declared.deferrable ? ['DEFERRABLE'] : []),
  ].map(what => `${what} of the foreign key ${live.name} of ${live.table}`);

function foreignKeyClause({
  columns,
  references,
  match,
  onDelete,
  onUpdate,
  onDeleteColumns,
  deferrable,
  notValid,
  notEnforced,
  period,
}: ForeignKey): string {
  const sideOf = (names: readonly string[]) =>
    names.map((name, i) => `${period && i === names.length - 1 ? 'PERIOD ' : ''}${quoteIdentifier(name)}`).join(', ');
  const action = (event: string, chosen: ReferentialAction | undefined) =>
    chosen ? ` ON ${event} ${chosen.toUpperCase()}` : '';
  return [
    `FOREIGN KEY (${sideOf(columns)}) REFERENCES ${quoteName(references.table)} (${sideOf(references.columns)})`,
    match === 'full' ? ' MATCH FULL' : '',
    action('DELETE', onDelete),
    onDeleteColumns ? ` (${quoteIdentifiers(onDeleteColumns)})` : '',
    action('UPDATE', onUpdate),
    deferrableClause(deferrable),
    notEnforced ? ' NOT ENFORCED' : '',
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
    ...validityOf(row),
    ...(row.period && { period: true as const }),
    ...(row.comment !== null && { comment: row.comment }),
    ...restsOn(row, references),
    ...ofPartsIn(row),
    ...losing(row.triggersSet ? [`the states of the triggers of foreign key ${row.name}${IN_ANOTHER_STATE}`] : []),
  };
}

/** Only a superuser may set them, and each trigger is another one. */
const IN_ANOTHER_STATE = ', some of which are disabled, ENABLE REPLICA or ENABLE ALWAYS';

/** The key or the unique index that PostgreSQL chose when the foreign key was made. */
function restsOn({ key, index }: any, table: QualifiedName): Using {
  if (key !== null) return using([constraintUse(table, key)]);
  return index === null ? {} : using([`relation:${besides(table, index)}`]);
}
