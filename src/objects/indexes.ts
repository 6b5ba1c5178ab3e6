import { bareName, besides, quoteIdentifier, quoteIdentifiers, quoteName, type QualifiedName } from '../sql/name.ts';
import { outsideTransaction, statement, type Statement } from '../sql/statement.ts';
import { renames } from './address.ts';
import { byName, either, flag, list, mark, number, optional, record, text, word, type Form } from './form.ts';
import { RECREATE, type Comparison, type ObjectKind } from './object-kind.ts';
import { renamedIndex } from './renamed-index.ts';
import { grouped } from './rows.ts';
import { commentColumn, commentOn, pick, tablespaceColumn, tablespaceOf } from './attributes.ts';
import { losing, type Losing } from './lost.ts';
import { alike, shapeText } from './shape.ts';
import { replacements, touchedBy, usesTouched } from './touched.ts';
import { columnUse, USES, usesOf, using, type Use, type Using } from './uses.ts';
import { rolesOf, withoutParentheses } from './tables/catalog.ts';
import { indexRoleFields } from './tables/forms.ts';
import { indexRoles, tablespaceClause } from './tables/clauses.ts';
import type { IndexRoles } from './tables/table.ts';

/** What an index sorts by: a column by name, or anything else spelled out. */
export type IndexKey =
  | string
  | {
      readonly column?: string;
      readonly expression?: string;
      readonly collation?: QualifiedName;
      readonly operatorClass?: string;
      readonly order?: 'desc';
      /** Where it is not the order's own: nulls last for ascending, first for descending. */
      readonly nulls?: 'first' | 'last';
    };

export interface Index extends Using, Losing, IndexRoles {
  /** Indexes lie in their table's schema. */
  readonly name: QualifiedName;
  readonly table: QualifiedName;
  readonly columns: readonly IndexKey[];
  readonly unique?: true;
  /** Left out: btree. */
  readonly method?: string;
  readonly include?: readonly string[];
  readonly nullsNotDistinct?: true;
  /** Storage parameters, as in `WITH (…)`. */
  readonly with?: readonly string[];
  /** Where it is not the database's own. */
  readonly tablespace?: string;
  /** The statistics targets of expressions, by their position among the columns, which begins at 1. */
  readonly statistics?: Readonly<Record<string, number>>;
  readonly where?: string;
  readonly comment?: string;
  /** An interrupted CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY left it: PostgreSQL does not use it. */
  readonly invalid?: true;
}

export interface IndexOperations {
  /** Create an index. Built `concurrently`, it does not hold up writes, but its revision must not be transactional. */
  createIndex(index: Index & { readonly concurrently?: boolean }): Promise<void>;
  dropIndex(index: { readonly name: QualifiedName; readonly concurrently?: boolean }): Promise<void>;
  renameIndex(renaming: { readonly from: QualifiedName; readonly to: QualifiedName }): Promise<void>;
}

const key: Form<IndexKey> = either(
  text,
  record<Exclude<IndexKey, string>>(
    {
      column: optional(text),
      expression: optional(text),
      collation: optional(text),
      operatorClass: optional(text),
      order: optional(word('desc')),
      nulls: optional(word('first', 'last')),
    },
    ['column', 'expression'],
  ),
);

export const indexes: ObjectKind<Index, IndexOperations> = {
  namespace: 'relation',
  filterType: 'index',
  nameOf: index => index.name,
  dependsOn: index => [`relation:${index.table}`],
  owner: index => index.table,
  goesWith: index => [...columnsOf(index), ...usesOf(index)],
  effects: {
    createIndex: ({ table, name }) => ({
      creates: [{ place: 'relation', table, name: besides(table, bareName(name)) }],
    }),
    renameIndex: renaming => renames('relation', renaming),
  },
  renamed: renamedIndex,

  catalog: {
    queries: {
      indexes: `
        SELECT x.indexrelid::text AS id, n.nspname AS namespace, i.relname AS name, t.relname AS table, x.indisunique AS unique,
          m.amname AS method, ${tablespaceColumn('i')},
          CASE WHEN x.indexprs IS NOT NULL THEN (SELECT json_object_agg(a.attnum, a.attstattarget ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = i.oid AND a.attstattarget >= 0) END AS statistics, x.indnkeyatts AS "keyCount", i.reloptions AS with, x.indoption::int2[]::int[] AS options,
          coalesce((to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false) AS "nullsNotDistinct",
          pg_get_expr(x.indpred, x.indrelid) AS where, x.indisclustered AS clustered, x.indisreplident AS "replicaIdentity", x.indisvalid AS valid, ${commentColumn('pg_class', 'i.oid')}
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am m ON m.oid = i.relam
        WHERE n.nspname = ANY($1) AND t.relkind IN ('r', 'p', 'm') AND NOT t.relispartition
          AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.oid AND o.contype IN ('p', 'u', 'x'))`,
      // Deparsing every index would cost more than all the rest: only expressions are asked for as text.
      indexKeys: `
        SELECT x.indexrelid::text AS id, k.i::int AS position, a.attname AS column,
          CASE WHEN k.attnum = 0 THEN pg_get_indexdef(x.indexrelid, k.i::int, false) END AS expression,
          CASE WHEN NOT o.opcdefault OR p.attoptions IS NOT NULL
            THEN CASE WHEN pg_opclass_is_visible(o.oid) THEN '' ELSE quote_ident(os.nspname) || '.' END || quote_ident(o.opcname) || coalesce('(' || array_to_string(p.attoptions, ', ') || ')', '') END AS "operatorClass",
          CASE WHEN c.oid <> coalesce(a.attcollation, y.typcollation) THEN CASE WHEN pg_collation_is_visible(c.oid) THEN '' ELSE quote_ident(cs.nspname) || '.' END || quote_ident(c.collname) END AS collation
        FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
        CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY k(attnum, i)
        LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum AND k.attnum > 0
        LEFT JOIN pg_attribute p ON p.attrelid = x.indexrelid AND p.attnum = k.i
        LEFT JOIN pg_type y ON y.oid = p.atttypid
        LEFT JOIN pg_opclass o ON o.oid = x.indclass[k.i - 1] AND k.i <= x.indnkeyatts
        LEFT JOIN pg_namespace os ON os.oid = o.opcnamespace
        LEFT JOIN pg_collation c ON c.oid = x.indcollation[k.i - 1] AND k.i <= x.indnkeyatts
        LEFT JOIN pg_namespace cs ON cs.oid = c.collnamespace
        WHERE n.nspname = ANY($1) AND t.relkind IN ('r', 'p', 'm') AND NOT t.relispartition`,
    },
    parse: (rows, qualify, uses) => {
      const keys = grouped(rows['indexKeys'] ?? [], row => row.id);
      return (rows['indexes'] ?? []).map(row =>
        parseIndex(
          row,
          keys.get(row.id) ?? [],
          row.name,
          qualify(row.namespace, row.table),
          uses(`relation:${qualify(row.namespace, row.name)}`),
        ),
      );
    },
  },

  create: ({ invalid: _, ...index }) => [{ op: 'createIndex', ...index }],
  keepUndeclarable: keepIndexSettings,
  isDeclarable: index =>
    index.columns.every(key => typeof key === 'string') &&
    !index.include &&
    !index.nullsNotDistinct &&
    !isLeftByReindex(index),
  mustDetach: standsInTheWay,
  drop: index => [{ op: 'dropIndex', name: index.name }],
  alter: (before, after) => (alike(declarable(before), declarable(after)) ? [] : RECREATE),
  rename: {
    shapeOf,
    operations: (before, after) => [{ op: 'renameIndex', from: before.name, to: after.name }],
  },

  takes: {
    createIndex: record({
      name: text,
      table: text,
      columns: list(key),
      unique: optional(mark),
      method: optional(text),
      include: optional(list(text)),
      nullsNotDistinct: optional(mark),
      with: optional(list(text)),
      tablespace: optional(text),
      statistics: optional(byName(number)),
      where: optional(text),
      comment: optional(text),
      invalid: optional(mark),
      concurrently: optional(flag),
      ...indexRoleFields,
    }),
    dropIndex: record({ name: text, concurrently: optional(flag) }),
    renameIndex: record({ from: text, to: text }),
  },

  statements: {
    createIndex: op => {
      const definition = indexDefinition(op);
      if (!op.concurrently)
        return [
          statement(
            `CREATE ${definition}`,
            { type: 'locksTable', mode: 'SHARE' },
            { type: 'scansTable' },
            ...uniqueRisk(op),
          ),
          ...indexSettings(op),
        ];
      const guard = {
        type: 'indexValid',
        index: quoteName(besides(op.table, bareName(op.name))),
        drop: `DROP INDEX CONCURRENTLY ${quoteName(op.name)}`,
      } as const;
      return [
        { ...outsideTransaction(`CREATE ${definition}`, guard), hazards: uniqueRisk(op) },
        ...indexSettings(op),
      ];
    },
    dropIndex: ({ name, concurrently }) => [
      concurrently
        ? outsideTransaction(`DROP INDEX CONCURRENTLY ${quoteName(name)}`, {
            type: 'indexGone',
            index: quoteName(name),
          })
        : statement(`DROP INDEX ${quoteName(name)}`, { type: 'locksTable', mode: 'ACCESS EXCLUSIVE' }),
    ],
    renameIndex: ({ from, to }) => [
      statement(`ALTER INDEX ${quoteName(from)} RENAME TO ${quoteIdentifier(bareName(to))}`),
    ],
  },
};

/** REINDEX CONCURRENTLY builds `…_ccnew`, and drops what the index was before as `…_ccold`; an interrupted one leaves either. */
export const isLeftByReindex = ({ name, invalid }: Pick<Index, 'name' | 'invalid'>): boolean =>
  invalid === true && /_cc(new|old)\d*$/.test(bareName(name));

/** Entities declare what an index is over. What another sort of index cannot have is lost. */
function keepIndexSettings(declared: Index, live: Index): Index {
  const kept = {
    ...pick(live, ['comment', 'tablespace']),
    ...(declared.method === live.method && pick(live, ['with'])),
    ...(canCluster(declared) && pick(live, ['clustered'])),
    ...(canIdentify(declared) && pick(live, ['replicaIdentity'])),
  };
  return {
    ...kept,
    ...(shapeOf(declared) === shapeOf(live) && live[USES] && { [USES]: live[USES] }),
    ...declared,
    ...losing([
      ...(live.with && !kept.with ? live.with.map(option => `the option ${option} of index ${live.name}`) : []),
      ...(live.clustered && !kept.clustered ? [`${live.name} as the index that CLUSTER sorts ${live.table} by`] : []),
      ...(live.replicaIdentity && !kept.replicaIdentity
        ? [`${live.name} as the replica identity of ${live.table}`]
        : []),
    ]),
  };
}

/** https://www.postgresql.org/docs/current/sql-cluster.html: the index is a btree or gist one, and not partial. */
const canCluster = ({ method = 'btree', where }: Index): boolean =>
  (method === 'btree' || method === 'gist') && where === undefined;

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY */
const canIdentify = ({ unique, where, columns }: Index): boolean =>
  unique === true &&
  where === undefined &&
  columns.every(each => typeof each === 'string' || each.column !== undefined);

/** What an index has beside its definition. */
function indexSettings(index: Index): Statement[] {
  const [name, text] = [bareName(index.name), `INDEX ${quoteName(besides(index.table, bareName(index.name)))}`];
  return [
    ...(index.comment === undefined ? [] : [commentOn(text, index.comment)]),
    ...Object.entries(index.statistics ?? {}).map(([position, target]) =>
      statement(`ALTER ${text} ALTER COLUMN ${position} SET STATISTICS ${target}`),
    ),
    ...indexRoles(index.table, { ...index, name }),
  ];
}

/** What entities can declare of an index. */
function declarable(index: Index): Partial<Index> {
  const {
    comment: _,
    clustered: __,
    replicaIdentity: ___,
    tablespace: ____,
    statistics: _____,
    with: ______,
    ...rest
  } = index;
  return rest;
}

/** What makes two indexes of different names the same. */
function shapeOf(index: Index): string {
  const { name: _, ...rest } = declarable(index);
  return shapeText(rest);
}

const uniqueRisk = ({ unique, table }: Index) =>
  unique ? [{ type: 'failsOnRows', what: `duplicates in ${table}` } as const] : [];

function indexDefinition(index: Index & { readonly concurrently?: boolean }): string {
  return [
    index.unique ? 'UNIQUE INDEX' : 'INDEX',
    index.concurrently && 'CONCURRENTLY',
    quoteIdentifier(bareName(index.name)),
    `ON ${quoteName(index.table)}`,
    index.method && `USING ${index.method}`,
    `(${index.columns.map(keyDefinition).join(', ')})`,
    index.include && `INCLUDE (${quoteIdentifiers(index.include)})`,
    index.nullsNotDistinct && 'NULLS NOT DISTINCT',
    index.with && `WITH (${index.with.join(', ')})`,
    tablespaceClause(index.tablespace).trim(),
    index.where !== undefined && `WHERE ${index.where}`,
  ]
    .filter(Boolean)
    .join(' ');
}

function keyDefinition(key: IndexKey): string {
  if (typeof key === 'string') return quoteIdentifier(key);
  return [
    key.column === undefined ? `(${key.expression})` : quoteIdentifier(key.column),
    key.collation && `COLLATE ${quoteName(key.collation)}`,
    key.operatorClass,
    key.order && 'DESC',
    key.nulls && `NULLS ${key.nulls.toUpperCase()}`,
  ]
    .filter(Boolean)
    .join(' ');
}

interface CatalogKey {
  readonly position: number;
  readonly column: string | null;
  readonly expression: string | null;
  readonly operatorClass: string | null;
  readonly collation: string | null;
}

function parseIndex(
  row: any,
  unordered: readonly CatalogKey[],
  name: string,
  table: QualifiedName,
  uses: readonly Use[],
): Index {
  const keys = [...unordered].sort((a, b) => a.position - b.position);
  const included = keys.slice(row.keyCount).map(({ column }) => column ?? '');
  return {
    // An index lies in its table's schema.
    name: besides(table, name),
    table,
    columns: keys.slice(0, row.keyCount).map((key, i) => parseKey(key, row.options[i] ?? 0)),
    ...(row.unique && { unique: true }),
    ...(row.method !== 'btree' && { method: row.method }),
    ...(included.length > 0 && { include: included }),
    ...(row.nullsNotDistinct && { nullsNotDistinct: true }),
    ...(row.with && { with: row.with }),
    ...tablespaceOf(row),
    ...(row.statistics !== null && { statistics: row.statistics }),
    ...(row.where !== null && { where: withoutParentheses(row.where) }),
    ...(row.comment !== null && { comment: row.comment }),
    ...rolesOf(row),
    ...(!row.valid && { invalid: true }),
    ...using(uses),
  };
}

/** `indoption`: bit 1 for descending, bit 2 for nulls first. */
function parseKey({ column, expression, operatorClass, collation }: CatalogKey, options: number): IndexKey {
  const descending = (options & 1) !== 0;
  const nullsFirst = (options & 2) !== 0;
  if (column !== null && operatorClass === null && collation === null && options === 0) return column;
  return {
    ...(column === null ? { expression: withoutParentheses(expression ?? '') } : { column }),
    ...(collation !== null && { collation }),
    ...(operatorClass !== null && { operatorClass }),
    ...(descending && { order: 'desc' as const }),
    ...(nullsFirst !== descending && { nulls: nullsFirst ? ('first' as const) : ('last' as const) }),
  };
}

/**
 * PostgreSQL rebuilds an index by itself when a column gets another type, but without the statistics targets of its
 * expressions, and not when a column or a type is replaced.
 */
function standsInTheWay(index: Index, comparison: Comparison): boolean {
  const touched = touchedBy(comparison);
  if (touched.size === 0) return false;
  if (usesTouched(index, comparison, replacements)) return true;
  const loses = (use: Use) => index.statistics !== undefined && touched.get(use) === 'retyped';
  return columnsOf(index).some(use => touched.get(use) === 'readded' || loses(use)) || usesOf(index).some(loses);
}

/** The columns that it sorts by or holds. */
const columnsOf = ({ table, columns, include = [] }: Index): readonly Use[] =>
  [...columns.flatMap(key => (typeof key === 'string' ? key : (key.column ?? []))), ...include].map(name =>
    columnUse(table, name),
  );
