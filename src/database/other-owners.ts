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
  const changed = operations.flatMap(changedBy);
  if (changed.length === 0) return [];
  const names = changed.map(({ name }) => nameParts(name));
  const lists = [
    names.map(({ schema }) => schema ?? defaultSchema),
    names.map(({ name }) => name),
    changed.map(({ sort }) => sort),
  ];
  const { relations } = await readCatalog(connection, { relations: ownersQuery }, defaultSchema, lists);
  return relations.map(
    ({ kind, namespace, name, owner, role }) =>
      `Only its owner may change ${kind} ${nameSeenFrom(defaultSchema, namespace, name)}: the revision has to be run by ` +
      `a member of ${owner}, which ${role} is not.`,
  );
}

interface Owned {
  readonly sort: 'relation' | 'statistics';
  readonly name: QualifiedName;
}

/** What an operation needs the ownership of; none for what it makes. */
function changedBy(operation: Operation): readonly Owned[] {
  const { op, table, name, from } = operation as { op: string } & Partial<Record<'table' | 'name' | 'from', string>>;
  if (table !== undefined) return [{ sort: 'relation', name: table }];
  if (op === 'renameTable') return [{ sort: 'relation', name: from! }];
  if (op === 'dropStatistics') return [{ sort: 'statistics', name: name! }];
  return /^drop(Table|View|MaterializedView)$/.test(op) ? [{ sort: 'relation', name: name! }] : [];
}

const ownersQuery = `
  WITH w AS (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[]) w(schema, name, sort))
  SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind,
    n.nspname AS namespace, c.relname AS name, pg_get_userbyid(c.relowner) AS owner, current_user AS role
  FROM w
  JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  WHERE w.sort = 'relation' AND NOT pg_has_role(c.relowner, 'USAGE')
  UNION ALL
  SELECT 'statistics object', n.nspname, s.stxname, pg_get_userbyid(s.stxowner), current_user
  FROM w
  JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_statistic_ext s ON s.stxnamespace = n.oid AND s.stxname = w.name
  WHERE w.sort = 'statistics' AND NOT pg_has_role(s.stxowner, 'USAGE')
  ORDER BY namespace, name`;
