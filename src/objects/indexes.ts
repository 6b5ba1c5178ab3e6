import { bareName, besides, quoteIdentifier, quoteIdentifiers, quoteName, type QualifiedName } from '../sql/name.ts';
import { outsideTransaction, statement, type Statement } from '../sql/statement.ts';
import { renames } from './address.ts';
import { dependOnExtensions, extensionDependencyFields } from './extension-dependencies.ts';
import { either, flag, list, mark, number, optional, record, text, word, type Form } from './form.ts';
import { RECREATE, type Comparison, type ObjectKind } from './object-kind.ts';
import { renamedIndex } from './renamed-index.ts';
import { catalog } from './index-catalog.ts';
import { columnsOf, type Index, type IndexKey } from './index-definition.ts';
import { commentOn } from './attributes.ts';
import { losing } from './lost.ts';
import { collationLeft, indexHasCollation } from './own-collations.ts';
import { lostWith } from './own-of-parts.ts';
import { declarable, keepIndexSettings, shapeOf } from './kept-index.ts';
import { alike } from './shape.ts';
import { replacements, touchedBy, usesTouched } from './touched.ts';
import { columnUse, usesOf, type Use } from './uses.ts';
import { indexRoleFields } from './tables/forms.ts';
import { indexRoles, tablespaceClause } from './tables/clauses.ts';

export { columnsOf } from './index-definition.ts';

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
      statistics: optional(number),
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

  catalog,

  create: ({ invalid: _, ...index }) => [{ op: 'createIndex', ...index }],
  keepUndeclarable: keepIndexSettings,
  isDeclarable: index =>
    index.columns.every(key => typeof key === 'string') &&
    !index.include &&
    !index.nullsNotDistinct &&
    !isLeftByReindex(index),
  mustDetach: standsInTheWay,
  drop: (index, returns) => [{ op: 'dropIndex', name: index.name, ...losing(lostWithIndex(index, returns)) }],
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
      where: optional(text),
      comment: optional(text),
      invalid: optional(mark),
      concurrently: optional(flag),
      ...extensionDependencyFields,
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
        index: quoteIdentifier(bareName(op.name)),
        table: quoteName(op.table),
      } as const;
      return [{ ...outsideTransaction(`CREATE ${definition}`, guard), hazards: uniqueRisk(op) }, ...indexSettings(op)];
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

/** What is lost with an index, even where it is created again. */
const lostWithIndex = (index: Index, returns?: boolean): readonly string[] => [
  ...(index.replicaIdentity && !returns ? [`${index.name} as the replica identity of ${index.table}`] : []),
  ...lostWith(index),
];

/** What an index has beside its definition. */
function indexSettings(index: Index): Statement[] {
  const [name, text] = [bareName(index.name), `INDEX ${quoteName(besides(index.table, bareName(index.name)))}`];
  return [
    ...(index.comment === undefined ? [] : [commentOn(text, index.comment)]),
    ...index.columns.flatMap((key, i) =>
      typeof key === 'string' || key.statistics === undefined
        ? []
        : [statement(`ALTER ${text} ALTER COLUMN ${i + 1} SET STATISTICS ${key.statistics}`)],
    ),
    ...dependOnExtensions(text, index),
    ...indexRoles(index.table, { ...index, name }),
  ];
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

/**
 * PostgreSQL rebuilds an index by itself when a column gets another type, but without the statistics targets of its
 * expressions, its dependencies on extensions and a collation that the column had, too; and not when a column or a type is
 * replaced.
 */
function standsInTheWay(index: Index, comparison: Comparison): boolean {
  const touched = touchedBy(comparison);
  if (touched.size === 0) return false;
  if (usesTouched(index, comparison, replacements)) return true;
  const hasMore =
    index.dependsOnExtensions !== undefined ||
    index.columns.some(each => typeof each !== 'string' && each.statistics !== undefined);
  const loses = (use: Use) => (hasMore || hidesCollation(index, use, comparison)) && touched.get(use) === 'retyped';
  return columnsOf(index).some(use => touched.get(use) === 'readded' || loses(use)) || usesOf(index).some(loses);
}

function hidesCollation(index: Index, use: Use, { before, after }: Comparison): boolean {
  const [from, to] = [before, after].map(({ tables }) =>
    tables.get(index.table)?.columns.find(({ name }) => columnUse(index.table, name) === use),
  );
  const left = from && to && collationLeft(from, to);
  return left !== undefined && indexHasCollation(index, from!.name, left);
}
