import type { DataSource } from 'typeorm';
import { compare } from '../compare/compare.ts';
import { type ResolvedConfig } from '../config.ts';
import { withConnection } from '../database/with-connection.ts';
import { currentSchema, introspect, readSchemas } from '../database/introspect.ts';
import { readUnmanagedObjects } from '../database/unmanaged-objects.ts';
import { builtIn, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { withoutServiceTables } from '../runner/service-tables.ts';

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
    const schema = await introspect(connection, { schemas: await readSchemas(connection), defaultSchema, kinds });
    return {
      kinds,
      schema: withoutServiceTables(schema, dataSource, config, defaultSchema),
      others: await readUnmanagedObjects(connection, defaultSchema),
    };
  });
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
