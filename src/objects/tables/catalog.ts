import {
  bareName,
  nameParts,
  partName,
  qualify as qualifyText,
  typeName,
  typeText,
  type QualifiedName,
} from '../../sql/name.ts';
import type { Catalog, CatalogRows } from '../object-kind.ts';
import {
  attributeColumns,
  attributesOf,
  commentColumn,
  storageColumns,
  storageOf,
  tablespaceColumn,
  storedOptions,
} from '../attributes.ts';
import { columnGrants, grantsColumn } from '../grants.ts';
import { ofPartsOfCheck, ofPartsOfIndex } from '../own-of-parts.ts';
import { grouped } from '../rows.ts';
import { parseSequence, persistenceColumn, sequenceOptionsOf, type Persistence } from '../sequences.ts';
import { columnUse, using, type UsesLookup } from '../uses.ts';
import { sequenceOf, sequenceUsedBy } from './clauses.ts';
import { attributesWithCompression, columnStorage, columnStorageOf } from './column-storage.ts';
import { parseConstraints } from './constraint-rows.ts';
import { descent, descents, isHandedDown } from './descent.ts';
import { NEVER_NULL, OF_PARENTS, type Column, type Table } from './table.ts';

/** The publications that name a table, with the columns and the condition that PostgreSQL 15 may restrict them to. */
const publications = `(
          SELECT json_agg(json_strip_nulls(json_build_object('name', p.pubname,
            'columns', (SELECT json_agg(k.attname ORDER BY k.attnum) FROM pg_attribute k
              WHERE k.attrelid = m.prrelid AND to_jsonb(m) -> 'prattrs' @> to_jsonb(k.attnum)),
            'where', CASE WHEN to_jsonb(m) ->> 'prqual' IS NOT NULL THEN (SELECT to_jsonb(v) ->> 'rowfilter'
              FROM pg_publication_tables v WHERE v.pubname = p.pubname AND v.schemaname = n.nspname AND v.tablename = c.relname) END
            )) ORDER BY p.pubname)
          FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid WHERE m.prrelid = c.oid) AS publications`;

type Qualify = (namespace: string, name: string) => QualifiedName;

/** SQL for what no new table is: one of a composite type, one that a subscription fills. */
const lostColumn = `ARRAY(
          SELECT 'that the table is of type ' || format_type(c.reloftype, NULL) WHERE c.reloftype <> 0
          UNION ALL SELECT 'its place in ' || pg_describe_object('pg_subscription'::regclass, u.srsubid, 0) || ', which fills it no more'
            FROM pg_subscription_rel u WHERE u.srrelid = c.oid ORDER BY 1) AS lost`;

/**
 * `information_schema` tells which tables and columns there are, and of columns whether they may be null, are
 * identities or are generated. `pg_catalog` tells what it does not know, or hides from a role that owns nothing:
 * exact types, defaults, constraints, comments, sequences.
 */
export const catalog: Catalog<Table> = {
  queries: {
    tables: `
      SELECT t.table_schema AS namespace, t.table_name AS name, c.oid::text AS id,
        CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionBy", c.relpersistence = 'u' AS unlogged,
        ${storageColumns('c')}, nullif(c.relreplident, 'd') AS "replicaIdentity",
        ${publications}, c.relrowsecurity AS "rowSecurity", c.relforcerowsecurity AS "forcedRowSecurity",
        ${attributeColumns('pg_class', 'c')}, ${lostColumn}
      FROM information_schema.tables t
      JOIN pg_namespace n ON n.nspname = t.table_schema
      JOIN pg_class c ON c.relname = t.table_name AND c.relnamespace = n.oid
      WHERE t.table_schema = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')`,
    columns: `
      SELECT table_schema AS namespace, table_name AS table, column_name AS name, ordinal_position::int AS position,
        is_nullable = 'YES' AS nullable, identity_generation AS identity
      FROM information_schema.columns WHERE table_schema = ANY($1)`,
    attributes: `
      SELECT a.attrelid::text AS id, a.attnum AS position, format_type(a.atttypid, a.atttypmod) AS type,
        en.nspname AS "enumNamespace", e.typname AS enum, t.typcategory = 'A' AS "isArray",
        pg_get_expr(d.adbin, d.adrelid) AS default, a.attgenerated AS generated, a.attnotnull AS "notNull",
        CASE WHEN a.attcollation <> t.typcollation THEN l.collname END AS collation,
        CASE WHEN a.attcollation <> t.typcollation AND NOT pg_collation_is_visible(l.oid) THEN ln.nspname END AS "collationNamespace",
        ${columnStorage}, ${isHandedDown} AS inherited, NOT a.attislocal AS "ofParents",
        c.description AS comment, CASE WHEN a.attacl IS NOT NULL THEN ${columnGrants('a.attacl', 'r.relowner', 'r.relnamespace').replace(/ AS grants$/, '')} END AS grants
      FROM ${attributesWithCompression}
      JOIN pg_class r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p')
      JOIN pg_namespace n ON n.oid = r.relnamespace
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END AND e.typtype = 'e'
      LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      LEFT JOIN pg_collation l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation
      LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
      LEFT JOIN pg_description c ON c.objoid = a.attrelid AND c.classoid = 'pg_class'::regclass AND c.objsubid = a.attnum
      WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY($1)`,
    constraints: `
      SELECT o.conrelid::text AS id, o.conname AS name, o.contype AS type, o.conkey::int[] AS key, o.condeferrable AS deferrable,
        o.condeferred AS deferred, o.convalidated AS valid, o.connoinherit AS "noInherit",
        o.contype = 'c' AND NOT o.conislocal AS inherited,
        ${commentColumn('pg_constraint', 'o.oid')}, ${commentColumn('pg_class', 'o.conindid').replace(/ AS comment$/, ' AS "indexComment"')},
        CASE o.contype WHEN 'c' THEN pg_get_expr(o.conbin, o.conrelid) WHEN 'x' THEN pg_get_constraintdef(o.oid) END AS definition,
        CASE WHEN o.contype IN ('p', 'u') THEN ${storedOptions('x.reloptions')} END AS with, ${tablespaceColumn('x')},
        i.indisclustered AS clustered, i.indisreplident AS "replicaIdentity",
        CASE WHEN i.indnatts > i.indnkeyatts THEN (i.indkey::int2[]::int[])[i.indnkeyatts:] END AS include,
        coalesce((to_jsonb(o) ->> 'conenforced')::boolean, true) AS enforced,
        coalesce((to_jsonb(o) ->> 'conperiod')::boolean, false) AS "withoutOverlaps",
        coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS "nullsNotDistinct",
        CASE WHEN x.relkind = 'I' THEN ${ofPartsOfIndex('x.oid')}
          WHEN o.contype = 'c' AND r.relhassubclass THEN ${ofPartsOfCheck('o.conrelid', 'o.conname')} END AS "ofParts"
      FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace JOIN pg_class r ON r.oid = o.conrelid
      LEFT JOIN pg_class x ON x.oid = o.conindid
      LEFT JOIN pg_index i ON i.indexrelid = o.conindid
        AND (i.indnatts > i.indnkeyatts OR i.indisclustered OR i.indisreplident OR (o.contype = 'u' AND to_jsonb(i) ? 'indnullsnotdistinct'))
      WHERE o.contype IN ('p', 'u', 'c', 'x') AND o.conrelid <> 0 AND n.nspname = ANY($1)`,
    descent,
    ownedSequences: `
      SELECT d.refobjid::text AS id, d.refobjsubid AS position, n.nspname AS namespace, s.relname AS name,
        q.seqstart::text AS start, q.seqincrement::text AS increment, q.seqmin::text AS minimum, q.seqmax::text AS maximum,
        q.seqcache::text AS cache, q.seqcycle AS cycle, ${persistenceColumn('s')}, format_type(q.seqtypid, NULL) AS type, d.deptype = 'i' AS "isIdentity",
        ${commentColumn('pg_class', 's.oid')}, ${grantsColumn('S', 's.relacl', 's.relowner', 's.relnamespace')}
      FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace JOIN pg_sequence q ON q.seqrelid = s.oid
      JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
        AND d.refclassid = 'pg_class'::regclass
      WHERE s.relkind = 'S' AND n.nspname = ANY($1)`,
  },
  parse: parseTables,
};

function parseTables(rows: CatalogRows, qualify: Qualify, uses: UsesLookup): Table[] {
  const columns = grouped(rows['columns'] ?? [], row => `${row.namespace}\0${row.table}`);
  const attributes = grouped(rows['attributes'] ?? [], row => row.id);
  const constraints = grouped(rows['constraints'] ?? [], row => row.id);
  const sequences = grouped(rows['ownedSequences'] ?? [], row => row.id);
  const descentOf = descents(rows['descent'] ?? [], qualify);
  return (rows['tables'] ?? []).map(row => {
    const known = new Map((attributes.get(row.id) ?? []).map(attribute => [attribute.position, attribute]));
    const owned = grouped(
      (sequences.get(row.id) ?? []).map(each => ({ ...each, name: qualify(each.namespace, each.name) })),
      ({ position }) => position,
    );
    const names = new Map<number, string>();
    const name = qualify(row.namespace, row.name);
    const parsed = (columns.get(`${row.namespace}\0${row.name}`) ?? [])
      .sort((a, b) => a.position - b.position)
      .map(column => {
        names.set(column.position, column.name);
        return {
          ...parseColumn(
            { ...column, table: name, persistence: row.unlogged ? 'unlogged' : 'logged' },
            known.get(column.position),
            owned.get(column.position) ?? [],
            qualify,
          ),
          ...using(uses(columnUse(name, column.name) as `column:${string}`)),
        };
      });
    return {
      name,
      columns: parsed,
      ...parseConstraints(constraints.get(row.id) ?? [], names, constraint =>
        using(uses(`constraint:${partName(name, constraint)}`)),
      ),
      ...(row.partitionBy !== null && { partitionBy: row.partitionBy }),
      ...descentOf(row),
      ...(row.unlogged && { unlogged: true as const }),
      ...storageOf(row),
      ...rowSecurityOf(row),
      ...(IDENTITY[row.replicaIdentity] && { replicaIdentity: IDENTITY[row.replicaIdentity]! }),
      ...(row.publications !== null && { publications: row.publications }),
      ...attributesOf({ ...row, grantors: [...row.grantors, ...row.lost] }),
    };
  });
}

/** `n` and `f` of `relreplident`; `d` and `i` are keys. */
const IDENTITY: Readonly<Record<string, Table['replicaIdentity']>> = { n: 'nothing', f: 'full' };

function rowSecurityOf({ rowSecurity, forcedRowSecurity }: any): Pick<Table, 'rowSecurity'> {
  if (!rowSecurity) return forcedRowSecurity ? { rowSecurity: 'forced, not enabled' } : {};
  return { rowSecurity: forcedRowSecurity ? 'forced' : 'enabled' };
}

function parseColumn(row: any, attribute: any, owned: readonly any[], qualify: Qualify): Column {
  const table: QualifiedName = row.table;
  const used = sequenceUsedBy(attribute.default ?? undefined);
  const sequence = owned.find(each => (row.identity === null ? isNamed(used, each, qualify) : each.isIdentity));
  const isSerial = sequence !== undefined && row.identity === null;
  const others = owned.filter(each => each !== sequence);
  return {
    name: row.name,
    type:
      attribute.enum === null
        ? attribute.type
        : `${typeText(typeName(attribute.enumNamespace, attribute.enum, qualify(attribute.enumNamespace, attribute.enum)))}${attribute.isArray ? '[]' : ''}`,
    nullable: !attribute.notNull,
    ...(!row.nullable && !attribute.notNull && { [NEVER_NULL]: true }),
    ...(isSerial && { serial: isOwnName(sequence.name, table, row.name) ? true : sequence.name }),
    ...(attribute.default !== null && !isSerial && attribute.generated === '' && { default: attribute.default }),
    ...(row.identity !== null && identityOf(row, table, sequence)),
    ...columnSequenceOf(sequence, { type: attribute.type, persistence: row.persistence }),
    ...(others.length > 0 && { sequences: others.map(each => parseSequence(each, each.name)) }),
    ...(attribute.generated !== '' && { generated: attribute.default }),
    ...(attribute.generated === 'v' && { virtual: true }),
    ...(attribute.collation !== null && { collation: collationName(attribute) }),
    ...(attribute.comment !== null && { comment: attribute.comment }),
    ...columnStorageOf(attribute),
    ...(attribute.grants !== null && { grants: attribute.grants }),
    ...(attribute.inherited && { inherited: true }),
    ...(attribute.ofParents && { [OF_PARENTS]: true }),
  };
}

/** Whether a default means a sequence, which it names without a schema where that is the connection's own. */
function isNamed(used: QualifiedName | undefined, sequence: any, qualify: Qualify): boolean {
  if (used === undefined) return false;
  const { schema, name } = nameParts(used);
  const isIn = schema === undefined ? qualify(sequence.namespace, 'any') === 'any' : schema === sequence.namespace;
  return isIn && name === bareName(sequence.name);
}

const identityOf = (row: any, table: QualifiedName, sequence: any) => ({
  identity: row.identity.toLowerCase(),
  ...(sequence !== undefined && !isOwnName(sequence.name, table, row.name) && { sequence: sequence.name }),
});

/**
 * @param of the type of its column, and the persistence of the table: SERIAL and IDENTITY give a sequence the same, and a
 * sequence of a statement of its own is logged
 */
function columnSequenceOf(
  row: any,
  of: { readonly type: string; readonly persistence: Persistence },
): Pick<Column, 'sequenceOptions'> {
  if (row === undefined) return {};
  const isUsual = row.persistence === of.persistence && (row.isIdentity || of.persistence === 'logged');
  const options = {
    ...(row.type !== of.type && { type: row.type }),
    ...sequenceOptionsOf(row, row.type),
    ...(row.persistence !== null && !isUsual && { persistence: row.persistence as Persistence }),
    ...attributesOf(row),
  };
  return Object.keys(options).length === 0 ? {} : { sequenceOptions: options };
}

const isOwnName = (sequence: QualifiedName, table: QualifiedName, column: string): boolean =>
  sequence === sequenceOf(table, { name: column });

/** Collations that are found by their bare name need no schema: those of `pg_catalog` first. */
const collationName = ({ collation, collationNamespace }: any): QualifiedName =>
  qualifyText(collationNamespace ?? undefined, collation);
