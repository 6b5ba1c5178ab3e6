import type { Operation } from '../objects/kinds.ts';
import { nameParts, nameSeenFrom } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/**
 * What operations change and the connection's role is no member of the owner of, in words: PostgreSQL lets only the owner
 * alter or drop an object, and only a member of a role give it away to that. The role that runs the revision may be another one.
 * @param run what has to be run by another role: the revision, or its downgrade
 */
export async function otherOwners(
  connection: Connection,
  operations: readonly Operation[],
  defaultSchema: string,
  run: 'revision' | 'downgrade' = 'revision',
): Promise<readonly string[]> {
  const needed = operations.flatMap(operation => [...changedBy(operation), ...withinOf(operation)]);
  if (needed.length === 0) return [];
  const names = needed.map(({ sort, name }) => (isInSchema(sort) ? nameParts(name) : { name }));
  const lists = [
    names.map(({ schema }) => schema ?? defaultSchema),
    names.map(({ name }) => name),
    needed.map(({ sort }) => sort),
  ];
  const { owners } = await readCatalog(connection, { owners: ownersQuery }, defaultSchema, lists);
  return owners.map(({ kind, namespace, name, owner, role }) => {
    const found = `${kind} ${namespace === null ? name : nameSeenFrom(defaultSchema, namespace, name)}`;
    const what = kind === 'role' ? `a member of ${name} may give it anything` : `its owner may change ${found}`;
    return `Only ${what}: the ${run} has to be run by a member of ${owner}, which ${role} is not.`;
  });
}

type Sort = 'relation' | 'type' | 'statistics' | 'schema' | 'extension' | 'publication' | 'role';

const isInSchema = (sort: Sort): boolean => ['relation', 'type', 'statistics'].includes(sort);

interface Needed {
  readonly sort: Sort;
  readonly name: string;
}

/** What an operation needs the ownership of; none for what it makes. */
function changedBy(operation: Operation): readonly Needed[] {
  const { op, table, name, from } = operation as { op: string } & Partial<Record<'table' | 'name' | 'from', string>>;
  if (table !== undefined) return [{ sort: 'relation', name: table }];
  const [, change, what = ''] = /^(create|drop|rename|alter|add|refresh)(\w+)$/.exec(op) ?? [];
  const sort = SORTS[what];
  const changed = name ?? from;
  return change === 'create' || sort === undefined || changed === undefined ? [] : [{ sort, name: changed }];
}

/** By what the operations' names end in. */
const SORTS: Readonly<Record<string, Sort>> = {
  Table: 'relation',
  View: 'relation',
  MaterializedView: 'relation',
  Index: 'relation',
  Sequence: 'relation',
  Enum: 'type',
  EnumValue: 'type',
  Statistics: 'statistics',
  Schema: 'schema',
  Extension: 'extension',
};

/** The owners that an operation gives, and the publications that it adds a table to, wherever its payload has them. */
function withinOf(payload: unknown): readonly Needed[] {
  if (typeof payload !== 'object' || payload === null) return [];
  return Object.entries(payload).flatMap(([key, value]): readonly Needed[] => {
    if (key === 'owner') return typeof value === 'string' ? [{ sort: 'role', name: value }] : [];
    if (key === 'publications')
      return (value as readonly { readonly name: string }[]).map(({ name }) => ({ sort: 'publication', name }));
    return withinOf(value);
  });
}

const ownersQuery = `
  WITH w AS (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[]) w(schema, name, sort)),
  found AS (
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
      WHEN 'I' THEN 'index' ELSE 'table' END AS kind, n.nspname AS namespace, c.relname AS name, c.relowner AS owner
    FROM w JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    WHERE w.sort = 'relation'
    UNION ALL SELECT 'enum', n.nspname, t.typname, t.typowner
    FROM w JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = w.name
    WHERE w.sort = 'type' AND t.typtype = 'e'
    UNION ALL SELECT 'statistics object', n.nspname, s.stxname, s.stxowner
    FROM w JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_statistic_ext s ON s.stxnamespace = n.oid AND s.stxname = w.name
    WHERE w.sort = 'statistics'
    UNION ALL SELECT 'schema', NULL, n.nspname, n.nspowner FROM w JOIN pg_namespace n ON n.nspname = w.name WHERE w.sort = 'schema'
    UNION ALL SELECT 'extension', NULL, e.extname, e.extowner FROM w JOIN pg_extension e ON e.extname = w.name
    WHERE w.sort = 'extension'
    UNION ALL SELECT 'publication', NULL, p.pubname, p.pubowner FROM w JOIN pg_publication p ON p.pubname = w.name
    WHERE w.sort = 'publication'
  )
  SELECT kind, namespace, name, pg_get_userbyid(owner) AS owner, current_user AS role FROM found WHERE NOT pg_has_role(owner, 'USAGE')
  UNION ALL
  SELECT 'role', NULL, r.rolname, r.rolname, current_user FROM w JOIN pg_roles r ON r.rolname = w.name
  WHERE w.sort = 'role' AND NOT pg_has_role(r.oid,
    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
  ORDER BY namespace NULLS FIRST, name, kind`;
