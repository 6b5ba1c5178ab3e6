import type { Schema } from '../../objects/kinds.ts';
import { USES } from '../../objects/uses.ts';
import type { View } from '../../objects/views.ts';
import { tokensOf } from '../../sql/lexer.ts';
import { bareName, catalogName, quoteIdentifiers, quoteName } from '../../sql/name.ts';
import type { Connection } from '../connection.ts';
import type { MutableSchema } from '../mutable-schema.ts';
import { pinnedSettings, withPinnedSettings } from '../settings.ts';
import { withPlans, type Plan } from './explain.ts';
import type { Plannable } from './functions.ts';

/** A view that is declared otherwise than it is spelled in the database. */
export interface ChangedView {
  readonly kind: 'views' | 'materializedViews';
  readonly declared: View;
  readonly own: View;
}

export const changedViews = (target: Schema, live: Schema): readonly ChangedView[] =>
  (['views', 'materializedViews'] as const).flatMap(kind =>
    [...target[kind].values()].flatMap((declared: View) => {
      const own: View | undefined = live[kind].get(declared.name);
      return own && own.definition !== declared.definition ? { kind, declared, own } : [];
    }),
  );

/** Takes the live spelling of views that PostgreSQL plans alike into `schema`. Gives what it could not compare. */
export async function adoptViews(
  schema: MutableSchema,
  views: readonly ChangedView[],
  {
    connection,
    live,
    plannable,
  }: { readonly connection: Connection; readonly live: Schema; readonly plannable: Plannable },
): Promise<readonly string[]> {
  const undecided: string[] = [];
  for (const { kind, declared, own } of views) {
    const mayPlan = plannable.queries && [declared, own].every(each => plannable.expression(each.definition));
    const isSame = mayPlan ? await isSameView(connection, declared, own, live) : undefined;
    if (isSame === undefined) undecided.push(`view ${declared.name}`);
    else if (isSame) {
      const { definition, reads, [USES]: uses } = own;
      schema[kind].set(declared.name, { ...declared, definition, reads, ...(uses && { [USES]: uses }) });
    }
  }
  return undecided;
}

/** Undefined where their plans do not tell. */
async function isSameView(
  connection: Connection,
  declared: View,
  own: View,
  live: Schema,
): Promise<boolean | undefined> {
  if (!mentionAlike(declared, own, live) || (await readsCollate(connection, own))) return undefined;
  const columns = await columnsOf(connection, own);
  const [query, ownQuery] = [declared, own].map(({ definition }) => `(${definition.replace(/;\s*$/, '')}\n) AS v`);
  // Under the names of the view's own columns too: no plan says what a column is called.
  const queries = [`SELECT ${columns} FROM ${query}`, `SELECT * FROM ${query}`, `SELECT * FROM ${ownQuery}`];
  const plans = await withPlans(connection, async explain => {
    const found: string[] = [];
    for (const each of queries) {
      const plan = await explain(each);
      if (plan === undefined || !tellsAll(plan)) return [];
      found.push(JSON.stringify(plan));
    }
    return found;
  });
  return plans.length === 0 ? undefined : new Set(plans).size === 1;
}

/** Whether a view that it reads holds COLLATE: its plan has the columns of that view, and does not show their collations. */
async function readsCollate(connection: Connection, { name }: View): Promise<boolean> {
  const [view] = await connection.query('SELECT pg_catalog.to_regclass($1)::pg_catalog.oid::pg_catalog.text AS id', [
    quoteName(name),
  ]);
  // What prints a view asks the catalog by itself, and looks for operators along the path.
  const found = await withPinnedSettings(connection, pinnedSettings, () => connection.query(readingCollate, [view.id]));
  return found.length > 0;
}

const readingCollate = `
  WITH RECURSIVE read(id) AS (SELECT $1::oid UNION SELECT d.refobjid FROM read JOIN pg_rewrite w ON w.ev_class = read.id
    JOIN pg_depend d ON d.objid = w.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass)
  SELECT FROM read WHERE strpos(pg_get_viewdef(id), ' COLLATE ') > 0 LIMIT 1`;

async function columnsOf(connection: Connection, { name }: View): Promise<string> {
  const rows = await connection.query(
    'SELECT attname AS name FROM pg_catalog.pg_attribute ' +
      'WHERE attrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid ' +
      'AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped ORDER BY attnum',
    [quoteName(name)],
  );
  return quoteIdentifiers(rows.map((row: { readonly name: string }) => row.name));
}

/** Two columns that are the same could have each other's names, and what is known to be empty is not planned. */
function tellsAll(plan: Plan): boolean {
  const { Output: output = [] } = plan;
  return new Set(output).size === output.length && !/"One-Time Filter":"false"/.test(JSON.stringify(plan));
}

/**
 * A plan leaves out what changes no result, such as an outer join of which nothing is read: both texts must speak of the
 * same relations and columns as well. A star speaks of all columns.
 */
function mentionAlike(declared: View, own: View, live: Schema): boolean {
  const [says, has] = [declared, own].map(({ definition }) => new Set(tokensOf(definition).map(catalogName)));
  const relations = [live.tables, live.views, live.materializedViews].flatMap(each => [...each.keys()].map(bareName));
  const columns = own.reads.flatMap(name => live.tables.get(name)?.columns.map(column => column.name) ?? []);
  return (
    relations.every(name => says!.has(name) === has!.has(name)) &&
    columns.every(name => says!.has(name) === has!.has(name) || (says!.has('*') && has!.has(name)))
  );
}
