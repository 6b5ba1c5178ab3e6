import { quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import type { Identity } from './address.ts';
import {
  attributeColumns,
  attributeFields,
  attributesOf,
  attributeStatements,
  commentColumn,
  commentOn,
  keepAttributes,
  pick,
  storageColumns,
  type Attributes,
  type Storage,
} from './attributes.ts';
import { columnGrants, grant, type Grant } from './grants.ts';
import { list, optional, record, text, type Fields } from './form.ts';
import { LOST, losing, type Losing } from './lost.ts';
import { renamedUses, type Naming } from './naming.ts';
import { RECREATE, type ObjectKind } from './object-kind.ts';
import { everyChange, usesTouched } from './touched.ts';
import type { ColumnStorage } from './tables/table.ts';
import { USES, using, type Using, type UsesLookup } from './uses.ts';

/** What a column of a view has beside its name and type. */
export interface ViewColumn {
  readonly name: string;
  readonly comment?: string;
  readonly default?: string;
  readonly grants?: readonly Grant[];
}

/** The same of a column of a materialized view. */
export interface MaterializedViewColumn extends ViewColumn {
  readonly stored?: ColumnStorage;
}

/**
 * The names of a view's columns, as PostgreSQL's catalog has them. The key is a symbol because they follow from the
 * definition: they are neither compared nor rendered.
 */
export const COLUMNS: unique symbol = Symbol.for('typeorm-alembic.columns') as never;

/** Whether PostgreSQL can insert into a view or update it by itself, so that it may have a check option. */
export const UPDATABLE: unique symbol = Symbol.for('typeorm-alembic.updatable') as never;

export interface View extends Attributes, Using, Losing {
  readonly [UPDATABLE]?: boolean;
  readonly name: QualifiedName;
  /** The SELECT, as `pg_get_viewdef` prints it. */
  readonly definition: string;
  /** The tables and views it reads. */
  readonly reads: readonly QualifiedName[];
  /** Options, as in `WITH (security_invoker=true)`. */
  readonly with?: readonly string[];
  /** The columns that have comments, defaults or privileges of their own. */
  readonly columns?: readonly ViewColumn[];
  /** Absent where PostgreSQL was not asked, or could not say. */
  readonly [COLUMNS]?: readonly string[];
}

/** A view as it is created: what it reads, its definition says. */
export type ViewDefinition = Omit<View, 'reads'>;

export const viewColumnFields: Fields<ViewColumn> = {
  name: text,
  comment: optional(text),
  default: optional(text),
  grants: optional(list(grant)),
};

/** What views of either sort take. */
export const viewFields: Fields<ViewDefinition> = {
  name: text,
  definition: text,
  with: optional(list(text)),
  columns: optional(list(record(viewColumnFields))),
  ...attributeFields,
};

export interface ViewOperations {
  createView(view: ViewDefinition): Promise<void>;
  dropView(view: { readonly name: QualifiedName }): Promise<void>;
}

/** Views of one relkind, with the relations their rewrite rules mention. */
export const viewsQuery = (relkind: 'v' | 'm', columns = ''): string => `
  SELECT c.oid::text AS id, n.nspname AS namespace, c.relname AS name, pg_get_viewdef(c.oid) AS definition, c.relispopulated AS populated,
    ${storageColumns('c')}, ${attributeColumns('pg_class', 'c')},${columns}
    ${relkind === 'v' ? 'pg_relation_is_updatable(c.oid, false) <> 0' : 'false'} AS updatable,
    (SELECT json_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS "columnNames",
    (SELECT json_agg(json_strip_nulls(row_to_json(k)) ORDER BY k.position) FROM (
       SELECT a.attnum AS position, a.attname AS name, ${commentColumn('pg_class', 'a.attrelid', 'a.attnum')},
         pg_get_expr(f.adbin, f.adrelid) AS default, ${columnGrants('a.attacl', 'c.relowner', 'c.relnamespace')}
       FROM pg_attribute a LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND (a.attacl IS NOT NULL OR f.oid IS NOT NULL
         OR EXISTS (SELECT FROM pg_description d WHERE d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = a.attnum))
     ) k) AS columns,
    (SELECT json_agg(DISTINCT json_build_array(rn.nspname, r.relname)::text) FROM pg_rewrite w
     JOIN pg_depend d ON d.objid = w.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
     JOIN pg_class r ON r.oid = d.refobjid JOIN pg_namespace rn ON rn.oid = r.relnamespace
     WHERE w.ev_class = c.oid AND w.ev_type = '1' AND d.refobjid <> c.oid) AS reads
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = '${relkind}' AND n.nspname = ANY($1)
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')`;

export function parseView(
  row: any,
  qualify: (namespace: string, name: string) => QualifiedName,
  uses: UsesLookup,
): View {
  const name = qualify(row.namespace, row.name);
  return {
    name,
    definition: withoutSemicolon(row.definition),
    reads: (row.reads ?? []).map((pair: string) => qualify(...(JSON.parse(pair) as [string, string]))),
    ...(row.with !== null && { with: row.with }),
    ...attributesOf(row),
    ...(row.columns !== null && { columns: row.columns.map(({ position: _, ...column }: any) => column) }),
    ...using(uses(`relation:${name}`)),
    [COLUMNS]: row.columnNames ?? [],
    [UPDATABLE]: row.updatable,
  };
}

/** `pg_get_viewdef` ends its SELECT with one. */
export const withoutSemicolon = (definition: string): string => definition.trim().replace(/;\s*$/, '');

export const readsOf = (view: View): Identity[] => view.reads.map(name => `relation:${name}` as const);

/** Entities declare a view's SELECT, and nothing else of it. What another SELECT cannot have, or may not have, is lost. */
export function keepViewAttributes(declared: View, live: View): View {
  const isSame = declared.definition === live.definition;
  const { [COLUMNS]: names, [UPDATABLE]: updatable = isSame } = isSame ? live : declared;
  const hasColumn = ({ name }: ViewColumn) => names?.includes(name) ?? isSame;
  const mayHave = (option: string) => !option.startsWith('check_option=') || updatable;
  const [columns, options] = [live.columns?.filter(hasColumn), live.with?.filter(mayHave)];
  return {
    ...(options?.length && { with: options }),
    ...(columns?.length && { columns }),
    ...keepAttributes(declared, live),
    ...(names && { [COLUMNS]: names, [UPDATABLE]: updatable }),
    ...(declared[USES] === undefined && isSame && live[USES] && { [USES]: live[USES] }),
    ...losing([
      ...(live[LOST] ?? []),
      ...(live.with ?? []).filter(option => !mayHave(option)).map(option => `the option ${option}`),
      ...(live.columns ?? []).filter(column => !hasColumn(column)).flatMap(columnSettings),
    ]),
  };
}

export const columnSettings = ({ name, comment, default: value, grants = [] }: ViewColumn): string[] => [
  ...(comment === undefined ? [] : [`the comment of column ${name}`]),
  ...(value === undefined ? [] : [`the default of column ${name}`]),
  ...grants.map(({ to }) => `the privileges of ${to} on column ${name}`),
];

export const storageSettings = ({ name, stored }: MaterializedViewColumn): string[] =>
  stored ? [`how column ${name} is stored and analyzed`] : [];

/** What a view keeps of another relation. */
export interface Predecessor extends Attributes, Storage {
  /** Left out for a table: what is set of its columns is declared. */
  readonly definition?: string;
  readonly columns?: readonly MaterializedViewColumn[];
  readonly [COLUMNS]?: readonly string[];
  readonly [UPDATABLE]?: boolean;
}

/**
 * What a view keeps of the relation of another kind whose name it takes over: owner and privileges, and of a view of the
 * other sort the comments. Options and the defaults of columns are lost.
 */
export function keepOfRelation<Each extends View>(declared: Each, predecessor: Predecessor): Each {
  const { owner, grants, comment, columns = [], definition } = predecessor;
  const isView = definition !== undefined;
  const shape = pick(predecessor, [COLUMNS, UPDATABLE]);
  const settings = columns.map(({ name, comment: text, grants: own }) => ({
    name,
    ...pick({ comment: isView ? text : undefined, grants: own }, ['comment', 'grants']),
  }));
  const kept = keepViewAttributes(declared, {
    ...declared,
    definition: definition ?? '',
    ...shape,
    ...pick({ owner, grants, comment: isView ? comment : undefined }, ['owner', 'grants', 'comment']),
    columns: settings.filter(column => Object.keys(column).length > 1),
  });
  const defaults = columns.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [`the default of column ${name}`],
  );
  const lost = isView ? [...storageTexts(predecessor), ...defaults, ...columns.flatMap(storageSettings)] : [];
  return { ...(kept as Each), ...losing([...(kept[LOST] ?? []), ...lost]) };
}

const storageTexts = ({ with: options = [], method, tablespace }: Storage): string[] => [
  ...options.map(option => `the option ${option}`),
  ...(method === undefined ? [] : [`the access method ${method}`]),
  ...(tablespace === undefined ? [] : [`the tablespace ${tablespace}`]),
];

/** How a view is created: by its definition with its options. What it reads is in the definition. */
export const definitionOf = ({ reads: _, ...view }: View): ViewDefinition => view;

export const viewOptions = ({ with: options }: Pick<View, 'with'>): string =>
  options ? ` WITH (${options.join(', ')})` : '';

/** The statements that give a new view what it has beside its definition. */
export function viewAttributes(
  word: 'VIEW' | 'MATERIALIZED VIEW',
  view: Omit<ViewDefinition, 'definition'>,
): Statement[] {
  const name = quoteName(view.name);
  const columns = view.columns ?? [];
  const column = (each: ViewColumn) => quoteIdentifier(each.name);
  return [
    ...columns.flatMap(each =>
      each.default === undefined
        ? []
        : [statement(`ALTER ${word} ${name} ALTER COLUMN ${column(each)} SET DEFAULT ${each.default}`)],
    ),
    ...columns.flatMap(each =>
      each.comment === undefined ? [] : [commentOn(`COLUMN ${name}.${column(each)}`, each.comment)],
    ),
    ...attributeStatements(
      { object: `${word} ${name}`, grantable: `TABLE ${name}` },
      view,
      columns.map(each => ({ subject: `TABLE ${name}`, grants: each.grants ?? [], columns: ` (${column(each)})` })),
    ),
  ];
}

export const views: ObjectKind<View, ViewOperations> = {
  namespace: 'relation',
  filterType: 'view',
  makesType: true,
  nameOf: view => view.name,
  dependsOn: readsOf,
  catalog: {
    queries: { views: viewsQuery('v') },
    parse: (rows, qualify, uses) => (rows['views'] ?? []).map(row => parseView(row, qualify, uses)),
  },
  create: view => [{ op: 'createView', ...definitionOf(view) }],
  drop: ({ name }) => [{ op: 'dropView', name }],
  keepUndeclarable: keepViewAttributes,
  keepOfPredecessor: keepOfRelation,
  renamed: renamedView,
  mustDetach: (view, comparison) => usesTouched(view, comparison, everyChange),
  alter: (before, after) => (before.definition === after.definition ? [] : RECREATE),
  takes: { createView: record(viewFields), dropView: record({ name: text }) },

  statements: {
    createView: op => [
      statement(`CREATE VIEW ${quoteName(op.name)}${viewOptions(op)} AS\n${op.definition}`),
      ...viewAttributes('VIEW', op),
    ],
    dropView: op => [statement(`DROP VIEW ${quoteName(op.name)}`)],
  },
};

/** A view after a rename of what it reads. Its definition is spelled anew by PostgreSQL. */
export function renamedView<Each extends View>(view: Each, naming: Naming): Each {
  return {
    ...renamedUses(view, naming),
    definition: naming.query(view.definition),
    reads: view.reads.map(naming.relation),
  };
}
