import { aConnection, aMap, aSchema, checkArgument } from '../call-arguments.ts';
import type { EnumType } from '../objects/enums.ts';
import type { Index } from '../objects/index-definition.ts';
import { pick } from '../objects/attributes.ts';
import { schemaOf, type KindName, type Schema } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import { namingOf } from '../objects/naming.ts';
import { renamedIndex } from '../objects/renamed-index.ts';
import { renamedTable } from '../objects/tables/renamed.ts';
import { columnUse, USES, type Using } from '../objects/uses.ts';
import { COLUMNS, UPDATABLE, type View } from '../objects/views.ts';
import { qualify, type QualifiedName } from '../sql/name.ts';
import { withLiveLiterals } from './canonical-literals.ts';
import { canonicalTypes } from './canonical-types.ts';
import { inBatches, missingEnums, probesFor, type PresentEnums, type Probe } from './canonical-probes.ts';
import { rolledBack, type Denied } from './clones.ts';
import type { Connection } from './connection.ts';
import { withExtensionFunctions } from './extension-functions.ts';
import { settled } from './fixed-point.ts';
import { introspectTemporary } from './introspect.ts';
import { mutable, type MutableSchema } from './mutable-schema.ts';
import { leavingTransactionOpen } from './nested-transaction.ts';
import { onOneSession } from './one-session.ts';
import { withLivePlans } from './plans/live-plans.ts';
import { denialIn, ProbeDeniedError } from './probe-denied.ts';
import { runProbes } from './run-probes.ts';
import { createTemporaryEnum, temporaryEnums } from './temporary-enums.ts';
import { withViewShapes } from './view-shapes.ts';

/**
 * The declared schema in PostgreSQL's own words, as far as the live one has a counterpart to be compared with: each
 * expression that is spelled differently is declared once more on a temporary table of the same columns, read back, and
 * rolled back, until PostgreSQL's answer repeats itself, on both sides. What the server cannot make sense of yet (a label
 * still to be added, a table still to be made) stays as it was declared: it differs in any case.
 *
 * Takes only ACCESS SHARE locks, and writes nothing where no expression was changed. Otherwise it needs the TEMP privilege;
 * without it, what PostgreSQL plans differently is different, and stays as it was declared. In an open transaction, it
 * works in savepoints, and leaves the transaction open.
 * @param connection whatever `introspect` takes
 * @param live what the database has, by the names that it is to have
 * @param present the enums of the database by the names that they have now
 * @throws ProbeDeniedError where plans do not tell
 */
export async function canonical(
  connection: Connection,
  target: Schema,
  live: Schema,
  present: PresentEnums = enumsIn(live),
): Promise<Schema> {
  checkArgument('canonical', 'connection', connection, aConnection);
  checkArgument('canonical', 'target', target, aSchema);
  checkArgument('canonical', 'live schema', live, aSchema);
  checkArgument('canonical', 'present enums', present, aMap);
  return onOneSession('canonical', connection, session =>
    canonicalOn(leavingTransactionOpen(session), target, live, present),
  );
}

async function canonicalOn(
  connection: Connection,
  target: Schema,
  live: Schema,
  present: PresentEnums,
): Promise<Schema> {
  const found = await withExtensionFunctions(connection, target, live);
  const literal = withLiveLiterals(await canonicalTypes(connection, found, live), live);
  const { schema, undecided, trust } = await withLivePlans(connection, literal, live);
  try {
    const spelled = await untilSettled(connection, { target: schema, live, present }, trust);
    return inOrder(await withViewShapes(connection, spelled, { texts: literal, live, present }));
  } catch (error) {
    const denial = await denialIn(connection, error);
    if (!denial) throw error;
    if (undecided.length > 0) throw new ProbeDeniedError(undecided, denial, error);
    return inOrder(schema);
  }
}

const enumsIn = (live: Schema | null | undefined): PresentEnums => live?.enums ?? new Map();

async function untilSettled(
  connection: Connection,
  { target, live, present }: { readonly target: Schema; readonly live: Schema; readonly present: PresentEnums },
  trust: () => Promise<(text: string) => boolean>,
): Promise<Schema> {
  let declared = await respelled(connection, target, live, present);
  let actual = live;
  let differences = differencesOf(declared, actual, present);
  for (let round = 1; differences !== undefined && round < ROUNDS; round++) {
    declared = await respelled(connection, declared, actual, present);
    actual = await respelled(connection, actual, declared, present, { isTrusted: await trust(), denied: 'is refused' });
    const left = differencesOf(declared, actual, present);
    if (left === differences) break;
    differences = left;
  }
  return settled(declared, actual, live);
}

/** How often PostgreSQL is asked at most. Its spellings repeat themselves after two rounds. */
const ROUNDS = 5;

/** What is still spelled differently on both sides, as text; undefined where nothing is. */
function differencesOf(declared: Schema, actual: Schema, present: PresentEnums): string | undefined {
  const probes = [...probesFor(declared, actual, present), ...probesFor(actual, declared, present)];
  return probes.length === 0 ? undefined : JSON.stringify(probes.map(({ create, parts }) => [create, parts]));
}

/** Which texts are sent, and what becomes of those for which the role has no privilege: others may have made them. */
interface Texts {
  readonly isTrusted: (text: string) => boolean;
  readonly denied: Denied;
}

/** A schema with what is spelled differently in `other` as PostgreSQL spells it when it is declared. */
async function respelled(
  connection: Connection,
  schema: Schema,
  other: Schema,
  present: PresentEnums,
  { isTrusted, denied }: Texts = { isTrusted: () => true, denied: 'throws' },
): Promise<Schema> {
  const enums = missingEnums(schema, present);
  let spelled = schema;
  for (const probes of inBatches(trusted(probesFor(schema, other, present), isTrusted))) {
    spelled = await probed(connection, spelled, probes, { enums, denied });
  }
  return spelled;
}

/** Text that names a function of another role is left as it is: declaring it may run the function. */
const trusted = (probes: readonly Probe[], isTrusted: (text: string) => boolean): readonly Probe[] =>
  probes.filter(({ create }) => isTrusted(create)).map(probe => ({ ...probe, parts: probe.parts.filter(isTrusted) }));

/** One batch, in a transaction of its own: its locks are gone before the next begins. */
async function probed(
  connection: Connection,
  schema: Schema,
  probes: readonly Probe[],
  { enums, denied }: { readonly enums: readonly EnumType[]; readonly denied: Denied },
): Promise<Schema> {
  const names = temporaryEnums(enums);
  const mentioned = enums.filter(({ name }) => mention(probes, names.get(name)!));
  return rolledBack(connection, async () => {
    await runProbes(
      connection,
      probes,
      mentioned.map(each => createTemporaryEnum(each, names)),
      denied,
    );
    return readBack(
      connection,
      schema,
      probes,
      mentioned.map(({ name }) => [names.get(name)!, name]),
    );
  });
}

const mention = (probes: readonly Probe[], name: string): boolean =>
  probes.some(({ create, parts }) => [create, ...parts].some(text => text.includes(name)));

async function readBack(
  connection: Connection,
  target: Schema,
  probes: readonly Probe[],
  enums: readonly (readonly [temporary: string, name: QualifiedName])[],
): Promise<Schema> {
  const read = await introspectTemporary(connection, kindsProbed(probes));
  if (!read) return target;
  const spelled = enums.reduce(underFullName, read);
  return probes.reduce((schema, probe) => adopt(schema, probe, spelled), mutable(target));
}

/** An enum that was made for the occasion goes by the name that it is to have. */
function underFullName(schema: Schema, [temporary, name]: readonly [string, QualifiedName]): Schema {
  const naming = namingOf({ place: 'type', name: qualify(undefined, temporary) }, { place: 'type', name });
  return {
    ...schema,
    tables: new Map([...schema.tables].map(([key, table]) => [key, renamedTable(table, naming)])),
    indexes: new Map([...schema.indexes].map(([key, index]) => [key, renamedIndex(index, naming)])),
  };
}

/** Only what was probed is read back. */
const kindsProbed = (probes: readonly Probe[]): readonly KindName[] => [
  ...(probes.some(({ type }) => type !== 'view') ? ['tables' as const] : []),
  ...(probes.some(probe => probe.type === 'table' && probe.indexes.length > 0) ? ['indexes' as const] : []),
  ...(probes.some(({ type }) => type === 'view') ? ['views' as const] : []),
];

/** Take what a probe found out into the schema it was asked for. */
function adopt(schema: MutableSchema, probe: Probe, spelled: Schema): MutableSchema {
  const table = spelled.tables.get(probe.name);
  if (probe.type === 'view') {
    const view = spelled.views.get(probe.name);
    if (view) schema[probe.kind].set(probe.view, spelledView(schema[probe.kind].get(probe.view), view));
  } else if (table && probe.type === 'defaults') {
    probe.columns.forEach((columns, i) => {
      const expression = table.columns.find(({ name }) => name === `c${i}`)?.default;
      if (expression !== undefined) columns.forEach(each => spellDefault(schema, each.table, each.column, expression));
    });
  } else if (table && probe.type === 'table') {
    schema.tables.set(probe.table, spelledTable(schema.tables.get(probe.table), table));
    probe.indexes.forEach(([name, declared]) => {
      const index = spelled.indexes.get(name);
      if (index)
        schema.indexes.set(
          declared.name,
          spelledIndex(declared, index, usesOfClone(index, table, schema.tables.get(probe.table))),
        );
    });
  }
  return schema;
}

const spelledView = (declared: View, view: View): View => ({
  ...declared,
  definition: view.definition,
  reads: view.reads,
  ...(view[USES] && { [USES]: view[USES] }),
  ...(view[COLUMNS] && { [COLUMNS]: view[COLUMNS], [UPDATABLE]: view[UPDATABLE] }),
});

function spellDefault(schema: MutableSchema, name: string, column: string, expression: string): void {
  const table: Table = schema.tables.get(name);
  const columns = table.columns.map(each => (each.name === column ? { ...each, default: expression } : each));
  schema.tables.set(name, { ...table, columns });
}

/** What the clone's expression uses, as if it were the declared table's. */
function usesOfClone(object: Using | undefined, clone: Table, declared: Table): Using {
  const uses = object?.[USES];
  if (!uses) return {};
  const own = new Map(clone.columns.map(({ name }) => [columnUse(clone.name, name), columnUse(declared.name, name)]));
  return { [USES]: uses.map(use => own.get(use) ?? use) };
}

function spelledTable(declared: Table, clone: Table): Table {
  const columns = new Map(clone.columns.map(column => [column.name, column]));
  const spelledPart = <Field extends string, Part extends Record<Field, string> & { readonly name: string } & Using>(
    part: Part,
    clones: readonly Part[] | undefined,
    field: Field,
  ): Part => {
    const spelled = clones?.find(({ name }) => name === part.name);
    return { ...part, ...(spelled && { [field]: spelled[field] }), ...usesOfClone(spelled, clone, declared) };
  };
  return {
    ...declared,
    columns: declared.columns.map(column => {
      const spelled = columns.get(column.name);
      const { generated } = spelled ?? {};
      return column.generated === undefined || generated === undefined
        ? column
        : { ...column, generated, ...usesOfClone(spelled, clone, declared) };
    }),
    ...(declared.checks && { checks: declared.checks.map(check => spelledPart(check, clone.checks, 'expression')) }),
    ...(declared.exclusions && {
      exclusions: declared.exclusions.map(each => spelledPart(each, clone.exclusions, 'definition')),
    }),
  };
}

const spelledIndex = (declared: Index, clone: Index, uses: Using): Index => ({
  ...clone,
  ...uses,
  ...pick(declared, ['tablespace']),
  name: declared.name,
  table: declared.table,
});

/** Constraints in the order in which the catalog is read, so that equal tables are equal data. */
function inOrder(schema: Schema): Schema {
  const byName = <Each extends { readonly name: string }>(list: readonly Each[]) =>
    [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  const tables = [...schema.tables.values()].map(table => ({
    ...table,
    ...(table.uniques && { uniques: byName(table.uniques) }),
    ...(table.checks && { checks: byName(table.checks) }),
    ...(table.exclusions && { exclusions: byName(table.exclusions) }),
  }));
  return { ...schema, tables: schemaOf({ tables }).tables };
}
