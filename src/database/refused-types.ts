import type { Obstacle } from '../compare/obstacles.ts';
import type { EnumType } from '../objects/enums.ts';
import { statementsOf, type Operation } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import { baseType, bothIntegers } from '../objects/tables/casts.ts';
import type { ColumnAlteration, Table } from '../objects/tables/table.ts';
import { columnUse, usesOf, type Use } from '../objects/uses.ts';
import type { View } from '../objects/views.ts';
import { catalogName, nameParts, qualify, quoteName, splitPartName, type QualifiedName } from '../sql/name.ts';
import { changedCalls, type Copied } from './calls.ts';
import { cloneColumn, ownSchemaOf, refusalOf, rolledBack } from './clones.ts';
import type { Connection } from './connection.ts';
import { denialIn, reasonOf } from './probe-denied.ts';
import { readPlannable } from './plans/functions.ts';
import { holdsRow, onStandIns, relationsOf, viewsOf, type StandIns } from './stand-ins.ts';
import { createTemporaryEnum, temporaryEnums, withTemporaryEnums } from './temporary-enums.ts';
import { functionsIn, CLONE, trialsOf, type MustTry, type Trial } from './trials.ts';

export interface RefusedTypes {
  readonly obstacles: readonly Obstacle[];
  /** What becomes of the calls of a view, policy or rule that is created again with the text that it has, in words. */
  readonly changedCalls: ReadonlyMap<Operation, string>;
  /** Why it could not be tried. */
  readonly warnings: readonly string[];
}

/**
 * What stays on columns and types that change, and PostgreSQL cannot make anew for them: defaults, generated columns,
 * constraints, indexes, conditions of triggers and statistics, and views, policies and rules that others made. Each is tried
 * on temporary relations, which are rolled back.
 */
export async function refusedTypes(
  connection: Connection,
  operations: readonly Operation[],
  comparison: Comparison,
): Promise<RefusedTypes> {
  const changes = changesOf(operations, comparison);
  const calls = new Map<Operation, string>();
  if (changes.columns.length === 0) return { obstacles: [], changedCalls: calls, warnings: [] };
  try {
    const obstacles = [
      ...(await refusedParts(connection, changes, comparison)),
      ...(await refusedQueries(connection, { operations, calls }, changes, comparison)),
    ];
    return { obstacles, changedCalls: calls, warnings: [] };
  } catch (error) {
    const denial = await denialIn(connection, error);
    if (!denial) throw error;
    const warning =
      'Cannot tell whether checks, keys, indexes, views and the like fit the types that their columns get: ' +
      `PostgreSQL has to make them on temporary tables, and ${reasonOf(denial)}.`;
    return { obstacles: [], changedCalls: calls, warnings: [warning] };
  }
}

/** What gets another type. */
interface Changes {
  readonly columns: readonly Use[];
  /** The enums that are made, some of them in the place of others. */
  readonly enums: readonly EnumType[];
  readonly mustTry: MustTry;
  /** Whether there will be operators and functions that are not there yet. */
  readonly addsExtension: boolean;
}

function changesOf(operations: readonly Operation[], { before }: Comparison): Changes {
  const enums = operations.flatMap(each => (each.op === 'createEnum' ? [each] : []));
  const altered = operations.flatMap(each => (each.op === 'alterColumn' && isRetyped(each) ? [each] : []));
  const columnsOf = (list: typeof altered) => list.map(({ table, name }) => columnUse(table, name));
  const replaced = enums.flatMap(({ name }): Use[] => (before.enums.has(name) ? [`type:${name}`] : []));
  const changed = new Set([...columnsOf(altered.filter(mayLackOperators)), ...replaced]);
  const integers = new Set(columnsOf(altered.filter(each => !mayLackOperators(each))));
  return {
    columns: columnsOf(altered),
    enums,
    addsExtension: operations.some(({ op }) => op === 'createExtension'),
    mustTry: (uses, text) =>
      uses.some(use => changed.has(use)) || (uses.some(use => integers.has(use)) && functionsIn(text).length > 0),
  };
}

const isRetyped = ({ type, existingType }: ColumnAlteration): boolean =>
  type !== undefined && (existingType === undefined || baseType(type) !== baseType(existingType));

/** Every integer type has the operators of another one, but not its functions. */
const mayLackOperators = ({ type, existingType }: ColumnAlteration): boolean =>
  existingType === undefined || !bothIntegers(existingType, type!);

async function refusedParts(
  connection: Connection,
  changes: Changes,
  comparison: Comparison,
): Promise<readonly Obstacle[]> {
  const { columns, enums, mustTry } = changes;
  const types = temporaryEnums(enums);
  const found: Obstacle[] = [];
  for (const is of comparison.after.tables.values()) {
    const was = comparison.before.tables.get(is.name);
    const trials = was ? trialsOf({ was, is, comparison }, types, mustTry) : [];
    for (const { text, reason } of await refused(connection, is, trials, changes))
      found.push({ dependent: `${text} of ${is.name}`, on: causeOf(reason, columns, enums) });
  }
  return found;
}

/**
 * What others made is created again with the text that it has: with casts to the types that were.
 * @param calls gets what becomes of the calls of what is not refused
 */
async function refusedQueries(
  connection: Connection,
  { operations, calls }: { readonly operations: readonly Operation[]; readonly calls: Map<Operation, string> },
  { columns, enums }: Changes,
  { before, after }: Comparison,
): Promise<readonly Obstacle[]> {
  const created = new Set(operations.flatMap(each => (isViewCreation(each) ? [each.name] : [])));
  const former = new Map(viewsOf(before).map(view => [view.name, view.definition]));
  const views = viewsOf(after).filter(({ name, definition }) => created.has(name) && former.get(name) === definition);
  const parts = operations.flatMap(each => (each.op === 'createPolicy' || each.op === 'createRule' ? [each] : []));
  const read = parts.flatMap(part => relationsOf([part.table, ...namesUsed(usesOf(part))], after));
  if (views.length + parts.length === 0) return [];
  const { isTrusted } = await readPlannable(connection);
  return onStandIns(connection, [...views, ...read], { schema: after, enums }, async standIns => {
    const found: Obstacle[] = standIns.made.flatMap(({ relation, refusal }) => {
      const view = views.find(each => each === relation);
      const reason = view && reasonFor(refusal, holdsRow(view.definition, standIns));
      return reason ? [{ dependent: `view ${relation.name}`, on: causeOf(reason, columns, enums) }] : [];
    });
    const copied = views.flatMap(view => copyOfView(view, operations, standIns));
    for (const part of parts) {
      const sql = onStandIn(part, standIns);
      if (sql === undefined || !isTrusted(sql)) continue;
      copied.push(...copyOfPart(part, standIns));
      const reason = reasonFor(await refusalOf(connection, [sql], 'is refused'), holdsRow(sql, standIns));
      const word = part.op === 'createPolicy' ? 'policy' : 'rule';
      if (reason)
        found.push({ dependent: `${word} ${part.name} of ${part.table}`, on: causeOf(reason, columns, enums) });
    }
    const changed = await changedCalls(
      connection,
      copied.map(([, copy]) => copy),
      standIns.own,
    );
    copied.forEach(([operation], at) => changed[at] !== undefined && calls.set(operation, changed[at]));
    return found;
  });
}

type Copy = readonly [Operation, Copied];

const copyOfView = (view: View, operations: readonly Operation[], standIns: StandIns): readonly Copy[] =>
  operations.flatMap(each =>
    isViewCreation(each) && each.name === view.name
      ? [[each, { catalog: 'pg_rewrite', name: '_RETURN', ...placesOf(view.name, standIns) }] as const]
      : [],
  );

const copyOfPart = (part: QueryPart, standIns: StandIns): readonly Copy[] => [
  [
    part,
    {
      catalog: part.op === 'createRule' ? 'pg_rewrite' : 'pg_policy',
      name: part.name,
      ...placesOf(part.table, standIns),
    },
  ],
];

/** A relation with its schema, and what stands for it. */
function placesOf(relation: QualifiedName, { made, own }: StandIns): Pick<Copied, 'relation' | 'copy'> {
  const { schema = own, name } = nameParts(relation);
  const standIn = made.find(each => each.relation.name === relation)?.name ?? '';
  return { relation: quoteName(qualify(schema, name)), copy: quoteName(qualify('pg_temp', standIn)) };
}

const isViewCreation = (operation: Operation) =>
  operation.op === 'createView' || operation.op === 'createMaterializedView';

type QueryPart = Extract<Operation, { readonly op: 'createPolicy' | 'createRule' }>;

/** Nothing where a relation that it names has no stand-in: the real one would be locked. */
function onStandIn(part: QueryPart, { made, rewritten }: StandIns): string | undefined {
  const standIn = made.find(({ relation }) => relation.name === part.table);
  const names = new Set(made.flatMap(({ relation, refusal }) => (refusal === undefined ? [relation.name] : [])));
  if (!standIn || ![part.table, ...namesUsed(usesOf(part))].every(name => names.has(name))) return undefined;
  if (part.op === 'createRule') return rewritten(part.definition);
  const { to: _, ...policy } = part;
  return rewritten(statementsOf({ ...policy, table: qualify('pg_temp', standIn.name) })[0]!.sql);
}

/** The relations of which an object uses something. */
const namesUsed = (uses: readonly Use[]): readonly string[] =>
  uses.flatMap(use => {
    const [, place, name] = /^(\w+):(.*)$/s.exec(use)!;
    if (place === 'relation' || place === 'primaryKey') return [name!];
    return place === 'type' ? [] : [splitPartName(name!).owner];
  });

async function refused(
  connection: Connection,
  { columns }: Table,
  trials: readonly Trial[],
  { enums, addsExtension }: Changes,
): Promise<readonly RefusedTrial[]> {
  if (trials.length === 0) return [];
  const { isTrusted } = await readPlannable(connection);
  return rolledBack(connection, async () => {
    const own = await ownSchemaOf(connection);
    const names = temporaryEnums(enums);
    for (const each of enums) await refusalOf(connection, [createTemporaryEnum(each, names)]);
    await makeClone(
      connection,
      columns.map(column => cloneColumn(column, names)),
    );
    const found: RefusedTrial[] = [];
    for (const trial of trials.filter(({ sql }) => isTrusted(sql))) {
      const state = await refusalOf(connection, [withTemporaryEnums(trial.sql, names, own)], 'is refused');
      const isUnsure = isMissing(state) && trial.declared !== undefined;
      const isAwaited = isUnsure && (addsExtension || !(await areKnown(connection, functionsIn(trial.declared!))));
      const reason = reasonFor(state, isAwaited || holdsRow(trial.sql));
      if (reason) found.push({ ...trial, reason });
    }
    return found;
  });
}

/** Without the columns of types that are not there yet: what stands on those cannot be tried. */
async function makeClone(connection: Connection, columns: readonly string[]): Promise<void> {
  const refusal = await refusalOf(connection, [`CREATE TEMP TABLE ${CLONE} (${columns.join(', ')})`]);
  if (refusal === undefined) return;
  await connection.query(`CREATE TEMP TABLE ${CLONE} ()`);
  for (const column of columns) await refusalOf(connection, [`ALTER TABLE pg_temp.${CLONE} ADD COLUMN ${column}`]);
}

type Reason = 'operator' | 'label';

interface RefusedTrial extends Trial {
  readonly reason: Reason;
}

/**
 * PostgreSQL has no such operator, function or operator class for these types, or no such label.
 * @param isUnsure what is missing may be missing on the temporary relations only
 */
function reasonFor(state = '', isUnsure = false): Reason | undefined {
  if (state === '22P02') return 'label';
  return !isUnsure && LACKING.includes(state) ? 'operator' : undefined;
}

/**
 * No such function or operator, or several that fit; types that do not go together, for want of a cast or as such; a collation
 * that cannot be told; a function that is not immutable, as that which compares timestamps with and without a time zone. The last
 * one is said of statistics on a type without an order.
 */
const LACKING = ['42883', '42725', '42846', '42804', '42704', '42809', '42P17', '42P18', '42P21', '42P22', '0A000'];

/** Whether there are functions of these names, whatever types they take. */
async function areKnown(connection: Connection, functions: readonly string[]): Promise<boolean> {
  const names = [...new Set(functions.map(catalogName))];
  const [{ known }] = await connection.query(
    `SELECT pg_catalog.count(DISTINCT proname)::pg_catalog.int4 AS known FROM pg_catalog.pg_proc
     WHERE proname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.name[])`,
    [names],
  );
  return known === names.length;
}

/** PostgreSQL has no such function, type or operator. */
const isMissing = (state = ''): boolean => ['42883', '42704'].includes(state);

const causeOf = (reason: Reason, columns: readonly Use[], enums: readonly EnumType[]): string =>
  reason === 'label' && enums.length > 0
    ? `a label that ${enums.map(({ name }) => name).join(' or ')} loses`
    : `the type that ${columns.map(use => use.slice('column:'.length)).join(', ')} had`;
