import type { Schema } from '../objects/kinds.ts';
import type { Connection } from './connection.ts';

/**
 * The target with the schema before each function of an extension that a default calls and the path does not lead to:
 * entities write `uuid_generate_v4()`, wherever uuid-ossp lies. Asked for only where a default differs from the live one.
 */
export async function withExtensionFunctions(connection: Connection, target: Schema, live: Schema): Promise<Schema> {
  const calls = new Set(
    [...target.tables.values()].flatMap(({ name: table, columns }) =>
      columns.flatMap(({ name, default: value }) => {
        const lives = live.tables.get(table)?.columns.find(each => each.name === name)?.default;
        return value !== undefined && value !== lives && /^[a-z_]\w*\(\)$/.test(value) ? [value] : [];
      }),
    ),
  );
  if (calls.size === 0) return target;
  const rows: readonly { readonly call: string; readonly spelled: string }[] = await connection.query(spelledCalls, [
    [...calls],
  ]);
  if (rows.length === 0) return target;
  const spelled = new Map(rows.map(row => [row.call, row.spelled]));
  const tables = [...target.tables].map(([name, table]) => {
    const columns = table.columns.map(column => {
      const call = column.default === undefined ? undefined : spelled.get(column.default);
      return call === undefined ? column : { ...column, default: call };
    });
    return [name, { ...table, columns }] as const;
  });
  return { ...target, tables: new Map(tables) };
}

const spelledCalls = `
  SELECT asked.call, pg_catalog.format('%I.%I()', n.nspname, p.proname) AS spelled
  FROM pg_catalog.unnest($1::pg_catalog.text[]) asked(call)
  JOIN pg_catalog.pg_proc p ON pg_catalog.concat(p.proname, '()') OPERATOR(pg_catalog.=) asked.call AND p.pronargs OPERATOR(pg_catalog.=) 0
  JOIN pg_catalog.pg_depend d ON d.objid OPERATOR(pg_catalog.=) p.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
    AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
  WHERE pg_catalog.to_regprocedure(asked.call) IS NULL`;
