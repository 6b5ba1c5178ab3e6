import { MigrationError } from '../errors.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName, nameParts, quoteName, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { serverErrorOf, sqlStateOf } from './server-error.ts';

/** This role may not read the version table or its log, or their row security may hide rows from it. */
export class AccessDeniedError extends MigrationError {
  override readonly name = 'AccessDeniedError';
  readonly table: QualifiedName;

  constructor(table: QualifiedName, reason: string, cause?: unknown) {
    super(
      `Could not read ${table} (${reason}): GRANT USAGE on its schema and SELECT on ${quoteName(table)} to this role, or ` +
        'connect as the role that migrates.',
      cause === undefined ? {} : { cause: serverErrorOf(cause) },
    );
    this.table = table;
  }
}

/** Reads from a table. Throws AccessDeniedError where this role may not. */
export async function reading<Result>(table: QualifiedName, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (sqlStateOf(error) !== '42501') throw error;
    throw new AccessDeniedError(table, serverErrorOf(error).message, error);
  }
}

/**
 * PostgreSQL passes over a schema on the search path that the role may not use, as if the table were missing, and says of
 * one by its full name in such a schema that it is not there.
 * @throws AccessDeniedError where the table is in such a schema
 */
export async function assertNotPassedOver(connection: Connection, table: QualifiedName): Promise<void> {
  const rows: readonly { schema: string; role: string; path: string }[] = await connection.query(
    `SELECT n.nspname AS schema, current_user AS role, pg_catalog.current_setting('search_path') AS path
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
     WHERE c.relname OPERATOR(pg_catalog.=) ${quoteText(bareName(table))} AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')`,
  );
  const { schema: own } = nameParts(table);
  const found = rows.find(({ schema, role, path }) =>
    (own === undefined ? schemasOn(path, role) : [own]).includes(schema),
  );
  if (found) throw new AccessDeniedError(table, `permission denied for schema ${found.schema}`);
}

/** The schemas that a search path names: `"$user", public` */
const schemasOn = (path: string, role: string): readonly string[] =>
  [...path.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(([, quoted, plain]) => {
    const name = quoted?.replaceAll('""', '"') ?? plain!.toLowerCase();
    return name === '$user' ? role : name;
  });
