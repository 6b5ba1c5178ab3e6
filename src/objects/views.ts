import { typeNameIn, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { typesReplaced } from './enums.ts';
import { RECREATE, type Comparison, type Identity, type ObjectKind } from './object-kind.ts';
import { typeText } from '../sql/name.ts';

export interface View {
  readonly name: QualifiedName;
  /** The SELECT, as `pg_get_viewdef` prints it. */
  readonly definition: string;
  /** The tables and views it reads. */
  readonly reads: readonly QualifiedName[];
}

export interface ViewOperations {
  createView(view: Pick<View, 'name' | 'definition'>): Promise<void>;
  dropView(view: { readonly name: QualifiedName }): Promise<void>;
}

/** Views of one relkind, with the relations their rewrite rules mention. */
export const viewsQuery = (relkind: 'v' | 'm'): string => `
  SELECT n.nspname AS namespace, c.relname AS name, pg_get_viewdef(c.oid) AS definition, c.relispopulated AS populated,
    (SELECT json_agg(DISTINCT json_build_array(rn.nspname, r.relname)::text) FROM pg_rewrite w
     JOIN pg_depend d ON d.objid = w.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
     JOIN pg_class r ON r.oid = d.refobjid JOIN pg_namespace rn ON rn.oid = r.relnamespace
     WHERE w.ev_class = c.oid AND d.refobjid <> c.oid) AS reads
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = '${relkind}' AND n.nspname = ANY($1)
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')`;

export const parseView = (row: any, qualify: (namespace: string, name: string) => QualifiedName): View => ({
  name: qualify(row.namespace, row.name),
  definition: withoutSemicolon(row.definition),
  reads: (row.reads ?? []).map((pair: string) => qualify(...(JSON.parse(pair) as [string, string]))),
});

/** `pg_get_viewdef` ends its SELECT with one. */
export const withoutSemicolon = (definition: string): string => definition.trim().replace(/;\s*$/, '');

export const readsOf = (view: View): Identity[] => view.reads.map(name => `relation:${name}` as const);

/** A view stands as it is when it says the same, and nothing it reads changes in a way PostgreSQL refuses under a view. */
export const viewStays = (before: View, after: View, comparison: Comparison): boolean =>
  before.definition === after.definition && !before.reads.some(name => columnsChange(name, comparison));

/** PostgreSQL refuses to drop a column that a view reads, or to change its type. */
function columnsChange(name: QualifiedName, comparison: Comparison): boolean {
  const [before, after] = [comparison.before.tables.get(name), comparison.after.tables.get(name)];
  if (!before) return false;
  const replaced = typesReplaced(comparison);
  return before.columns.some(was => {
    const is = after?.columns.find(column => column.name === was.name);
    return (
      !is || is.type !== was.type || is.generated !== was.generated || replaced.includes(typeText(typeNameIn(was.type)))
    );
  });
}

export const views: ObjectKind<View, ViewOperations> = {
  namespace: 'relation',
  filterType: 'view',
  nameOf: view => view.name,
  dependsOn: readsOf,
  catalog: {
    queries: { views: viewsQuery('v') },
    parse: (rows, qualify) => (rows['views'] ?? []).map(row => parseView(row, qualify)),
  },
  create: ({ name, definition }) => [{ op: 'createView', name, definition }],
  drop: ({ name }) => [{ op: 'dropView', name }],
  alter: (before, after, comparison) => (viewStays(before, after, comparison) ? [] : RECREATE),
  statements: {
    createView: op => [statement(`CREATE VIEW ${quoteName(op.name)} AS\n${op.definition}`)],
    dropView: op => [statement(`DROP VIEW ${quoteName(op.name)}`)],
  },
};
