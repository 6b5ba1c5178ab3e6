import { type IndexCreation, indexCreationIn } from '../sql/guard.ts';
import { quoteText } from '../sql/literal.ts';
import { lastPartOf } from '../sql/name-patterns.ts';
import type { Guard } from '../sql/statement.ts';
import type { Connection } from './connection.ts';
import { isRefusal } from './server-error.ts';

/** The id of the index that a name stands for now; null where there is none. */
export async function indexIdOf(connection: Connection, index: string): Promise<string | null> {
  const [row] = await connection.query('SELECT pg_catalog.to_regclass($1)::pg_catalog.oid::pg_catalog.text AS id', [
    index,
  ]);
  return row.id;
}

export async function isIndexThere(connection: Connection, id: string): Promise<boolean> {
  const rows = await connection.query(
    'SELECT FROM pg_catalog.pg_index WHERE indexrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid',
    [id],
  );
  return rows.length > 0;
}

/** An index by its name and table, as SQL names it. Another table's index of that name, or another schema's, is not meant. */
export async function findIndex(
  connection: Connection,
  { index, table }: Pick<Extract<Guard, { readonly type: 'indexValid' }>, 'index' | 'table'>,
): Promise<{ readonly index: string; readonly isValid: boolean } | undefined> {
  const [row] = await connection.query(
    `SELECT ${nameOfIndex} AS index, i.indisvalid AS "isValid" FROM ${indexes}
     WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid
       AND c.relname OPERATOR(pg_catalog.=) (pg_catalog.parse_ident($2))[1]::pg_catalog.name`,
    [table, index],
  );
  return row;
}

/**
 * Whether the index is the one a statement would make: the server is asked to make it on an empty copy of the table, and
 * both are compared in its own words. Undefined where the server refuses that: the role may make no temporary table, or
 * the definition uses the table's own type or schema (`score(t.*)`, `public.t.x`).
 * @param look asks in a transaction of its own, which a refusal ends
 */
export async function isIndexOf(
  look: <Result>(work: (connection: Connection) => Promise<Result>) => Promise<Result>,
  index: string,
  sql: string,
): Promise<boolean | undefined> {
  const creation = indexCreationIn(sql);
  if (!creation) return false;
  try {
    return await look(connection => isMadeBy(connection, index, creation));
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** The copy has the table's name: a definition may have it, too (`WHERE t.flag`). */
async function isMadeBy(
  connection: Connection,
  index: string,
  { unique, table, rest }: IndexCreation,
): Promise<boolean> {
  const copy = `pg_temp.${lastPartOf(table)}`;
  const made = 'typeorm_alembic_copy_index';
  await connection.query(`CREATE TABLE ${copy} (LIKE ${table})`);
  await connection.query(`CREATE ${unique}INDEX ${made} ON ${copy} ${rest}`);
  const own = await readDefinition(connection, `pg_temp.${made}`);
  await connection.query(`DROP TABLE ${copy}`);
  return own === (await readDefinition(connection, index));
}

async function readDefinition(connection: Connection, index: string): Promise<string | undefined> {
  const [row] = await connection.query(
    'SELECT pg_catalog.pg_get_indexdef(pg_catalog.to_regclass($1)::pg_catalog.oid) AS definition',
    [index],
  );
  return row.definition?.replace(/ INDEX [^]+? USING /, ' INDEX USING ');
}

/** The indexes of a table, as SQL names them. */
export async function indexesOf(
  connection: Connection,
  table: string,
): Promise<readonly { readonly index: string; readonly isValid: boolean }[]> {
  return connection.query(
    `SELECT ${nameOfIndex} AS index, i.indisvalid AS "isValid" FROM ${indexes} WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid`,
    [table],
  );
}

/**
 * Invalid copies (`…_ccnew`, `…_ccold`) that an interrupted REINDEX CONCURRENTLY left behind.
 * @see https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY
 */
export async function halfBuiltIndexes(
  connection: Connection,
  { of, name }: Extract<Guard, { readonly type: 'rebuilt' }>,
): Promise<readonly string[]> {
  const tables = tablesOf[of](`pg_catalog.to_regclass(${quoteText(name)})::pg_catalog.oid`, name);
  const rows: { name: string }[] = await connection.query(
    `SELECT ${nameOfIndex} AS name FROM ${indexes}
     WHERE NOT i.indisvalid AND c.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$' AND EXISTS (
       SELECT FROM pg_catalog.pg_class t WHERE ${tables}
         AND i.indrelid OPERATOR(pg_catalog.=) ANY (ARRAY[t.oid, t.reltoastrelid])) ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

const indexes = `pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace`;

const nameOfIndex = "pg_catalog.format('%I.%I', n.nspname, c.relname)";

/** `IN`, whose operator would be looked for along the path. */
const equalsAny = 'OPERATOR(pg_catalog.=) ANY';

/** The tables whose indexes a REINDEX builds anew, with the partitions of each. */
const tablesOf: Readonly<
  Record<'INDEX' | 'TABLE' | 'SCHEMA' | 'DATABASE' | 'SYSTEM', (oid: string, name: string) => string>
> = {
  INDEX: oid =>
    `t.oid ${equalsAny} (SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid ${equalsAny} (${withPartitions(oid)}))`,
  TABLE: oid => `t.oid ${equalsAny} (${withPartitions(oid)})`,
  SCHEMA: (_, name) =>
    `t.relnamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(${quoteText(name)})::pg_catalog.oid`,
  DATABASE: () => 'true',
  SYSTEM: () => 'true',
};

const withPartitions = (oid: string): string =>
  `SELECT ${oid} UNION ALL SELECT relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(${oid}::pg_catalog.regclass)`;

/** How far the detaching of a partition has come. */
export async function readDetaching(
  connection: Connection,
  { table, partition }: Extract<Guard, { readonly type: 'detached' }>,
): Promise<'attached' | 'pending' | 'detached'> {
  const [row] = await connection.query(
    // The column is there since PostgreSQL 14.
    `SELECT coalesce((pg_catalog.to_jsonb(i) OPERATOR(pg_catalog.->>) 'inhdetachpending')::pg_catalog.bool, false) AS pending
     FROM pg_catalog.pg_inherits i WHERE i.inhparent OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid
       AND i.inhrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($2)::pg_catalog.oid`,
    [table, partition],
  );
  if (!row) return 'detached';
  return row.pending ? 'pending' : 'attached';
}
