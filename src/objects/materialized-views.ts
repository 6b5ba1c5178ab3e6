import { quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { flag, optional, record, text } from './form.ts';
import { RECREATE, type ObjectKind } from './object-kind.ts';
import { everyChange, usesTouched } from './touched.ts';
import {
  definitionOf,
  keepOfRelation,
  keepViewAttributes,
  parseView,
  readsOf,
  renamedView,
  viewAttributes,
  viewOptions,
  viewsQuery,
  type View,
  type ViewDefinition,
  viewFields,
} from './views.ts';

export interface MaterializedView extends View {
  /** False for one that is to be left empty until its first refresh. Data, not schema: it is not compared. */
  readonly withData?: false;
}

export interface MaterializedViewOperations {
  /** Create a materialised view and fill it, or leave it empty until its first refresh. */
  createMaterializedView(view: ViewDefinition & { readonly withData?: boolean }): Promise<void>;
  dropMaterializedView(view: { readonly name: QualifiedName }): Promise<void>;
  /** Fill it anew. `concurrently` lets readers in meanwhile, and needs a unique index on the view. */
  refreshMaterializedView(view: { readonly name: QualifiedName; readonly concurrently?: boolean }): Promise<void>;
}

export const materializedViews: ObjectKind<MaterializedView, MaterializedViewOperations> = {
  namespace: 'relation',
  filterType: 'materialized_view',
  makesType: true,
  nameOf: view => view.name,
  dependsOn: readsOf,
  catalog: {
    queries: { materializedViews: viewsQuery('m') },
    parse: (rows, qualify, uses) =>
      (rows['materializedViews'] ?? []).map(row => ({
        ...parseView(row, qualify, uses),
        ...(!row.populated && { withData: false as const }),
      })),
  },
  create: view => [{ op: 'createMaterializedView', ...definitionOf(view) }],
  drop: ({ name }) => [{ op: 'dropMaterializedView', name }],
  keepUndeclarable: (declared, live) => ({
    ...(live.withData === false && { withData: false as const }),
    ...keepViewAttributes(declared, live),
  }),
  keepOfPredecessor: keepOfRelation,
  renamed: renamedView,
  mustDetach: (view, comparison) => usesTouched(view, comparison, everyChange),
  alter: (before, after) => (before.definition === after.definition ? [] : RECREATE),
  takes: {
    createMaterializedView: record({ ...viewFields, withData: optional(flag) }),
    dropMaterializedView: record({ name: text }),
    refreshMaterializedView: record({ name: text, concurrently: optional(flag) }),
  },

  statements: {
    createMaterializedView: ({ withData = true, ...view }) => [
      statement(
        `CREATE MATERIALIZED VIEW ${quoteName(view.name)}${viewOptions(view)} AS\n${view.definition}\n${withData ? 'WITH DATA' : 'WITH NO DATA'}`,
      ),
      ...viewAttributes('MATERIALIZED VIEW', view),
    ],
    dropMaterializedView: ({ name }) => [statement(`DROP MATERIALIZED VIEW ${quoteName(name)}`)],
    refreshMaterializedView: ({ name, concurrently }) => [
      statement(`REFRESH MATERIALIZED VIEW ${concurrently ? 'CONCURRENTLY ' : ''}${quoteName(name)}`),
    ],
  },
};
