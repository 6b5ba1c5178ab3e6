import type { Obstacle } from '../compare/obstacles.ts';
import type { EnumType } from '../objects/enums.ts';
import { statementsOf, type Operation, type Schema } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import { baseType, bothIntegers } from '../objects/tables/casts.ts';
import type { ColumnAlteration } from '../objects/tables/table.ts';
import { columnUse, usesOf, type Use } from '../objects/uses.ts';
import type { View } from '../objects/views.ts';
import { qualify, quoteName, splitPartName, type QualifiedName } from '../sql/name.ts';
import { changedCalls, type Copied } from './calls.ts';
import { refusalOf } from './clones.ts';
import type { Connection } from './connection.ts';
import { denialIn, reasonOf } from './probe-denied.ts';
import { reasonFor, type Reason } from './refusal-reasons.ts';
import { holdsRow, onStandIns, relationsOf, viewsOf, type StandIns } from './stand-ins.ts';
import { temporaryEnums } from './temporary-enums.ts';
import { functionsIn, trialsOf, type MustTry } from './trials.ts';
import { placedName, tryParts, type NameNow } from './tried-parts.ts';

export interface RefusedTypes {
  readonly obstacles: readonly Obstacle[];
  /** What becomes of the calls of what is made again with the text that it has, by an operation or with its column, in words. */
  readonly changedCalls: ReadonlyMap<Operation, readonly string[]>;
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
  nameNow: NameNow,
): Promise<RefusedTypes> {
  const changes = changesOf(operations, comparison);
  const calls = new Map<Operation, string[]>();
  const asked = { operations, nameNow, changes, comparison, calls };
  if (changes.columns.length === 0) return { obstacles: [], changedCalls: calls, warnings: [] };
  try {
    const obstacles = [...(await refusedParts(connection, asked)), ...(await refusedQueries(connection, asked))];
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

interface Asked {
  readonly operations: readonly Operation[];
  readonly nameNow: NameNow;
  readonly changes: Changes;
  readonly comparison: Comparison;
  /** Gets what becomes of the calls of what is not refused. */
  readonly calls: Map<Operation, string[]>;
}

const addCalls = (calls: Asked['calls'], operation: Operation, text: string): void => {
  calls.set(operation, [...(calls.get(operation) ?? []), text]);
};

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
  { operations, nameNow, changes, comparison, calls }: Asked,
): Promise<readonly Obstacle[]> {
  const { columns, enums, mustTry } = changes;
  const types = temporaryEnums(enums);
  const found: Obstacle[] = [];
  for (const is of comparison.after.tables.values()) {
    const was = comparison.before.tables.get(is.name);
    const trials = was ? trialsOf({ was, is, comparison }, types, mustTry) : [];
    for (const { trial, reason, changedCalls } of await tryParts(connection, { table: is, nameNow }, trials, changes)) {
      if (reason) found.push({ dependent: `${trial.text} of ${is.name}`, on: causeOf(reason, columns, enums) });
      if (changedCalls === undefined) continue;
      const made = operations.find(trial.isMadeBy);
      if (made) addCalls(calls, made, `what it calls: ${changedCalls}`);
      else
        for (const each of operations.filter(one => isRetypingOf(trial.uses, one)))
          addCalls(calls, each, `what the ${trial.text} calls: ${changedCalls}`);
    }
  }
  return found;
}

const isRetypingOf = (uses: readonly Use[], operation: Operation): boolean =>
  operation.op === 'alterColumn' && isRetyped(operation) && uses.includes(columnUse(operation.table, operation.name));

/** What others made is created again with the text that it has: with casts to the types that were. */
async function refusedQueries(
  connection: Connection,
  { operations, nameNow, changes: { columns, enums }, comparison, calls }: Asked,
): Promise<readonly Obstacle[]> {
  const [before, after] = [comparison.before, asCreated(comparison.after, operations)];
  const created = new Set(operations.flatMap(each => (isViewCreation(each) ? [each.name] : [])));
  const kept = viewsOf(comparison.after).filter(view => viewsOf(before).some(each => isAlike(each, view)));
  const views = viewsOf(after).filter(({ name }) => created.has(name) && kept.some(each => each.name === name));
  const parts = operations.flatMap(each => (each.op === 'createPolicy' || each.op === 'createRule' ? [each] : []));
  const read = parts.flatMap(part => relationsOf([part.table, ...namesUsed(usesOf(part))], after));
  if (views.length + parts.length === 0) return [];
  return onStandIns(connection, [...views, ...read], { schema: after, enums }, async standIns => {
    const found: Obstacle[] = standIns.made.flatMap(({ relation, refusal }) => {
      const view = views.find(each => each === relation);
      const reason = view && reasonFor(refusal, holdsRow(view.definition, standIns));
      return reason ? [{ dependent: `view ${relation.name}`, on: causeOf(reason, columns, enums) }] : [];
    });
    const copied = views.flatMap(view => copyOfView(view, operations, { standIns, nameNow }));
    for (const part of parts) {
      const sql = onStandIn(part, standIns);
      if (sql === undefined) continue;
      copied.push(copyOfPart(part, { standIns, nameNow }));
      const reason = reasonFor(await refusalOf(connection, [sql], 'is refused'), holdsRow(sql, standIns));
      const word = part.op === 'createPolicy' ? 'policy' : 'rule';
      if (reason)
        found.push({ dependent: `${word} ${part.name} of ${part.table}`, on: causeOf(reason, columns, enums) });
    }
    const copies = copied.map(([, copy]) => copy);
    const changed = await changedCalls(connection, copies, standIns.own);
    copied.forEach(([operation], at) => {
      if (changed[at] !== undefined) addCalls(calls, operation, `what it calls: ${changed[at]}`);
    });
    return found;
  });
}

const isAlike = (one: View, other: View): boolean => one.name === other.name && one.definition === other.definition;

/** With the views as the operations spell them: what they read may have been renamed. */
function asCreated(schema: Schema, operations: readonly Operation[]): Schema {
  const spelled = <Each extends View>(views: ReadonlyMap<string, Each>): ReadonlyMap<string, Each> =>
    new Map(
      [...views].map(([name, view]) => {
        const created = operations.find(each => isViewCreation(each) && each.name === name) as View | undefined;
        return [name, created ? { ...view, definition: created.definition } : view];
      }),
    );
  return { ...schema, views: spelled(schema.views), materializedViews: spelled(schema.materializedViews) };
}

type Copy = readonly [Operation, Copied];

interface Naming {
  readonly standIns: StandIns;
  readonly nameNow: NameNow;
}

const copyOfView = (view: View, operations: readonly Operation[], naming: Naming): readonly Copy[] =>
  operations.flatMap(each =>
    isViewCreation(each) && each.name === view.name
      ? [[each, { catalog: 'pg_rewrite', name: '_RETURN', ...placesOf(view.name, naming) }] as const]
      : [],
  );

function copyOfPart(part: QueryPart, naming: Naming): Copy {
  const catalog = part.op === 'createRule' ? 'pg_rewrite' : 'pg_policy';
  return [part, { catalog, name: part.name, ...placesOf(part.table, naming) }];
}

/** A relation as the database has it, and what stands for it. */
function placesOf(
  relation: QualifiedName,
  { standIns: { made, own }, nameNow }: Naming,
): Pick<Copied, 'relation' | 'copy'> {
  const standIn = made.find(each => each.relation.name === relation)?.name ?? '';
  return { relation: placedName(nameNow(relation), own), copy: quoteName(qualify('pg_temp', standIn)) };
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

const causeOf = (reason: Reason, columns: readonly Use[], enums: readonly EnumType[]): string =>
  reason === 'label' && enums.length > 0
    ? `a label that ${enums.map(({ name }) => name).join(' or ')} loses`
    : `the type that ${columns.map(use => use.slice('column:'.length)).join(', ')} had`;
