import { storedOptions } from '../attributes.ts';
import type { ColumnStorage } from './table.ts';

/** SQL for the columns of relations with their compression, which there is none of before PostgreSQL 14. */
export const attributesWithCompression = `(SELECT ''::"char" AS attcompression) "before PostgreSQL 14"
      CROSS JOIN LATERAL (SELECT g.*, attcompression AS compression FROM pg_attribute g) a`;

/** SQL for how a column `a` of those, which has the type `t`, is stored. */
export const columnStorage = `
        CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END AS storage, nullif(a.compression, '') AS compression,
        nullif(a.attstattarget, -1) AS statistics, ${storedOptions('a.attoptions')} AS with`;

const STORAGE: Readonly<Record<string, ColumnStorage['storage']>> = {
  p: 'plain',
  e: 'external',
  x: 'extended',
  m: 'main',
};

const COMPRESSION: Readonly<Record<string, string>> = { p: 'pglz', l: 'lz4' };

/** The same as data. */
export const columnStorageOf = (row: any): ColumnStorage => ({
  ...(row.storage !== null && { storage: STORAGE[row.storage]! }),
  ...(row.compression !== null && { compression: COMPRESSION[row.compression] ?? row.compression }),
  ...(row.statistics !== null && { statistics: row.statistics }),
  ...(row.with !== null && { with: row.with }),
});
