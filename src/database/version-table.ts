import { MigrationError, saidBy } from '../errors.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName, qualify, quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { assertNotPassedOver, reading } from './access.ts';
import { affectedRows, type Connection } from './connection.ts';
import { serverErrorOf } from './server-error.ts';
import {
  assertTrusted,
  factsOf,
  isAmong,
  refuseUntrusted,
  rowsOf,
  sampling,
  type TableFacts,
} from './trusted-tables.ts';

/** The table of the current revisions, Alembic's own, and the log of runs beside it. */
export interface VersionTables {
  readonly versions: QualifiedName;
  readonly log: QualifiedName;
  readonly schema: string | undefined;
  /** The DataSource's own schema, which is created before the first revision where it is missing. */
  readonly ownSchema?: string;
  /** A role that is not trusted could put something on one of them when they were looked at; see `holdShared`. */
  readonly isShared?: boolean;
}

/**
 * The tables as the configuration names them.
 * @param ownSchema the DataSource's `schema`, where they are unless the configuration says otherwise
 */
export function versionTablesOf(
  config: { readonly versionTable: string; readonly versionTableSchema?: string },
  ownSchema?: string,
): VersionTables {
  const schema = config.versionTableSchema ?? ownSchema;
  return {
    versions: qualify(schema, config.versionTable),
    log: qualify(schema, `${config.versionTable}_log`),
    schema,
    ...(ownSchema !== undefined && { ownSchema }),
  };
}

/** The same tables in a schema. */
export const inSchema = ({ versions, log }: VersionTables, schema: string): VersionTables => ({
  versions: qualify(schema, bareName(versions)),
  log: qualify(schema, bareName(log)),
  schema,
});

/** Another process wrote into the version table or its log while a step ran, or a trigger or rule took what was written. */
export class ConcurrentChangeError extends MigrationError {
  override readonly name = 'ConcurrentChangeError';
  readonly statement: string;
  readonly rows: number;

  constructor(statement: string, rows: number) {
    super(
      `Expected to change one row of the version table or its log but changed ${rows} (${statement}): something else wrote ` +
        'into it meanwhile, or a trigger or rule of it did; look at `current` and its triggers and rules, and run again ' +
        'when nothing else is migrating.',
    );
    this.statement = statement;
    this.rows = rows;
  }
}

/** The schema that is to hold the version table is not there. */
export class MissingVersionSchemaError extends MigrationError {
  override readonly name = 'MissingVersionSchemaError';
  readonly table: QualifiedName;

  constructor(table: QualifiedName, cause: unknown) {
    super(
      `The schema for the version table ${table} does not exist and is not created by migrations: run CREATE SCHEMA ` +
        'first, or correct `versionTableSchema`.',
      { cause: serverErrorOf(cause) },
    );
    this.table = table;
  }
}

/** The version table and its log could not be created. */
export class VersionTableError extends MigrationError {
  override readonly name = 'VersionTableError';
  readonly table: QualifiedName;

  constructor(table: QualifiedName, cause: unknown) {
    super(
      `The version table ${table} and its log could not be created (${saidBy(serverErrorOf(cause))}): let a role that may ` +
        'do so run `ensure-version` once, or grant that to this one.',
      { cause: serverErrorOf(cause) },
    );
    this.table = table;
  }
}

/** The version table holds what is no revision, which neither this tool nor Alembic writes. */
export class CorruptVersionTableError extends MigrationError {
  override readonly name = 'CorruptVersionTableError';
  readonly table: QualifiedName;

  constructor(table: QualifiedName, found: string) {
    super(
      `The version table ${table} holds ${found}; expected one row with an id for each current revision: delete the rows ` +
        'that are wrong, or run `stamp --purge` with the revision that the database is at.',
    );
    this.table = table;
  }
}

/**
 * The current revisions: none where there is no table yet. Looks at what is there before it reads it.
 * @throws AccessDeniedError, CorruptVersionTableError, UntrustedTableError
 */
export async function readHeads(connection: Connection, { versions, log }: VersionTables): Promise<string[]> {
  const found = await reading(versions, () => refuseUntrusted(connection, versions, log));
  if (!isAmong(found, versions)) {
    await assertNotPassedOver(connection, versions);
    return [];
  }
  const rows: (VersionRow & { facts: readonly TableFacts[] | null })[] = await reading(versions, () =>
    sampling(connection, [versions, log], () =>
      connection.query(
        `SELECT version_num, "isThere", ${factsOf(versions, log)} AS facts FROM ${versionRows(versions)}`,
      ),
    ),
  );
  // Another table may be there by now.
  await assertTrusted(connection, rows[0]!.facts);
  return headsIn(
    rows.filter(({ isThere }) => isThere).map(({ version_num }) => version_num),
    versions,
  );
}

/** Whether this role finds a table of this name. @throws AccessDeniedError where it may not look into its schema */
export async function isThere(connection: Connection, table: QualifiedName): Promise<boolean> {
  const [row] = await reading(table, () =>
    connection.query(`SELECT pg_catalog.to_regclass(${quoteText(quoteName(table))}) IS NOT NULL AS found`),
  );
  return row.found;
}

/** A row of {@link versionRows}. */
interface VersionRow {
  readonly version_num: unknown;
  readonly isThere: true | null;
}

/** The rows of the version table as an item of FROM, and one that is not there where it has none. */
const versionRows = (versions: QualifiedName): string =>
  `(SELECT) one LEFT JOIN (SELECT version_num, true AS "isThere" FROM ${rowsOf(versions)}) v ON true`;

/**
 * The heads in what the version table holds.
 * @throws CorruptVersionTableError
 */
export function headsIn(values: readonly unknown[], table: QualifiedName): string[] {
  const heads = new Set<string>();
  for (const head of values) {
    if (typeof head !== 'string' || head === '')
      throw new CorruptVersionTableError(table, head === null ? 'NULL' : `'${String(head)}'`);
    if (heads.has(head)) throw new CorruptVersionTableError(table, `'${head}' twice`);
    heads.add(head);
  }
  return [...heads];
}

/** Creates the DataSource's own schema, so that nothing of it is created elsewhere. */
export const createOwnSchema = ({ ownSchema }: VersionTables): Statement[] =>
  ownSchema === undefined ? [] : [statement(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(ownSchema)}`)];

/** Makes the table exactly as Alembic does, so that either tool can go on where the other stopped. */
export const createVersionTable = ({ versions }: VersionTables): Statement =>
  statement(
    `CREATE TABLE IF NOT EXISTS ${quoteName(versions)} (version_num VARCHAR(32) NOT NULL, ` +
      `CONSTRAINT ${quoteIdentifier(`${bareName(versions)}_pkc`)} PRIMARY KEY (version_num))`,
  );

/** The statements that make the table hold `after` instead of `before`: a row each, and no row that stays. */
export function versionChanges(
  { versions }: VersionTables,
  before: readonly string[],
  after: readonly string[],
): Statement[] {
  const table = quoteName(versions);
  const removed = before.filter(id => !after.includes(id));
  const added = after.filter(id => !before.includes(id));
  const moved = Math.min(removed.length, added.length);
  return [
    ...removed.slice(moved).map(id => `DELETE FROM ${table} WHERE version_num OPERATOR(pg_catalog.=) ${quoteText(id)}`),
    ...added
      .slice(0, moved)
      .map(
        (id, i) =>
          `UPDATE ${table} SET version_num = ${quoteText(id)} WHERE version_num OPERATOR(pg_catalog.=) ${quoteText(removed[i]!)}`,
      ),
    ...added.slice(moved).map(id => `INSERT INTO ${table} (version_num) VALUES (${quoteText(id)})`),
  ].map(sql => statement(sql));
}

/**
 * Carries out a statement that is to change one row of the version table or the log.
 * @throws ConcurrentChangeError where the row it is about is not there or not the only one, or a trigger or rule took it.
 */
export async function changeOneRow(connection: Connection, { sql }: Pick<Statement, 'sql'>): Promise<void> {
  // TypeORM says of an INSERT which rows it returns, and nothing else.
  const rows = affectedRows(await connection.query(sql.startsWith('INSERT') ? `${sql} RETURNING 1` : sql));
  if (rows !== 1) throw new ConcurrentChangeError(sql, rows);
}

/** Empties the table, whatever it holds. */
export const purgeVersions = ({ versions }: VersionTables): Statement =>
  statement(`DELETE FROM ${quoteName(versions)}`);
