import { storedOptions } from './attributes.ts';

/**
 * What partitions, and the tables that inherit from another one, have of their own on what comes from above: an index, a
 * constraint, a trigger or a column that is created again above is created again there, and has only what PostgreSQL gives
 * it. Told in words, as in `comment of index ticket_2024_day_idx of ticket_2024`. The key is a symbol because it is no part
 * of the object: it is neither compared nor rendered.
 */
export const OF_PARTS: unique symbol = Symbol.for('typeorm-alembic.of-parts') as never;

export interface OfParts {
  readonly [OF_PARTS]?: readonly string[];
}

/** To be spread into an object whose row in the catalog has `"ofParts"`. */
export const ofPartsIn = (row: { readonly ofParts: readonly string[] | null }): OfParts =>
  row.ofParts?.length ? { [OF_PARTS]: row.ofParts } : {};

/** What is lost with an object that is dropped, even where it is created again. */
export const lostWith = (object: OfParts): readonly string[] => object[OF_PARTS] ?? [];

const comment = (catalog: string, row: string, part = '0'): string =>
  `EXISTS (SELECT FROM pg_description d WHERE d.classoid = '${catalog}'::regclass AND d.objoid = ${row} AND d.objsubid = ${part})`;

/** SQL: what the constraint `part` has that one made for the constraint `top` has not. */
const ofConstraint = `
  SELECT 'comment' WHERE ${comment('pg_constraint', 'part.oid')}
  UNION ALL SELECT 'validity' WHERE part.convalidated AND NOT top.convalidated`;

/**
 * SQL: what the index `part`, which is `ix` in `pg_index`, has that one made for the index `top` has not. A number at
 * the end of a name depends on which of several indexes is made first.
 */
const ofIndex = `
  SELECT 'comment' WHERE ${comment('pg_class', 'part.oid')}
    OR EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = part.oid AND k.conrelid = ix.indrelid AND ${comment('pg_constraint', 'k.oid')})
  UNION ALL SELECT 'option ' || v FROM unnest(${storedOptions('part.reloptions')}) v WHERE NOT v = ANY (coalesce(top.reloptions, '{}'))
  UNION ALL SELECT 'tablespace' WHERE part.reltablespace <> top.reltablespace
  UNION ALL SELECT 'statistics target ' || k.attstattarget FROM pg_attribute k WHERE k.attrelid = part.oid AND k.attstattarget >= 0
  UNION ALL SELECT 'use by CLUSTER' WHERE ix.indisclustered
  UNION ALL SELECT 'use as replica identity' WHERE ix.indisreplident
  UNION ALL SELECT 'name' WHERE NOT (part.relname ~ '_(idx|key|pkey|excl)$' AND EXISTS (SELECT FROM pg_class k
    WHERE k.oid = ix.indrelid AND starts_with(part.relname::text, left(k.relname::text, 28))))
    OR EXISTS (SELECT FROM pg_index n JOIN pg_class k ON k.oid = n.indexrelid WHERE n.indrelid = ix.indrelid
      AND starts_with(k.relname::text, part.relname::text) AND substr(k.relname::text, length(part.relname::text) + 1) ~ '^\\d+$')`;

/** SQL: what the column `part` has that one made for the column `top` has not. */
export const ofColumn = `
  SELECT 'comment' WHERE ${comment('pg_class', 'part.attrelid', 'part.attnum')}
  UNION ALL SELECT 'privileges' WHERE part.attacl IS NOT NULL
  UNION ALL SELECT 'statistics target ' || part.attstattarget WHERE part.attstattarget >= 0
  UNION ALL SELECT 'option ' || v FROM unnest(${storedOptions('part.attoptions')}) v
  UNION ALL SELECT 'storage' WHERE part.attstorage <> top.attstorage
  UNION ALL SELECT 'compression' WHERE to_jsonb(part) ->> 'attcompression' <> to_jsonb(top) ->> 'attcompression'
  UNION ALL SELECT 'NOT NULL' WHERE part.attnotnull AND NOT top.attnotnull`;

/** SQL: what the trigger `part` has that one made for the trigger `top` has not. */
const ofTrigger = `
  SELECT 'comment' WHERE ${comment('pg_trigger', 'part.oid')}
  UNION ALL SELECT 'state' WHERE part.tgenabled <> top.tgenabled`;

/** SQL: all that descend from a row, by a catalog's own pointer from below to above. */
const below = (catalog: string, id: string, above: string, top: string): string =>
  `WITH RECURSIVE below AS (SELECT k.${id} AS id FROM ${catalog} k WHERE k.${above} = ${top}
      UNION SELECT k.${id} FROM below JOIN ${catalog} k ON k.${above} = below.id)`;

const heirs = (table: string): string => below('pg_inherits', 'inhrelid', 'inhparent', table);

/** SQL for what partitions have of their own on the index `oid`. */
export const ofPartsOfIndex = (oid: string): string => `ARRAY(${heirs(oid)}
          SELECT w.own || ' of index ' || quote_ident(part.relname) || ' of ' || quote_ident(t.relname)
          FROM below JOIN pg_class part ON part.oid = below.id JOIN pg_index ix ON ix.indexrelid = part.oid JOIN pg_class t ON t.oid = ix.indrelid
          JOIN pg_class top ON top.oid = ${oid} CROSS JOIN LATERAL (${ofIndex}) w(own) ORDER BY 1)`;

/** The same for the check `name` of a table; one that an heir has by itself stays. */
export const ofPartsOfCheck = (table: string, name: string): string => `ARRAY(${heirs(table)}
          SELECT w.own || ' of check ' || quote_ident(part.conname) || ' of ' || quote_ident(t.relname)
          FROM below JOIN pg_class t ON t.oid = below.id
          JOIN pg_constraint part ON part.conrelid = t.oid AND part.conname = ${name} AND part.contype = 'c' AND NOT part.conislocal
          JOIN pg_constraint top ON top.conrelid = ${table} AND top.conname = ${name} AND top.contype = 'c'
          CROSS JOIN LATERAL (${ofConstraint}) w(own) ORDER BY 1)`;

/** The same for the foreign key `oid`. */
export const ofPartsOfForeignKey = (oid: string): string => `ARRAY(${below('pg_constraint', 'oid', 'conparentid', oid)}
          SELECT w.own || ' of foreign key ' || quote_ident(part.conname) || ' of ' || quote_ident(t.relname)
          FROM below JOIN pg_constraint part ON part.oid = below.id JOIN pg_class t ON t.oid = part.conrelid
          JOIN pg_constraint top ON top.oid = ${oid} CROSS JOIN LATERAL (${ofConstraint}) w(own) ORDER BY 1)`;

/** The same for the trigger `oid`. */
export const ofPartsOfTrigger = (oid: string): string => `ARRAY(${below('pg_trigger', 'oid', 'tgparentid', oid)}
          SELECT w.own || ' of trigger ' || quote_ident(part.tgname) || ' of ' || quote_ident(t.relname)
          FROM below JOIN pg_trigger part ON part.oid = below.id JOIN pg_class t ON t.oid = part.tgrelid
          JOIN pg_trigger top ON top.oid = ${oid} CROSS JOIN LATERAL (${ofTrigger}) w(own) ORDER BY 1)`;

/** SQL for what the partition `oid` has of its own on all that comes from above, and as a table. */
export const ofPartition = (oid: string): string => `
          SELECT w.own || ' of index ' || quote_ident(part.relname) FROM pg_index ix JOIN pg_class part ON part.oid = ix.indexrelid AND part.relispartition
            JOIN pg_inherits e ON e.inhrelid = part.oid JOIN pg_class top ON top.oid = e.inhparent CROSS JOIN LATERAL (${ofIndex}) w(own) WHERE ix.indrelid = ${oid}
          UNION ALL SELECT w.own || ' of column ' || quote_ident(part.attname) FROM pg_inherits e
            JOIN pg_attribute top ON top.attrelid = e.inhparent AND top.attnum > 0 AND NOT top.attisdropped
            JOIN pg_attribute part ON part.attrelid = e.inhrelid AND part.attname = top.attname CROSS JOIN LATERAL (${ofColumn}) w(own) WHERE e.inhrelid = ${oid}
          UNION ALL SELECT w.own || ' of trigger ' || quote_ident(part.tgname) FROM pg_trigger part JOIN pg_trigger top ON top.oid = part.tgparentid
            CROSS JOIN LATERAL (${ofTrigger}) w(own) WHERE part.tgrelid = ${oid}
          UNION ALL SELECT 'comment of constraint ' || quote_ident(k.conname) FROM pg_constraint k
            WHERE k.conrelid = ${oid} AND k.contype IN ('c', 'f') AND (k.conparentid <> 0::oid OR k.coninhcount > 0) AND ${comment('pg_constraint', 'k.oid')}
          UNION ALL SELECT 'validity of constraint ' || quote_ident(k.conname) FROM pg_inherits e
            JOIN pg_constraint top ON top.conrelid = e.inhparent AND top.contype = 'c' AND NOT top.convalidated
            JOIN pg_constraint k ON k.conrelid = e.inhrelid AND k.conname = top.conname AND k.contype = 'c' AND k.convalidated WHERE e.inhrelid = ${oid}
          UNION ALL SELECT 'replica identity' FROM pg_class k WHERE k.oid = ${oid} AND k.relreplident IN ('f', 'n')
          UNION ALL SELECT 'publication ' || quote_ident(p.pubname) FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid WHERE m.prrelid = ${oid}`;
