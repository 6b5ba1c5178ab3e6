import { quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { pick, storageFields, storageOf, type Storage } from './attributes.ts';
import {
  dependOnExtensions,
  extensionDependencies,
  extensionDependenciesOf,
  extensionDependencyFields,
  type ExtensionDependencies,
} from './extension-dependencies.ts';
import { flag, list, optional, record, text } from './form.ts';
import { LOST, losing } from './lost.ts';
import { RECREATE, type CatalogRows, type ObjectKind } from './object-kind.ts';
import { columnSettings, tablespaceClause } from './tables/clauses.ts';
import { attributesWithCompression, columnStorage, columnStorageOf } from './tables/column-storage.ts';
import { columnStorageFields } from './tables/forms.ts';
import { everyChange, usesTouched } from './touched.ts';
import {
  definitionOf,
  keepOfRelation,
  keepViewAttributes,
  parseView,
  storageSettings,
  viewColumnFields,
  viewFields,
  readsOf,
  renamedView,
  viewAttributes,
  viewOptions,
  viewsQuery,
  type View,
  type MaterializedViewColumn,
} from './views.ts';

export interface MaterializedView extends View, Storage, ExtensionDependencies {
  /** False for one that is to be left empty until its first refresh. Data, not schema: it is not compared. */
  readonly withData?: false;
  readonly columns?: readonly MaterializedViewColumn[];
}

/** A materialized view as it is created. */
export type MaterializedViewDefinition = Omit<MaterializedView, 'reads' | 'withData'> & { readonly withData?: boolean };

export interface MaterializedViewOperations {
  /** Create a materialised view and fill it, or leave it empty until its first refresh. */
  createMaterializedView(view: MaterializedViewDefinition): Promise<void>;
  dropMaterializedView(view: { readonly name: QualifiedName }): Promise<void>;
  /** Fill it anew. `concurrently` lets readers in meanwhile, and needs a unique index on the view. */
  refreshMaterializedView(view: { readonly name: QualifiedName; readonly concurrently?: boolean }): Promise<void>;
}

/** The columns that are stored or analyzed otherwise than usual. */
const materializedColumns = `
  SELECT * FROM (
    SELECT a.attrelid::text AS id, a.attname AS name, ${columnStorage} FROM ${attributesWithCompression}
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind = 'm' AND a.attnum > 0 AND n.nspname = ANY($1) ORDER BY a.attrelid, a.attnum
  ) a WHERE num_nonnulls(a.storage, a.compression, a.statistics, a.with) > 0`;

export const materializedViews: ObjectKind<MaterializedView, MaterializedViewOperations> = {
  namespace: 'relation',
  filterType: 'materialized_view',
  makesType: true,
  nameOf: view => view.name,
  dependsOn: readsOf,
  catalog: {
    queries: {
      materializedViews: viewsQuery('m', `${extensionDependencies('pg_class', 'c.oid')},`),
      materializedColumns,
    },
    parse: (rows, qualify, uses) =>
      (rows['materializedViews'] ?? []).map(row => ({
        ...parseView({ ...row, columns: columnsOf(row, rows) }, qualify, uses),
        ...storageOf(row),
        ...extensionDependenciesOf(row),
        ...(!row.populated && { withData: false as const }),
      })),
  },
  create: view => [{ op: 'createMaterializedView', ...definitionOf(view) }],
  drop: ({ name }) => [{ op: 'dropMaterializedView', name }],
  keepUndeclarable: (declared, live) => ({
    ...(live.withData === false && { withData: false as const }),
    ...pick(live, ['method', 'tablespace', 'dependsOnExtensions']),
    ...keepStorage(keepViewAttributes(declared, live), live),
  }),
  keepOfPredecessor: keepOfRelation,
  renamed: renamedView,
  mustDetach: (view, comparison) => usesTouched(view, comparison, everyChange),
  alter: (before, after) => (before.definition === after.definition ? [] : RECREATE),
  takes: {
    createMaterializedView: record({
      ...viewFields,
      ...storageFields,
      ...extensionDependencyFields,
      columns: optional(list(record({ ...viewColumnFields, stored: optional(record(columnStorageFields)) }))),
      withData: optional(flag),
    }),
    dropMaterializedView: record({ name: text }),
    refreshMaterializedView: record({ name: text, concurrently: optional(flag) }),
  },

  statements: {
    createMaterializedView: ({ withData = true, ...view }) => [
      statement(
        `CREATE MATERIALIZED VIEW ${quoteName(view.name)}${storage(view)} AS\n${view.definition}\n${withData && view.owner === undefined ? 'WITH DATA' : 'WITH NO DATA'}`,
      ),
      ...(view.columns ?? []).flatMap(({ name, stored }) =>
        columnSettings(view.name, { name, ...stored }, 'MATERIALIZED VIEW'),
      ),
      ...viewAttributes('MATERIALIZED VIEW', view),
      ...dependOnExtensions(`MATERIALIZED VIEW ${quoteName(view.name)}`, view),
      // What others select runs with their rights, not with those of who runs the revision.
      ...(withData && view.owner !== undefined ? [refresh(view.name)] : []),
    ],
    dropMaterializedView: ({ name }) => [statement(`DROP MATERIALIZED VIEW ${quoteName(name)}`)],
    refreshMaterializedView: ({ name, concurrently }) => [refresh(name, concurrently)],
  },
};

const refresh = (name: QualifiedName, concurrently = false): Statement =>
  statement(`REFRESH MATERIALIZED VIEW ${concurrently ? 'CONCURRENTLY ' : ''}${quoteName(name)}`);

/** Another SELECT may give a column another type, which cannot be stored in the same way. */
function keepStorage(view: MaterializedView, live: MaterializedView): MaterializedView {
  if (view.definition === live.definition || !view.columns) return view;
  const columns = view.columns
    .map(({ stored: _, ...column }) => column)
    .filter(column => Object.keys(column).length > 1);
  const { columns: stored, ...rest } = view;
  const lost = losing([...(view[LOST] ?? []), ...stored.flatMap(storageSettings)]);
  return { ...rest, ...(columns.length > 0 && { columns }), ...lost };
}

/** The columns that have anything of their own. */
function columnsOf({ id, columns }: any, rows: CatalogRows): readonly MaterializedViewColumn[] | null {
  const stored = (rows['materializedColumns'] ?? []).filter(column => column.id === id);
  if (stored.length === 0) return columns;
  const others = new Map<string, MaterializedViewColumn>(
    (columns ?? []).map((column: MaterializedViewColumn) => [column.name, column]),
  );
  for (const row of stored)
    others.set(row.name, { ...(others.get(row.name) ?? { name: row.name }), stored: columnStorageOf(row) });
  return [...others.values()];
}

const storage = ({ method, tablespace, ...view }: MaterializedViewDefinition): string =>
  `${method === undefined ? '' : ` USING ${quoteIdentifier(method)}`}${viewOptions(view)}${tablespaceClause(tablespace)}`;
