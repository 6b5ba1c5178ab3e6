import type { Operation } from '../objects/kinds.ts';
import { nameParts, nameSeenFrom, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/**
 * What operations change and the connection's role is no member of the owner of, in words: PostgreSQL lets only the owner
 * alter or drop a relation. The role that runs the revision may be another one.
 */
export async function otherOwners(
  connection: Connection,
  operations: readonly Operation[],
  defaultSchema: string,
): Promise<readonly string[]> {
  const names = [...new Set(operations.flatMap(relationChangedBy))].map(nameParts);
  if (names.length === 0) return [];
  const lists = [names.map(({ schema }) => schema ?? defaultSchema), names.map(({ name }) => name)];
  const { relations } = await readCatalog(connection, { relations: ownersQuery }, defaultSchema, lists);
  return relations.map(
    ({ kind, namespace, name, owner, role }) =>
      `Only its owner may change ${kind} ${nameSeenFrom(defaultSchema, namespace, name)}: the revision has to be run by ` +
      `a member of ${owner}, which ${role} is not.`,
  );
}

/** The relation that an operation needs the ownership of; none for what it makes. */
function relationChangedBy(operation: Operation): readonly QualifiedName[] {
  const { op, table, name, from } = operation as { op: string } & Partial<Record<'table' | 'name' | 'from', string>>;
  if (table !== undefined) return [table];
  if (op === 'renameTable') return [from!];
  return /^drop(Table|View|MaterializedView)$/.test(op) ? [name!] : [];
}

const ownersQuery = `
  SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind,
    n.nspname AS namespace, c.relname AS name, pg_get_userbyid(c.relowner) AS owner, current_user AS role
  FROM unnest($1::text[], $2::text[]) w(schema, name)
  JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  WHERE NOT pg_has_role(c.relowner, 'USAGE')
  ORDER BY n.nspname, c.relname`;
