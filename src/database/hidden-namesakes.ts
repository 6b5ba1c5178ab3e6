import type { Operation } from '../objects/kinds.ts';
import { nameParts, qualify } from '../sql/name.ts';
import type { Connection } from './connection.ts';

/**
 * What new relations of the connection's own schema would hide: others of that name, further on in its search path, which the
 * application finds until then. So it is when a schema of the role's own name appears, which `"$user"` puts first.
 * @returns a sentence for each
 */
export async function hiddenNamesakes(
  connection: Connection,
  operations: readonly Operation[],
): Promise<readonly string[]> {
  const names = operations.flatMap(each => (isCreation(each) && !nameParts(each.name).schema ? [each.name] : []));
  if (names.length === 0) return [];
  const rows: readonly { readonly name: string; readonly schema: string; readonly own: string }[] =
    await connection.query(query, [names.map(name => nameParts(name).name)]);
  return rows.map(
    ({ name, schema, own }) =>
      `A new ${qualify(own, name)} hides ${qualify(schema, name)}, which the connection finds as ${qualify(undefined, name)} until ` +
      'then; set `schema` of the DataSource to the schema that is meant, or see where the search path leads.',
  );
}

const isCreation = (operation: Operation) =>
  operation.op === 'createTable' || operation.op === 'createView' || operation.op === 'createMaterializedView';

/** The connection's own schema is the first on its path; a temporary relation is found before all. */
const query = `
  SELECT DISTINCT ON (c.relname) c.relname AS name, n.nspname AS schema, pg_catalog.current_schema() AS own
  FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY s(name, position)
    JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) s.name
    JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid
  WHERE s.position OPERATOR(pg_catalog.>) 1 AND c.relname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.name[])
    AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}')
  ORDER BY c.relname, s.position`;
