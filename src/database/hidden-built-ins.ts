import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/**
 * What the session finds before a built-in function, operator or type of the same name and arguments, in schemas of the path
 * other than its own, in words. Texts are read as seen from the session's own schema, and mean those when they are run.
 */
export async function hiddenBuiltIns(connection: Connection, ownSchema: string): Promise<readonly string[]> {
  const [row] = await connection.query(
    'SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(true))::pg_catalog.text AS path',
  );
  const path: readonly string[] = JSON.parse(row.path);
  const before = path
    .slice(0, path.indexOf('pg_catalog'))
    .filter(name => name !== ownSchema && !name.startsWith('pg_temp'));
  if (before.length === 0) return [];
  const { hiding } = await readCatalog(connection, { hiding: query }, ownSchema, [before]);
  if (hiding.length === 0) return [];
  const names = hiding.map(({ kind, name }) => `the ${kind} ${name}`).join(', ');
  return [
    `The session finds ${names} before the built-in one, so that what is made again from its text may use that instead: ` +
      `put pg_catalog before ${before.join(', ')} on the search path of the role that migrates.`,
  ];
}

const query = `
  WITH hiding AS (SELECT oid FROM pg_namespace WHERE nspname = ANY($1::text[])), own AS (SELECT 'pg_catalog'::regnamespace AS oid)
  SELECT 'function' AS kind, (pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity AS name
  FROM hiding h JOIN pg_proc p ON p.pronamespace = h.oid, own
  WHERE EXISTS (SELECT FROM pg_proc b WHERE b.proname = p.proname AND b.proargtypes = p.proargtypes AND b.pronamespace = own.oid)
  UNION ALL SELECT 'operator', (pg_identify_object('pg_operator'::regclass, o.oid, 0)).identity
  FROM hiding h JOIN pg_operator o ON o.oprnamespace = h.oid, own
  WHERE EXISTS (SELECT FROM pg_operator b WHERE b.oprname = o.oprname AND b.oprleft = o.oprleft AND b.oprright = o.oprright AND b.oprnamespace = own.oid)
  UNION ALL SELECT 'type', (pg_identify_object('pg_type'::regclass, t.oid, 0)).identity
  FROM hiding h JOIN pg_type t ON t.typnamespace = h.oid, own
  WHERE t.typelem = 0 AND EXISTS (SELECT FROM pg_type b WHERE b.typname = t.typname AND b.typnamespace = own.oid)
  ORDER BY 1, 2`;
