import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/**
 * What a database has that no kind of object stands for: functions, triggers, policies, domains and other types. Their
 * definitions by their names, as seen from a schema: `function touch()`.
 */
export async function readUnmanagedObjects(
  connection: Connection,
  defaultSchema: string,
): Promise<ReadonlyMap<string, string>> {
  const { objects } = await readCatalog(connection, { objects: objectsQuery }, defaultSchema);
  return new Map(objects.map(({ name, definition }) => [name, definition]));
}

const own = (alias: string, catalog: string, namespace: string, dependencies = `'e'`): string =>
  `${namespace} NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${alias}.oid AND d.deptype IN (${dependencies}))`;

const objectsQuery = `
  SELECT 'function ' || p.oid::regprocedure AS name,
      CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(p.oid) END AS definition
    FROM pg_proc p WHERE ${own('p', 'pg_proc', 'p.pronamespace', `'e', 'i'`)}
  UNION ALL
  SELECT format('trigger %I on %s', t.tgname, c.oid::regclass), pg_get_triggerdef(t.oid) || t.tgenabled::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND ${own('c', 'pg_class', 'c.relnamespace')}
  UNION ALL
  SELECT format('policy %I on %I.%I', policyname, schemaname, tablename), concat_ws(' ', permissive, roles, cmd, qual, with_check)
    FROM pg_policies
  UNION ALL
  SELECT format('row security of %s', c.oid::regclass), format('%s %s', c.relrowsecurity, c.relforcerowsecurity)
    FROM pg_class c WHERE c.relrowsecurity AND ${own('c', 'pg_class', 'c.relnamespace')}
  UNION ALL
  SELECT 'type ' || t.oid::regtype, concat_ws(' ', t.typtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
      (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid),
      (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('d', 'r') OR c.relkind = 'c') AND ${own('t', 'pg_type', 't.typnamespace')}`;
