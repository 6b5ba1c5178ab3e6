import { ofColumn } from '../objects/own-of-parts.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';
import { defaults, hasColumn, hasOwnDefault, refusals, refusedInDowngrade } from './refused-below.ts';

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
  /** Of an index that a key brings along. */
  readonly key?: 'primary' | 'unique';
  /** Of a column that is added. */
  readonly identity?: boolean;
  /** Of a column whose values an expression converts to another type. */
  readonly using?: boolean;
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

/**
 * One query for what partitions and heirs of changed tables have, and for what the row types of those are used by.
 * @param direction a downgrade is asked about while the database is as it is before the upgrade: what is refused then, too
 */
export async function readBelow(
  connection: Connection,
  changes: readonly HandedDown[],
  defaultSchema: string,
  direction: 'upgrade' | 'downgrade' = 'upgrade',
): Promise<readonly Below[]> {
  if (changes.length === 0) return [];
  const list = JSON.stringify(changes.map((change, position) => ({ ...change, position })));
  const { below } = await readCatalog(
    connection,
    { below: direction === 'upgrade' ? query : downgradeQuery },
    defaultSchema,
    [list],
  );
  return below.map(({ position, what, on }) => ({ position, what, ...(on !== null && { on }) }));
}

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
      JOIN pg_class r ON r.oid = f.conrelid WHERE f.contype = 'f' AND f.conindid = x.oid AND f.conparentid = 0::oid), '')
    || coalesce((SELECT ', which PostgreSQL refuses while constraint ' || quote_ident(o.conname) || ' rests on it' FROM pg_constraint o
      WHERE o.conindid = x.oid AND o.conrelid = p.id AND p.key IS NULL), ''), NULL
  FROM parts p JOIN pg_index i ON i.indrelid = p.id JOIN pg_class x ON x.oid = i.indexrelid
  WHERE p.change = 'index' AND p.relispartition AND NOT x.relispartition AND i.indisvalid AND i.indisunique = p.unique
    AND p.columns = to_jsonb(ARRAY(SELECT k.attname FROM generate_series(0, i.indnkeyatts - 1) n
      LEFT JOIN pg_attribute k ON k.attrelid = p.id AND k.attnum = i.indkey[n] AND k.attnum > 0 ORDER BY n))
  UNION ALL SELECT p.position, 'constraint ' || quote_ident(o.conname) || ' of ' || quote_ident(p.relname) || ' in the downgrade', NULL
  FROM parts p JOIN pg_constraint o ON o.conrelid = p.id AND o.conparentid = 0::oid
  WHERE p.relispartition AND (p.change = 'check' AND o.contype = 'c' AND o.conname = p.name AND o.coninhcount = 0
    OR p.change = 'foreignKey' AND o.contype = 'f' AND p.columns = to_jsonb(ARRAY(SELECT k.attname
      FROM unnest(o.conkey) WITH ORDINALITY n(key, i) JOIN pg_attribute k ON k.attrelid = p.id AND k.attnum = n.key ORDER BY n.i)))`;

const changed = `
  WITH RECURSIVE changes AS (
    SELECT c.*, r.oid AS top, r.relnamespace, r.reltype, r.reloftype FROM jsonb_to_recordset($1::jsonb) c(position int, change text, schema text,
      "table" text, columns jsonb, name text, "unique" boolean, key text, identity boolean, "using" boolean, type text, undefaulted boolean)
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
  )`;

const lost = [lostOfColumns, lostWithColumns, lostByMerging];

const queryOf = (parts: readonly string[]): string => `${changed} ${parts.join('\n  UNION ALL')}\n  ORDER BY 1, 2`;

const query = queryOf([...lost, ...refusals]);

const downgradeQuery = queryOf(refusedInDowngrade);
