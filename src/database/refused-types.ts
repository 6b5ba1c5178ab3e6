import type { Obstacle } from '../compare/obstacles.ts';
import type { EnumType } from '../objects/enums.ts';
import type { Index } from '../objects/index-definition.ts';
import { columnsOf as columnsOfIndex } from '../objects/indexes.ts';
import { statementsOf, type Operation } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import { baseType, bothIntegers } from '../objects/tables/casts.ts';
import {
  columnsOf,
  constraintsOf,
  creationOf,
  sameConstraint,
  wordOf,
  type TableConstraint,
} from '../objects/tables/constraints.ts';
import type { Column, ColumnAlteration, Table } from '../objects/tables/table.ts';
import { columnUse, usesOf, type Use } from '../objects/uses.ts';
import { bareName, quoteIdentifier } from '../sql/name.ts';
import { cloneColumn, isRefused, ownSchemaOf, refusalOf, rolledBack } from './clones.ts';
import type { Connection } from './connection.ts';
import { denialIn, reasonOf } from './probe-denied.ts';
import { sqlStateOf } from './server-error.ts';
import { readPlannable } from './plans/functions.ts';
import { onStandIns, viewsOf } from './stand-ins.ts';
import { createTemporaryEnum, temporaryEnums, withTemporaryEnums } from './temporary-enums.ts';

const CLONE = 'refused_types';

export interface RefusedTypes {
  readonly obstacles: readonly Obstacle[];
  /** Why it could not be tried. */
  readonly warnings: readonly string[];
}

/**
 * Checks, keys, exclusions and indexes that stay on columns which get another type, and views that others made on them, that
 * PostgreSQL cannot make anew for that type: each is tried on temporary relations, which are rolled back.
 */
export async function refusedTypes(
  connection: Connection,
  operations: readonly Operation[],
  comparison: Comparison,
): Promise<RefusedTypes> {
  try {
    const obstacles = [
      ...(await refusedParts(connection, operations, comparison)),
      ...(await refusedViews(connection, operations, comparison)),
    ];
    return { obstacles, warnings: [] };
  } catch (error) {
    const denial = await denialIn(connection, error);
    if (!denial) throw error;
    const warning =
      'Cannot tell whether checks, keys, indexes and views fit the types that their columns get: ' +
      `PostgreSQL has to make them on temporary tables, and ${reasonOf(denial)}.`;
    return { obstacles: [], warnings: [warning] };
  }
}

async function refusedParts(
  connection: Connection,
  operations: readonly Operation[],
  { before, after }: Comparison,
): Promise<readonly Obstacle[]> {
  const retyped = retypedIn(operations);
  const enums = createdEnums(operations);
  const found: Obstacle[] = [];
  for (const name of new Set(retyped.map(({ table }) => table))) {
    const [was, is] = [before.tables.get(name), after.tables.get(name)];
    if (!was || !is) continue;
    const columns = retyped.filter(({ table }) => table === name).map(column => columnUse(name, column.name));
    const parts = [
      ...is.columns.flatMap(column =>
        columns.includes(columnUse(name, column.name)) ? defaultPart(column, defaultOf(was, column.name)) : [],
      ),
      ...constraintsOf(is)
        .filter(each => rebuilds(columnsOf(name, each), columns) && staysIn(was, each))
        .map(constraintPart),
      ...[...after.indexes.values()]
        .filter(each => each.table === name && rebuilds([...columnsOfIndex(each), ...usesOf(each)], columns))
        .filter(each => before.indexes.get(each.name) === each)
        .map(indexPart),
    ];
    for (const { text, reason } of await refused(connection, is, parts, enums))
      found.push({ dependent: `${text} of ${name}`, on: causeOf(reason, columns, enums) });
  }
  return found;
}

/** The views that nobody declares are created again with the text that they have: with casts to the types that were. */
async function refusedViews(
  connection: Connection,
  operations: readonly Operation[],
  { before, after }: Comparison,
): Promise<readonly Obstacle[]> {
  const retyped = retypedIn(operations);
  if (retyped.length === 0) return [];
  const created = new Set(operations.flatMap(each => (isViewCreation(each) ? [each.name] : [])));
  const former = new Map(viewsOf(before).map(view => [view.name, view.definition]));
  const views = viewsOf(after).filter(({ name, definition }) => created.has(name) && former.get(name) === definition);
  if (views.length === 0) return [];
  const columns = retyped.map(({ table, name }) => columnUse(table, name));
  const enums = createdEnums(operations);
  return onStandIns(connection, views, { schema: after, enums }, async standIns =>
    standIns.flatMap(({ relation, refusal }) => {
      const reason = views.some(view => view === relation) ? reasonFor(refusal) : undefined;
      return reason ? [{ dependent: `view ${relation.name}`, on: causeOf(reason, columns, enums) }] : [];
    }),
  );
}

const isViewCreation = (operation: Operation) =>
  operation.op === 'createView' || operation.op === 'createMaterializedView';

const retypedIn = (operations: readonly Operation[]) =>
  operations.flatMap(each => (each.op === 'alterColumn' && mayLackOperators(each) ? [each] : []));

const createdEnums = (operations: readonly Operation[]) =>
  operations.flatMap(each => (each.op === 'createEnum' ? [each] : []));

/** Every string type has the operators of another one, and every integer type those of another one. */
const mayLackOperators = ({ type, existingType }: ColumnAlteration): boolean =>
  type !== undefined &&
  (existingType === undefined || (baseType(type) !== baseType(existingType) && !bothIntegers(existingType, type)));

const rebuilds = (uses: readonly Use[], columns: readonly Use[]): boolean => uses.some(use => columns.includes(use));

const staysIn = (was: Table, constraint: TableConstraint): boolean =>
  constraintsOf(was).some(each => sameConstraint(each, constraint));

interface Part {
  /** `index by_state`. */
  readonly text: string;
  readonly sql: string;
  /** It may need what the revision itself makes: a function or type that is not there says nothing. */
  readonly isNew?: boolean;
}

const constraintPart = (constraint: TableConstraint): Part => ({
  text: `${wordOf(constraint.kind)} ${constraint.name}`,
  sql: statementsOf(creationOf(`pg_temp.${CLONE}`, constraint))[0]!.sql,
});

const defaultOf = ({ columns }: Table, column: string): string | undefined =>
  columns.find(({ name }) => name === column)?.default;

const defaultPart = ({ name, default: value }: Column, former: string | undefined): readonly Part[] =>
  value === undefined
    ? []
    : [
        {
          text: `default of column ${name}`,
          sql: `ALTER TABLE pg_temp.${CLONE} ALTER COLUMN ${quoteIdentifier(name)} SET DEFAULT ${value}`,
          isNew: value !== former,
        },
      ];

const indexPart = (index: Index): Part => ({
  text: `index ${index.name}`,
  sql: statementsOf({
    op: 'createIndex',
    ...index,
    name: `${CLONE}_${bareName(index.name)}`,
    table: `pg_temp.${CLONE}`,
  })[0]!.sql,
});

async function refused(
  connection: Connection,
  { columns }: Table,
  parts: readonly Part[],
  enums: readonly EnumType[],
): Promise<readonly RefusedPart[]> {
  if (parts.length === 0) return [];
  const { isTrusted } = await readPlannable(connection);
  return rolledBack(connection, async () => {
    const own = await ownSchemaOf(connection);
    const names = temporaryEnums(enums);
    for (const each of enums) await refusalOf(connection, [createTemporaryEnum(each, names)]);
    await makeClone(
      connection,
      columns.map(column => cloneColumn(column, names)),
    );
    const found: RefusedPart[] = [];
    for (const part of parts.filter(({ sql }) => isTrusted(sql))) {
      const state = await refusalOf(connection, [withTemporaryEnums(part.sql, names, own)], isOfPart);
      const reason = part.isNew && isMissing(state) ? undefined : reasonFor(state);
      if (reason) found.push({ ...part, reason });
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

/** It may name a function that this role may not call: that says nothing of types. */
const isOfPart = (error: unknown): boolean => isRefused(error) || sqlStateOf(error) === '42501';

type Reason = 'operator' | 'label';

interface RefusedPart extends Part {
  readonly reason: Reason;
}

/** PostgreSQL has no such operator, function or operator class for these types, or no such label. */
function reasonFor(state = ''): Reason | undefined {
  if (state === '22P02') return 'label';
  return ['42883', '42804', '42704', '42809'].includes(state) ? 'operator' : undefined;
}

/** PostgreSQL has no such function, type or operator. */
const isMissing = (state = ''): boolean => ['42883', '42704'].includes(state);

const causeOf = (reason: Reason, columns: readonly Use[], enums: readonly EnumType[]): string =>
  reason === 'label' && enums.length > 0
    ? `a label that ${enums.map(({ name }) => name).join(' or ')} loses`
    : `the type that ${columns.map(use => use.slice('column:'.length)).join(', ')} had`;
