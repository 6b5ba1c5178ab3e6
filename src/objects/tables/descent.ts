import type { QualifiedName } from '../../sql/name.ts';
import { attributeColumns, attributesOf, storageColumns, storageOf } from '../attributes.ts';
import { ofPartition } from '../own-of-parts.ts';
import { grouped } from '../rows.ts';
import type { Partition, Table } from './table.ts';

/** SQL: true for the column `a` with the default `d` that its table has from its parents alone, as they have it. */
export const isHandedDown = `NOT a.attislocal AND NOT EXISTS (
          SELECT FROM pg_inherits h JOIN pg_attribute u ON u.attrelid = h.inhparent AND u.attname = a.attname
          LEFT JOIN pg_attrdef v ON v.adrelid = u.attrelid AND v.adnum = u.attnum
          WHERE h.inhrelid = a.attrelid AND (u.attnotnull <> a.attnotnull
            OR pg_get_expr(v.adbin, v.adrelid) IS DISTINCT FROM pg_get_expr(d.adbin, d.adrelid)))`;

/** What a partition has of its own, in words: `CREATE TABLE … PARTITION OF` brings only what its parent has. */
const own = `ARRAY(
          SELECT 'index ' || quote_ident(x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
            WHERE i.indrelid = c.oid AND NOT x.relispartition AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.conrelid = c.oid)
          UNION ALL SELECT 'constraint ' || quote_ident(k.conname) FROM pg_constraint k
            WHERE k.conrelid = c.oid AND k.conparentid = 0::oid AND k.coninhcount = 0 AND k.contype IN ('p', 'u', 'c', 'x', 'f')
          UNION ALL SELECT 'trigger ' || quote_ident(g.tgname) FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgparentid = 0::oid
          UNION ALL SELECT 'policy ' || quote_ident(y.polname) FROM pg_policy y WHERE y.polrelid = c.oid
          UNION ALL SELECT 'rule ' || quote_ident(r.rulename) FROM pg_rewrite r WHERE r.ev_class = c.oid
          UNION ALL SELECT 'statistics object ' || quote_ident(s.stxname) FROM pg_statistic_ext s WHERE s.stxrelid = c.oid
          UNION ALL SELECT 'row security' WHERE c.relrowsecurity
          UNION ALL SELECT 'default of ' || quote_ident(a.attname) FROM pg_attribute a
            JOIN pg_attribute u ON u.attrelid = h.inhparent AND u.attname = a.attname
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            LEFT JOIN pg_attrdef v ON v.adrelid = u.attrelid AND v.adnum = u.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_get_expr(v.adbin, v.adrelid)
          UNION ALL SELECT 'the server of a foreign table' WHERE c.relkind = 'f'
          UNION ALL ${ofPartition('c.oid')})`;

/** Which table descends from which: as a partition, or by inheritance. */
export const descent = `
      SELECT h.inhparent::text AS parent, h.inhrelid::text AS id, h.inhseqno AS position, n.nspname AS namespace, c.relname AS name,
        pn.nspname AS "parentNamespace", p.relname AS "parentName", c.relispartition AS "isPartition", c.relkind = 'f' AS "isForeign",
        pg_get_expr(c.relpartbound, c.oid) AS bounds, CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionBy",
        c.relpersistence = 'u' AS unlogged, ${storageColumns('c')}, CASE WHEN p.reltablespace <> 0 THEN (SELECT s.spcname FROM pg_tablespace s
          JOIN pg_database b ON b.dattablespace = s.oid WHERE b.datname = current_database()) END AS "usualTablespace",
        CASE WHEN p.relam <> 0 THEN 'heap' END AS "usualMethod", CASE WHEN c.relispartition THEN ${own} END AS own,
        ${attributeColumns('pg_class', 'c')}
      FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
      WHERE c.relkind IN ('r', 'p', 'f') AND (n.nspname = ANY($1) OR pn.nspname = ANY($1))`;

type Qualify = (namespace: string, name: string) => QualifiedName;

/** Where a table of the catalog comes from, what it is divided into, and what of that is not created again with it. */
export function descents(rows: readonly any[], qualify: Qualify): (table: { readonly id: string }) => Partial<Table> {
  const partitions = grouped(
    rows.filter(({ isPartition }) => isPartition),
    row => row.parent,
  );
  const parents = grouped(
    rows.filter(({ isPartition }) => !isPartition),
    row => row.id,
  );
  const partsOf = (id: string) => [...(partitions.get(id) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  const below = (id: string): Partition[] =>
    partsOf(id).flatMap(row => (row.isForeign ? [] : [partitionOf(row, qualify, below(row.id))]));
  const lostBelow = (id: string): string[] =>
    partsOf(id).flatMap(row => [
      ...row.own.map((part: string) => `${part} of the partition ${qualify(row.namespace, row.name)}`),
      ...lostBelow(row.id),
    ]);
  return ({ id }) => {
    const inherited = [...(parents.get(id) ?? [])].sort((a, b) => a.position - b.position);
    const [losing, parts] = [lostBelow(id), below(id)];
    return {
      ...(inherited.length > 0 && {
        inherits: inherited.map(row => qualify(row.parentNamespace, row.parentName)),
      }),
      ...(parts.length > 0 && { partitions: parts }),
      ...(losing.length > 0 && { losing }),
    };
  };
}

/** A partition is stored as its parent is, unless it says otherwise. */
const partitionOf = (row: any, qualify: Qualify, partitions: readonly Partition[]): Partition => ({
  name: qualify(row.namespace, row.name),
  bounds: row.bounds,
  ...(row.partitionBy !== null && { partitionBy: row.partitionBy }),
  ...(partitions.length > 0 && { partitions }),
  ...(row.unlogged && { unlogged: true as const }),
  ...storageOf({ ...row, tablespace: row.tablespace ?? row.usualTablespace, method: row.method ?? row.usualMethod }),
  ...attributesOf(row),
});
