import { catalogFingerprint } from './catalog-fingerprint.ts';
import type { Queryable } from './database.ts';
import { hasPgDump, pgDump } from './pg-dump.ts';

/**
 * The structure of a database as text, in PostgreSQL's own words: by `pg_dump` where this run has one that understands
 * the server, by the catalog otherwise and for PGlite (given as the connection).
 */
export async function schemaDump(database: string | Queryable): Promise<string> {
  return typeof database === 'string' && hasPgDump() ? pgDump(database) : catalogFingerprint(database);
}
