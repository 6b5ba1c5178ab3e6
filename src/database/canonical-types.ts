import type { Schema } from '../objects/kinds.ts';
import { typeNameIn } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { withPinnedSettings } from './settings.ts';

/**
 * Column types as `format_type` spells them. Only types that no live column has, and that are not enums declared beside
 * them, are asked for: on an unchanged database, none.
 */
export async function canonicalTypes(connection: Connection, target: Schema, live: Schema): Promise<Schema> {
  const known = new Set([...live.tables.values()].flatMap(table => table.columns.map(column => column.type)));
  // PostgreSQL qualifies built-in types where the session finds others of their names before them.
  const isHiding = [...known].some(type => type.startsWith('pg_catalog.'));
  const unknown = new Set<string>();
  for (const table of target.tables.values()) {
    for (const { type } of table.columns) {
      if ((isHiding || !known.has(type)) && !target.enums.has(typeNameIn(type))) unknown.add(bare(type));
    }
  }
  if (unknown.size === 0) return target;
  const rows: readonly { readonly name: string; readonly spelled: string | null }[] = await withPinnedSettings(
    connection,
    { quote_all_identifiers: 'off' },
    () => connection.query(spelledTypes, [[...unknown]]),
  );
  const spelled = new Map(
    rows.flatMap(({ name, spelled }) => (spelled === null || spelled === '-' ? [] : [[name, spelled] as const])),
  );
  if ([...spelled].every(([name, text]) => name === text)) return target;
  const tables = [...target.tables].map(
    ([name, table]) =>
      [
        name,
        { ...table, columns: table.columns.map(column => ({ ...column, type: respell(column.type, spelled) })) },
      ] as const,
  );
  return { ...target, tables: new Map(tables) };
}

/**
 * The name of a built-in type means that one, whatever type of the same name the session finds first. A type that the path does not lead to is looked for among those of extensions, which may lie in a schema of their own;
 * whatever lies outside the connection's own schema is qualified, as the catalog is read.
 */
const spelledTypes = `
  SELECT asked.name, CASE WHEN s.nspname OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog', pg_catalog.current_schema()])
    THEN pg_catalog.format_type(t.oid, NULL) ELSE pg_catalog.format('%I.%I', s.nspname, t.typname) END AS spelled
  FROM pg_catalog.unnest($1::pg_catalog.text[]) asked(name)
  JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) coalesce(
    pg_catalog.to_regtype(pg_catalog.format('pg_catalog.%I', asked.name))::pg_catalog.oid, pg_catalog.to_regtype(asked.name)::pg_catalog.oid, (
    SELECT e.oid FROM pg_catalog.pg_type e JOIN pg_catalog.pg_depend d ON d.objid OPERATOR(pg_catalog.=) e.oid
      AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass AND d.deptype OPERATOR(pg_catalog.=) 'e'
    WHERE e.typname OPERATOR(pg_catalog.=) asked.name LIMIT 1))
  JOIN pg_catalog.pg_namespace s ON s.oid OPERATOR(pg_catalog.=) t.typnamespace`;

/** A type without its modifier and dimensions. */
const bare = (type: string): string => type.replace(/\([^)]*\)/, '').replace(/(\[\])+$/, '');

function respell(type: string, spelled: ReadonlyMap<string, string>): string {
  const name = bare(type);
  const text = spelled.get(name);
  if (text === undefined || text === name) return type;
  const modifier = /\([^)]*\)/.exec(type)?.[0] ?? '';
  const dimensions = /(\[\])+$/.exec(type)?.[0] ?? '';
  const [first = text, ...rest] = text.split(' ');
  const placed = /^time/.test(text) ? [first + modifier, ...rest].join(' ') : text + modifier;
  return placed + dimensions;
}
