import { quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { RECREATE, type ObjectKind } from './object-kind.ts';
import { parseView, readsOf, viewStays, viewsQuery, type View } from './views.ts';

export interface MaterializedViewOperations {
  /** Create a materialised view and fill it, or leave it empty until its first refresh. */
  createMaterializedView(view: Pick<View, 'name' | 'definition'> & { readonly withData?: boolean }): Promise<void>;
  dropMaterializedView(view: { readonly name: QualifiedName }): Promise<void>;
  /** Fill it anew. `concurrently` lets readers in meanwhile, and needs a unique index on the view. */
  refreshMaterializedView(view: { readonly name: QualifiedName; readonly concurrently?: boolean }): Promise<void>;
}

/** Whether one is populated is data, not schema: it is not compared. */
export const materializedViews: ObjectKind<View, MaterializedViewOperations> = {
  namespace: 'relation',
  filterType: 'materialized_view',
  nameOf: view => view.name,
  dependsOn: readsOf,
  catalog: {
    queries: { materializedViews: viewsQuery('m') },
    parse: (rows, qualify) => (rows['materializedViews'] ?? []).map(row => parseView(row, qualify)),
  },
  create: ({ name, definition }) => [{ op: 'createMaterializedView', name, definition }],
  drop: ({ name }) => [{ op: 'dropMaterializedView', name }],
  alter: (before, after, comparison) => (viewStays(before, after, comparison) ? [] : RECREATE),
  statements: {
    createMaterializedView: ({ name, definition, withData = true }) => [
      statement(
        `CREATE MATERIALIZED VIEW ${quoteName(name)} AS\n${definition}\n${withData ? 'WITH DATA' : 'WITH NO DATA'}`,
      ),
    ],
    dropMaterializedView: ({ name }) => [statement(`DROP MATERIALIZED VIEW ${quoteName(name)}`)],
    refreshMaterializedView: ({ name, concurrently }) => [
      statement(`REFRESH MATERIALIZED VIEW ${concurrently ? 'CONCURRENTLY ' : ''}${quoteName(name)}`),
    ],
  },
};
