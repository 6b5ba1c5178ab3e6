import { catalogQueries } from './catalog-queries.ts';
import { type Queryable, queryableOf } from './database.ts';
import { withClient } from './templates.ts';

/**
 * Everything the catalog tells of a database's structure, as sorted lines of text: equal for two databases exactly if
 * they hold the same objects. Where columns stand in their table is not looked at. Given a connection, it has to be
 * one session; the schema a line names is always spelled out.
 */
export async function catalogFingerprint(database: string | Queryable): Promise<string> {
  if (typeof database === 'string') {
    return withClient(database, client => catalogFingerprint(queryableOf(client)));
  }
  const [before] = await database.query<{ path: string }>(`SELECT current_setting('search_path') AS path`);
  await database.query(`SELECT set_config('search_path', '', false)`);
  try {
    return await readLines(database);
  } finally {
    await database.query(`SELECT set_config('search_path', $1, false)`, [before?.path]);
  }
}

async function readLines(connection: Queryable): Promise<string> {
  const lines: string[] = [];
  for (const query of catalogQueries) {
    const rows = await connection.query<{ line: string }>(query);
    lines.push(...rows.map(row => row.line.replaceAll('\n', ' ⏎ ')));
  }
  return lines.sort().join('\n');
}
