import { ofColumn } from '../objects/own-of-parts.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** What happens to a table, and by PostgreSQL's hand to its partitions and heirs. */
export interface HandedDown {
  readonly change:
    | 'added'
    | 'dropped'
    | 'retyped'
    | 'renamed'
    | 'default'
    | 'required'
    | 'index'
    | 'exclusion'
    | 'check'
    | 'foreignKey';
  readonly schema: string;
  readonly table: string;
  /** Of a key: null stands for an expression. */
  readonly columns: readonly (string | null)[];
  /** Of a check. */
  readonly name?: string;
  /** Of an index. */
  readonly unique?: boolean;
  /** Of a column that gets another type. */
  readonly type?: string;
  /** The default of the column leaves before its type changes. */
  readonly undefaulted?: boolean;
}

/** What is lost by it, or refused for it. */
export interface Below {
  /** The place of the change in the list that was asked for. */
  readonly position: number;
  readonly what: string;
  /** What stays in its way on what; left out where something is lost. */
  readonly on?: string;
}

/** One query for what partitions and heirs of changed tables have, and for what the row types of those are used by. */
export async function readBelow(
  connection: Connection,
  changes: readonly HandedDown[],
  defaultSchema: string,
): Promise<readonly Below[]> {
  if (changes.length === 0) return [];
  const list = JSON.stringify(changes.map((change, position) => ({ ...change, position })));
  const { below } = await readCatalog(connection, { below: query }, defaultSchema, [list]);
  return below.map(({ position, what, on }) => ({ position, what, ...(on !== null && { on }) }));
}

const hasColumn = `JOIN pg_attribute top ON top.attrelid = p.top AND top.attname = p.columns ->> 0 AND NOT top.attisdropped
    JOIN pg_attribute part ON part.attrelid = p.id AND part.attname = top.attname`;

const defaults = `LEFT JOIN pg_attrdef v ON v.adrelid = top.attrelid AND v.adnum = top.attnum
    LEFT JOIN pg_attrdef d ON d.adrelid = part.attrelid AND d.adnum = part.attnum`;

const hasOwnDefault = 'pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_get_expr(v.adbin, v.adrelid)';

/** A column that an heir has by itself, or from another parent, stays. */
const goes = `p.change = 'dropped' AND NOT part.attislocal AND part.attinhcount = 1`;

/** What a column has of its own: gone with it, or with its type or default. */
const lostOfColumns = `
  SELECT p.position, w.own || ' of column ' || quote_ident(part.attname) || ' of ' || quote_ident(p.relname)
    || CASE WHEN p.change = 'required' THEN ' in the downgrade' ELSE '' END AS what, NULL AS on
  FROM parts p ${hasColumn} ${defaults}
  CROSS JOIN LATERAL (${ofColumn} UNION ALL SELECT 'default' WHERE ${hasOwnDefault}) w(own)
  WHERE ${goes} OR p.change = 'retyped' AND w.own IN ('storage', 'compression')
    OR p.change = 'default' AND w.own = 'default' OR p.change = 'required' AND w.own = 'NOT NULL' AND NOT p.returns`;

/** What PostgreSQL drops along with a column; a statistics object on one that gets another type it makes anew. */
const lostWithColumns = `
  SELECT p.position, coalesce('index ' || quote_ident(x.relname), 'constraint ' || quote_ident(o.conname),
    CASE WHEN p.change = 'retyped' THEN 'statistics target of ' ELSE '' END || 'statistics object ' || quote_ident(s.stxname))
    || ' of ' || quote_ident(p.relname), NULL
  FROM parts p ${hasColumn}
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.id AND d.refobjsubid = part.attnum AND d.deptype = 'a'
  LEFT JOIN pg_class x ON d.classid = 'pg_class'::regclass AND x.oid = d.objid AND x.relkind IN ('i', 'I') AND NOT x.relispartition
  LEFT JOIN pg_constraint o ON d.classid = 'pg_constraint'::regclass AND o.oid = d.objid
    AND o.contype <> 'n' AND o.conparentid = 0::oid AND o.coninhcount = 0
  LEFT JOIN pg_statistic_ext s ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
  WHERE ${goes} AND coalesce(x.oid, o.oid, s.oid) IS NOT NULL OR p.change = 'retyped' AND s.stxstattarget >= 0 AND NOT p.returns`;

/** What a partition has becomes part of what its table gets, and is dropped with that by the downgrade. */
const lostByMerging = `
  SELECT p.position, 'index ' || quote_ident(x.relname) || ' of ' || quote_ident(p.relname) || ' in the downgrade'
    || coalesce((SELECT ', which PostgreSQL refuses while foreign key ' || string_agg(quote_ident(f.conname) || ' of '
      || quote_ident(r.relname), ', ' ORDER BY f.conname, r.relname) || ' refers to it' FROM pg_constraint f
      JOIN pg_class r ON r.oid = f.conrelid WHERE f.contype = 'f' AND f.conindid = x.oid AND f.conparentid = 0::oid), ''), NULL
  FROM parts p JOIN pg_index i ON i.indrelid = p.id JOIN pg_class x ON x.oid = i.indexrelid
  WHERE p.change = 'index' AND p.relispartition AND NOT x.relispartition AND i.indisvalid AND i.indisunique = p.unique
    AND p.columns = to_jsonb(ARRAY(SELECT k.attname FROM generate_series(0, i.indnkeyatts - 1) n
      LEFT JOIN pg_attribute k ON k.attrelid = p.id AND k.attnum = i.indkey[n] AND k.attnum > 0 ORDER BY n))
  UNION ALL SELECT p.position, 'constraint ' || quote_ident(o.conname) || ' of ' || quote_ident(p.relname) || ' in the downgrade', NULL
  FROM parts p JOIN pg_constraint o ON o.conrelid = p.id AND o.conparentid = 0::oid
  WHERE p.relispartition AND (p.change = 'check' AND o.contype = 'c' AND o.conname = p.name AND o.coninhcount = 0
    OR p.change = 'foreignKey' AND o.contype = 'f' AND p.columns = to_jsonb(ARRAY(SELECT k.attname
      FROM unnest(o.conkey) WITH ORDINALITY n(key, i) JOIN pg_attribute k ON k.attrelid = p.id AND k.attnum = n.key ORDER BY n.i)))`;

/** PostgreSQL changes an inherited column only with all of its parents, and a default of its own only where it casts that. */
const refusedBelow = `
  SELECT p.position, 'column ' || quote_ident(part.attname) || ' of table ' || quote_ident(p.relname),
    'table ' || quote_ident(u.relname) || ', from which it is inherited as well'
  FROM parts p ${hasColumn} JOIN pg_inherits h ON h.inhrelid = p.id AND h.inhparent <> p.top
  JOIN pg_class u ON u.oid = h.inhparent JOIN pg_attribute k ON k.attrelid = u.oid AND k.attname = part.attname
  WHERE p.change IN ('retyped', 'renamed') AND NOT EXISTS (SELECT FROM below b WHERE b.position = p.position AND b.id = h.inhparent)
  UNION ALL SELECT p.position, 'default of column ' || quote_ident(part.attname) || ' of table ' || quote_ident(p.relname), 'the type that it has'
  FROM parts p ${hasColumn} ${defaults} JOIN pg_type t ON t.oid = part.atttypid
  LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' LEFT JOIN pg_type y ON y.oid = to_regtype(p.type)
  WHERE p.change = 'retyped' AND d.oid IS NOT NULL AND ${hasOwnDefault} AND p.undefaulted IS NOT TRUE AND y.typcategory IS DISTINCT FROM 'S'
    AND (coalesce(e.typtype, t.typtype) = 'e' OR y.oid IS NULL OR y.typtype = 'e')
  UNION ALL SELECT p.position, 'foreign table ' || quote_ident(p.relname), 'table ' || quote_ident(p.table) || ', whose new key it cannot have'
  FROM parts p WHERE p.relkind = 'f' AND p.relispartition AND (p.change = 'foreignKey' OR p.change = 'index' AND p.unique)`;

/** The columns of a typed table are those of its type, and a type stays as it is while columns of other tables hold its values. */
const refusedByTypes = `
  SELECT w.position, 'table ' || quote_ident(w.table), 'type ' || format_type(w.reloftype, NULL) || ', of which it is a typed table'
  FROM changes w WHERE w.reloftype <> 0::oid AND w.change IN ('added', 'dropped', 'retyped', 'renamed')
  UNION ALL SELECT r.position, 'column ' || quote_ident(k.relname) || '.' || quote_ident(a.attname), 'the row type of table ' || quote_ident(w.table)
  FROM row_types r JOIN changes w ON w.position = r.position
  JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = r.type AND d.classid = 'pg_class'::regclass AND d.objsubid > 0
  JOIN pg_class k ON k.oid = d.objid AND k.relkind IN ('r', 'p', 'm', 'f') JOIN pg_attribute a ON a.attrelid = k.oid AND a.attnum = d.objsubid`;

/** PostgreSQL records that the columns of a partition key are part of the partitioned table. */
const partitionKeys = `
  SELECT k.position, 'partition key of table ' || quote_ident(k.relname), 'column ' || quote_ident(k.table) || '.' || quote_ident(k.columns ->> 0)
  FROM (SELECT p.position, p.id, p.relname::text AS relname, p.table, p.columns, p.change FROM parts p
    UNION ALL SELECT w.position, w.top, w.table, w.table, w.columns, w.change FROM changes w) k
  JOIN pg_attribute a ON a.attrelid = k.id AND a.attname = k.columns ->> 0
  WHERE k.change IN ('dropped', 'retyped') AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = k.id
    AND d.objsubid = a.attnum AND d.refclassid = 'pg_class'::regclass AND d.refobjid = k.id AND d.refobjsubid = 0 AND d.deptype = 'i')`;

/**
 * A unique key of a partitioned table holds all columns of the partition keys, its own and those of its partitions; a key of
 * expressions allows none. PostgreSQL knows exclusions of partitioned tables since version 17.
 */
const uniqueAcrossPartitions = `
  SELECT k.position, 'unique key (' || (SELECT string_agg(coalesce(quote_ident(c.name), 'an expression'), ', ' ORDER BY c.i)
      FROM jsonb_array_elements_text(k.columns) WITH ORDINALITY c(name, i)) || ') of table ' || quote_ident(k.table),
    coalesce('column ' || quote_ident(a.attname), 'an expression') || ' of the partition key of table ' || quote_ident(k.relname) || ', which it lacks'
  FROM (SELECT w.*, w.top AS id, w.table AS relname FROM changes w WHERE w.change = 'index' AND w.unique
    UNION ALL SELECT w.*, p.id, p.relname::text FROM parts p JOIN changes w ON w.position = p.position WHERE w.change = 'index' AND w.unique) k
  JOIN pg_partitioned_table g ON g.partrelid = k.id CROSS JOIN LATERAL unnest(g.partattrs::int2[]) n(attnum)
  LEFT JOIN pg_attribute a ON a.attrelid = k.id AND a.attnum = n.attnum AND n.attnum > 0
  WHERE a.attname IS NULL OR NOT k.columns @> to_jsonb(a.attname::text)
  UNION ALL SELECT w.position, 'exclusion constraint of table ' || quote_ident(w.table), 'PostgreSQL 17: the table is partitioned'
  FROM changes w JOIN pg_partitioned_table g ON g.partrelid = w.top
  WHERE w.change = 'exclusion' AND current_setting('server_version_num')::int < 170000`;

const query = `
  WITH RECURSIVE changes AS (
    SELECT c.*, r.oid AS top, r.relnamespace, r.reltype, r.reloftype FROM jsonb_to_recordset($1::jsonb) c(position int, change text, schema text,
      "table" text, columns jsonb, name text, "unique" boolean, type text, undefaulted boolean)
    JOIN pg_namespace n ON n.nspname = c.schema JOIN pg_class r ON r.relnamespace = n.oid AND r.relname = c.table
  ),
  below AS (
    SELECT w.position, h.inhrelid AS id FROM changes w JOIN pg_inherits h ON h.inhparent = w.top
    UNION SELECT b.position, h.inhrelid FROM below b JOIN pg_inherits h ON h.inhparent = b.id
  ),
  parts AS (
    SELECT w.*, k.oid AS id, k.relname, k.relispartition, k.relkind, NOT k.relispartition AND k.relnamespace = w.relnamespace AS returns
    FROM below b JOIN changes w ON w.position = b.position JOIN pg_class k ON k.oid = b.id
  ),
  row_types AS (
    SELECT t.position, t.type FROM (SELECT w.position, w.reltype AS type FROM changes w WHERE w.change = 'retyped'
      UNION ALL SELECT p.position, k.reltype FROM parts p JOIN pg_class k ON k.oid = p.id WHERE p.change = 'retyped') t
    UNION SELECT t.position, coalesce(k.reltype, d.objid) FROM row_types t
    JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = t.type
    LEFT JOIN pg_class k ON d.classid = 'pg_class'::regclass AND d.objsubid > 0 AND k.oid = d.objid AND k.relkind IN ('c', 'v')
    WHERE d.classid = 'pg_type'::regclass OR k.oid IS NOT NULL
  )
  ${[lostOfColumns, lostWithColumns, lostByMerging, refusedBelow, refusedByTypes, partitionKeys, uniqueAcrossPartitions].join('\n  UNION ALL')}
  ORDER BY 1, 2`;
