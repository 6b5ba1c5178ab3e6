import type { DataSource } from 'typeorm';
import { compare } from '../compare/compare.ts';
import { type ResolvedConfig } from '../config.ts';
import { type Connection, withConnection } from '../database/connection.ts';
import { currentSchema, introspect } from '../database/introspect.ts';
import { builtIn, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { serviceTables } from '../runner/service-tables.ts';

/** What a database is, without its rows and without what serves migrations. */
export interface DatabaseState {
  readonly schema: Schema;
  /** The kinds of objects in it. */
  readonly kinds: Registry;
  /** What operations know nothing of: functions, triggers, policies, domains. Their definitions by their names. */
  readonly others: ReadonlyMap<string, string>;
}

/** What must be done to get from one state to another. */
export interface StateDifference {
  readonly operations: readonly Operation[];
  /** As in `function touch() is left`. */
  readonly others: readonly string[];
}

export function readState(dataSource: DataSource, config: ResolvedConfig): Promise<DatabaseState> {
  return withConnection(dataSource, async connection => {
    const kinds = config.kinds ?? builtIn;
    const defaultSchema = await currentSchema(connection);
    const rows: readonly { name: string }[] = await connection.query(
      `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
    );
    const schema = await introspect(connection, { schemas: rows.map(({ name }) => name), defaultSchema, kinds });
    return {
      kinds,
      schema: withoutTables(schema, serviceTables(dataSource, config, defaultSchema), kinds),
      others: await readOthers(connection),
    };
  });
}

function withoutTables(schema: Schema, hidden: ReadonlySet<string>, kinds: Registry): Schema {
  const kept = Object.entries(schema).map(([kind, objects]) => {
    const { owner } = kinds[kind]!;
    const isHidden = (name: string, object: unknown) => hidden.has(owner ? owner(object) : name);
    return [kind, new Map([...objects].filter(([name, object]) => !isHidden(name, object)))] as const;
  });
  return Object.fromEntries(kept) as unknown as Schema;
}

async function readOthers(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const rows: readonly { name: string; definition: string }[] = await connection.query(othersQuery);
  return new Map(rows.map(({ name, definition }) => [name, definition]));
}

/** What would turn `found` into `expected`; undefined where they are alike. */
export function differenceBetween(found: DatabaseState, expected: DatabaseState): StateDifference | undefined {
  const operations = compare(found.schema, expected.schema, { kinds: expected.kinds });
  const names = [...new Set([...found.others.keys(), ...expected.others.keys()])].sort();
  const others = names.flatMap(name => {
    const [now, then] = [found.others.get(name), expected.others.get(name)];
    if (now === then) return [];
    return `${name} ${now === undefined ? 'is missing' : then === undefined ? 'is left' : 'is not as it was'}`;
  });
  return operations.length + others.length === 0 ? undefined : { operations, others };
}

const own = (alias: string, catalog: string, namespace: string, dependencies = `'e'`): string =>
  `${namespace} NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${alias}.oid AND d.deptype IN (${dependencies}))`;

const othersQuery = `
  SELECT 'function ' || p.oid::regprocedure AS name,
      CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(p.oid) END AS definition
    FROM pg_proc p WHERE ${own('p', 'pg_proc', 'p.pronamespace', `'e', 'i'`)}
  UNION ALL
  SELECT format('trigger %I on %s', t.tgname, c.oid::regclass), pg_get_triggerdef(t.oid) || t.tgenabled::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND ${own('c', 'pg_class', 'c.relnamespace')}
  UNION ALL
  SELECT format('policy %I on %I.%I', policyname, schemaname, tablename), concat_ws(' ', permissive, roles, cmd, qual, with_check)
    FROM pg_policies
  UNION ALL
  SELECT format('row security of %s', c.oid::regclass), format('%s %s', c.relrowsecurity, c.relforcerowsecurity)
    FROM pg_class c WHERE c.relrowsecurity AND ${own('c', 'pg_class', 'c.relnamespace')}
  UNION ALL
  SELECT 'type ' || t.oid::regtype, concat_ws(' ', t.typtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
      (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid),
      (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('d', 'r') OR c.relkind = 'c') AND ${own('t', 'pg_type', 't.typnamespace')}`;
