import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { pathOf, pinnedSettings, withPinnedSettings } from './settings.ts';

const mark = quoteIdentifier('typeorm_alembic catalog');

/**
 * The rows of queries over PostgreSQL's catalogs, by the queries' names. Every name and operator in a query is looked up
 * in `pg_catalog` alone; what the query prints is printed as seen from `schema`: objects of that schema, and of
 * `pg_catalog`, unqualified, all others qualified, as well as what one of the two hides from the session by its name.
 *
 * That is why each query is a cursor: it is parsed when it is declared, and prints when it is fetched from.
 */
export function readCatalog<Name extends string>(
  connection: Connection,
  queries: Readonly<Record<Name, string>>,
  schema: string,
  parameters: readonly unknown[] = [],
): Promise<Record<Name, readonly any[]>> {
  const cursors = Object.entries<string>(queries).map(
    ([name, sql]) => ({ name, sql, cursor: quoteIdentifier(`typeorm_alembic ${name}`) }) as const,
  );
  return withPinnedSettings(connection, { ...pinnedSettings, cursor_tuple_fraction: '1' }, async path => {
    // The cursors go with it, all at once and by one statement, which is all that some connections take.
    await connection.query(`SAVEPOINT ${mark}`);
    for (const { cursor, sql } of cursors) {
      await connection.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, [...parameters]);
    }
    await connection.query(`SELECT pg_catalog.set_config('search_path', ${quoteText(pathOf(schema, path))}, true)`);
    const rows: Record<string, readonly any[]> = {};
    for (const { cursor, name } of cursors) rows[name] = await connection.query(`FETCH ALL FROM ${cursor}`);
    await connection.query(`ROLLBACK TO SAVEPOINT ${mark}`);
    await connection.query(`RELEASE SAVEPOINT ${mark}`);
    return rows as Record<Name, readonly any[]>;
  });
}
