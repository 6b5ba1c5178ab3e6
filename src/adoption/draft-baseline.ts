import type { OperationCall, AnyRevisionScript } from '../../codegen/revision-script.ts';
import { compare } from '../compare/compare.ts';
import { selectObjects } from '../compare/filters.ts';
import type { Connection } from '../database/connection.ts';
import { currentSchema, introspect } from '../database/introspect.ts';
import { MigrationError } from '../errors.ts';
import { targetSchema } from '../metadata/target-schema.ts';
import {
  builtIn,
  objectsIn,
  schemaOf,
  statementsOf,
  type Operation,
  type Registry,
  type Schema,
} from '../objects/kinds.ts';
import type { RunnerContext } from '../runner/context.ts';
import { declaredSchemas } from '../runner/included-schemas.ts';
import { included } from '../runner/read-sides.ts';
import { withoutServiceTables } from '../runner/service-tables.ts';

/** A baseline was asked for where none can be. */
export class NoBaselineError extends MigrationError {
  override readonly name = 'NoBaselineError';
}

export interface Baseline {
  /** The publications that name one of its tables. */
  readonly publications: readonly string[];
  readonly upgrade: AnyRevisionScript['upgrade'];
  readonly downgrade: AnyRevisionScript['downgrade'];
}

/**
 * All that the database holds, as operations. What no entity declares is made by plain SQL: it is part of a new database, and
 * nobody's to drop.
 * @throws NoBaselineError for a database that holds nothing
 */
export async function draftBaseline(context: RunnerContext, connection: Connection): Promise<Baseline> {
  const kinds = context.config.kinds ?? builtIn;
  const defaultSchema = await currentSchema(connection);
  const declared = await targetSchema(context.dataSource, { defaultSchema, kinds });
  const found = await readLive(context, connection, declared, defaultSchema);
  const live = withoutPublications(found);
  const left = leftAlone(context, live, kinds);
  const upgrade = compare(left, live, { kinds });
  if (upgrade.length === 0) {
    throw new NoBaselineError(
      'The database holds nothing that a baseline could be made of: connect to one that is in use, or begin with `revision --autogenerate`.',
    );
  }
  const others = operationsOnOthers(live, declared, kinds);
  const asCalls = (operations: readonly Operation[]): Baseline['upgrade'] =>
    operations.flatMap<Baseline['upgrade'][number]>(each =>
      others.has(JSON.stringify(each)) ? callsOf(each, kinds) : [each],
    );
  return {
    upgrade: asCalls(upgrade),
    downgrade: asCalls(compare(live, left, { kinds })),
    publications: publicationsOf(found),
  };
}

const publicationsOf = ({ tables }: Schema): readonly string[] =>
  [...new Set([...tables.values()].flatMap(({ publications = [] }) => publications.map(({ name }) => name)))].sort();

/** A publication is no part of what is made: a new database may have none of that name. */
const withoutPublications = (live: Schema): Schema => ({
  ...live,
  tables: new Map([...live.tables].map(([key, { publications: _, ...table }]) => [key, table])),
});

async function readLive(
  { dataSource, config }: RunnerContext,
  connection: Connection,
  declared: Schema,
  defaultSchema: string,
): Promise<Schema> {
  const kinds = config.kinds ?? builtIn;
  const schemas = config.includeSchemas ?? [...declaredSchemas(dataSource, declared, defaultSchema)];
  const found = withoutServiceTables(
    await introspect(connection, { schemas, defaultSchema, kinds }),
    dataSource,
    config,
    defaultSchema,
  );
  return included(found, config);
}

/** What the project's configuration wants left alone: as if it were there before the baseline. */
function leftAlone({ config }: RunnerContext, live: Schema, kinds: Registry): Schema {
  const nothing = schemaOf({}, kinds);
  return config.includeObject
    ? selectObjects(live, nothing, (...question) => config.includeObject!(...question), kinds)
    : nothing;
}

/** The operations that make or drop what no entity declares, as text. */
function operationsOnOthers(live: Schema, declared: Schema, kinds: Registry): ReadonlySet<string> {
  const operations = Object.entries(kinds).flatMap(([name, kind]) => {
    const known = objectsIn(declared, name);
    const others = [...objectsIn(live, name)].filter(([key]) => !known.has(key));
    return others.flatMap(([, object]) => [...kind.create(object), ...kind.drop(object)]);
  });
  return new Set(operations.map(operation => JSON.stringify(operation)));
}

const callsOf = (operation: Operation, kinds: Registry): readonly OperationCall[] =>
  statementsOf(operation, kinds).map(({ sql }) => ({ op: 'execute', arguments: [sql] }));
