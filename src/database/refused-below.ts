/** What partitions, heirs and row types have PostgreSQL refuse, as parts of the query for what is handed down to them. */

export const hasColumn = `JOIN pg_attribute top ON top.attrelid = p.top AND top.attname = p.columns ->> 0 AND NOT top.attisdropped
    JOIN pg_attribute part ON part.attrelid = p.id AND part.attname = top.attname`;

export const defaults = `LEFT JOIN pg_attrdef v ON v.adrelid = top.attrelid AND v.adnum = top.attnum
    LEFT JOIN pg_attrdef d ON d.adrelid = part.attrelid AND d.adnum = part.attnum`;

export const hasOwnDefault = 'pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_get_expr(v.adbin, v.adrelid)';

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

/** The first of all that are below a table. */
const isFirst = 'p.id = (SELECT min(b.id) FROM below b WHERE b.position = p.position)';

/** PostgreSQL hands identity down to partitions since version 17, and never to heirs. */
const identityBelow = `
  SELECT p.position, CASE WHEN p.relispartition THEN 'partition ' ELSE 'table ' END || quote_ident(p.relname) AS what,
    'table ' || quote_ident(p.table) || ', to which PostgreSQL ' || CASE WHEN p.relispartition THEN 'before version 17 ' ELSE '' END
    || 'adds no identity column (' || quote_ident(p.columns ->> 0) || ') while ' || CASE WHEN p.relispartition THEN 'it has partitions' ELSE 'another one inherits from it' END AS on
  FROM parts p WHERE p.change = 'added' AND p.identity AND ${isFirst}
    AND (NOT p.relispartition OR current_setting('server_version_num')::int < 170000)`;

/** A partition's primary key becomes part of its table's where both are alike; it can have no second one. */
const keysBelow = `
  SELECT p.position, 'primary key ' || quote_ident(o.conname) || ' of partition ' || quote_ident(p.relname),
    'table ' || quote_ident(p.table) || ', whose primary key (' || (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.i)
      FROM jsonb_array_elements_text(p.columns) WITH ORDINALITY c(name, i)) || ') it would need as a second one'
  FROM parts p JOIN pg_constraint o ON o.conrelid = p.id AND o.contype = 'p' AND o.conparentid = 0::oid JOIN pg_index i ON i.indexrelid = o.conindid
  WHERE p.key = 'primary' AND p.relispartition AND (i.indnatts > i.indnkeyatts OR p.columns <> to_jsonb(ARRAY(SELECT k.attname
    FROM unnest(o.conkey) WITH ORDINALITY n(key, i) JOIN pg_attribute k ON k.attrelid = p.id AND k.attnum = n.key ORDER BY n.i)))`;

const convertedBelow = `
  SELECT p.position, 'foreign table ' || quote_ident(p.relname),
    'column ' || quote_ident(p.table) || '.' || quote_ident(p.columns ->> 0) || ', whose values PostgreSQL converts with USING in tables only'
  FROM parts p WHERE p.change = 'retyped' AND p.using AND p.relkind = 'f'`;

/** What the downgrade meets as the upgrade leaves it. */
export const refusedInDowngrade = [identityBelow, convertedBelow];

export const refusals = [
  refusedBelow,
  refusedByTypes,
  partitionKeys,
  uniqueAcrossPartitions,
  keysBelow,
  ...refusedInDowngrade,
];
