import pg from 'pg';

/** A table and its columns, as PostgreSQL's catalog tells them. */
interface Relation {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly labels: readonly string[] | null;
  }[];
  readonly references: readonly {
    readonly columns: readonly string[];
    readonly table: string;
    readonly keys: readonly string[];
  }[];
}

const ROWS = 3;

/**
 * Puts rows into every table there is: values of the type's own, foreign keys that meet. A row that a table refuses is
 * left out, as a cycle of foreign keys may refuse all.
 */
export async function fillRows(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ relation: Relation }>(relationsQuery);
  for (const relation of byReferences(rows.map(({ relation }) => relation))) {
    for (let row = 1; row <= ROWS; row += 1) await insert(client, relation, row);
  }
}

async function insert(client: pg.Client, { name, columns, references }: Relation, row: number): Promise<void> {
  const values = new Map(columns.map(column => [column.name, valueOf(column.type, column.labels, row)]));
  for (const { columns: own, table, keys } of references) {
    own.forEach((column, at) => {
      const { type } = columns.find(each => each.name === column) ?? {};
      const found = `(SELECT ${quote(keys[at]!)} FROM ${table} ORDER BY ${keys.map(quote).join(', ')} OFFSET ${row - 1} LIMIT 1)`;
      if (type !== undefined) values.set(column, found);
    });
  }
  const names = [...values.keys()].map(quote).join(', ');
  const text =
    values.size === 0
      ? `INSERT INTO ${name} DEFAULT VALUES`
      : `INSERT INTO ${name} (${names}) VALUES (${[...values.values()].join(', ')})`;
  await client.query(text).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || !error.code?.startsWith('23')) throw error;
  });
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Tables after those that they refer to. */
function byReferences(relations: readonly Relation[]): readonly Relation[] {
  const sorted = new Set<Relation>();
  const visited = new Set<Relation>();
  const visit = (relation: Relation): void => {
    if (visited.has(relation)) return;
    visited.add(relation);
    for (const { table } of relation.references) relations.filter(({ name }) => name === table).forEach(visit);
    sorted.add(relation);
  };
  relations.forEach(visit);
  return [...sorted];
}

/** A value of a type as SQL, another one in each row where the type has as many. */
export function valueOf(type: string, labels: readonly string[] | null, row: number): string {
  if (type.endsWith('[]')) {
    const element = valueOf(type.slice(0, -2), labels, row);
    return `ARRAY[${element}, ${element}]::${type}`;
  }
  if (labels) return `'${labels[(row - 1) % labels.length]!.replaceAll("'", "''")}'::${type}`;
  const [name = type] = /^[a-z4\s"]+/.exec(type) ?? [];
  const value = values[name.trim()] ?? values[type.replace(/\(.*?\)/, '')];
  return value === undefined ? 'DEFAULT' : `${value(row)}::${type}`;
}

const values: Readonly<Record<string, (row: number) => string>> = {
  smallint: String,
  integer: String,
  bigint: String,
  numeric: row => `${row}.5`,
  real: row => `${row}.5`,
  'double precision': row => `${row}.25`,
  money: row => `${row}.5`,
  'character varying': row => `'v${row}'`,
  text: row => `'v${row}'`,
  character: row => `'v${row}'`,
  boolean: row => (row % 2 === 0 ? 'true' : 'false'),
  'timestamp without time zone': row => `'2021-03-0${row} 10:20:30'`,
  'timestamp with time zone': row => `'2021-03-0${row} 10:20:30+00'`,
  date: row => `'2021-03-0${row}'`,
  'time without time zone': row => `'10:2${row}:00'`,
  'time with time zone': row => `'10:2${row}:00+00'`,
  interval: row => `'${row} days'`,
  uuid: row => `'00000000-0000-4000-8000-00000000000${row}'`,
  json: row => `'{"a": ${row}}'`,
  jsonb: row => `'{"a": ${row}}'`,
  bytea: row => `'\\x0${row}'`,
  inet: row => `'10.0.0.${row}'`,
  cidr: row => `'10.0.${row}.0/24'`,
  macaddr: row => `'08:00:2b:01:02:0${row}'`,
  int4range: row => `'[${row},${row + 1})'`,
  tstzrange: row => `'[2021-03-0${row},2021-03-0${row + 1})'`,
  point: row => `'(${row},${row})'`,
  tsvector: row => `'word${row}'`,
  bit: row => `${row}`,
  'bit varying': row => `B'0${row % 2}'`,
};

const relationsQuery = `
  SELECT json_build_object(
    'name', format('%I.%I', n.nspname, c.relname),
    'columns', (
      SELECT coalesce(json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e
                    WHERE e.enumtypid = coalesce(nullif(t.typelem, 0), t.oid))) ORDER BY a.attnum), '[]')
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = ''
         AND NOT EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum
                          AND pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval%')),
    'references', (
      SELECT coalesce(json_agg(json_build_object(
        'table', (SELECT format('%I.%I', fn.nspname, f.relname) FROM pg_class f JOIN pg_namespace fn ON fn.oid = f.relnamespace
                   WHERE f.oid = k.confrelid),
        'columns', (SELECT json_agg(attname ORDER BY at) FROM unnest(k.conkey) WITH ORDINALITY u(num, at)
                      JOIN pg_attribute ON attrelid = k.conrelid AND attnum = num),
        'keys', (SELECT json_agg(attname ORDER BY at) FROM unnest(k.confkey) WITH ORDINALITY u(num, at)
                   JOIN pg_attribute ON attrelid = k.confrelid AND attnum = num))), '[]')
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f')) AS relation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'others')
     AND c.relname NOT IN ('typeorm_metadata', 'alembic_version', 'alembic_version_log')
   ORDER BY n.nspname, c.relname`;
