import type { Schema } from '../objects/kinds.ts';
import { typeNameIn } from '../sql/name.ts';
import type { Connection } from './connection.ts';

/**
 * Column types as `format_type` spells them. Only types that no live column has, and that are not enums declared beside
 * them, are asked for: on an unchanged database, none.
 */
export async function canonicalTypes(connection: Connection, target: Schema, live: Schema): Promise<Schema> {
  const known = new Set([...live.tables.values()].flatMap(table => table.columns.map(column => column.type)));
  const unknown = new Set<string>();
  for (const table of target.tables.values()) {
    for (const { type } of table.columns) {
      if (!known.has(type) && !target.enums.has(typeNameIn(type))) unknown.add(bare(type));
    }
  }
  if (unknown.size === 0) return target;
  const rows = await connection.query(
    'SELECT name, pg_catalog.format_type(pg_catalog.to_regtype(name)::pg_catalog.oid, NULL) AS spelled ' +
      'FROM pg_catalog.unnest($1::pg_catalog.text[]) name',
    [[...unknown]],
  );
  const spelled = new Map<string, string>(
    rows.filter((row: any) => row.spelled !== null && row.spelled !== '-').map((row: any) => [row.name, row.spelled]),
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
