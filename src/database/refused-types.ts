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
import type { ColumnAlteration, Table } from '../objects/tables/table.ts';
import { columnUse, usesOf, type Use } from '../objects/uses.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName, nameParts, quoteIdentifier, quoteName } from '../sql/name.ts';
import type { Connection } from './connection.ts';

const CLONE = 'refused_types';

/**
 * Checks, keys, exclusions and indexes that stay on columns which get another type, and that PostgreSQL cannot make anew
 * for that type: each is tried on a temporary table, which is rolled back.
 */
export async function refusedTypes(
  connection: Connection,
  operations: readonly Operation[],
  { before, after }: Comparison,
): Promise<readonly Obstacle[]> {
  const retyped = operations.flatMap(each => (each.op === 'alterColumn' && mayLackOperators(each) ? [each] : []));
  const enums = operations.flatMap(each =>
    each.op === 'createEnum' && nameParts(each.name).schema === undefined ? [each] : [],
  );
  const found: Obstacle[] = [];
  for (const name of new Set(retyped.map(({ table }) => table))) {
    const [was, is] = [before.tables.get(name), after.tables.get(name)];
    if (!was || !is) continue;
    const columns = retyped.filter(({ table }) => table === name).map(column => columnUse(name, column.name));
    const on = `the type that ${columns.map(use => use.slice('column:'.length)).join(', ')} had`;
    const parts = [
      ...constraintsOf(is)
        .filter(each => rebuilds(columnsOf(name, each), columns) && staysIn(was, each))
        .map(constraintPart),
      ...[...after.indexes.values()]
        .filter(each => each.table === name && rebuilds([...columnsOfIndex(each), ...usesOf(each)], columns))
        .filter(each => before.indexes.get(each.name) === each)
        .map(indexPart),
    ];
    const staying = parts.filter(part => !isDropped(part, operations));
    for (const { text } of await refused(connection, is, staying, enums))
      found.push({ dependent: `${text} of ${name}`, on });
  }
  return found;
}

/** Every string type has the operators of another one, and every integer type those of another one. */
const mayLackOperators = ({ type, existingType }: ColumnAlteration): boolean =>
  type !== undefined &&
  (existingType === undefined || (baseType(type) !== baseType(existingType) && !bothIntegers(existingType, type)));

const rebuilds = (uses: readonly Use[], columns: readonly Use[]): boolean => uses.some(use => columns.includes(use));

const staysIn = (was: Table, constraint: TableConstraint): boolean =>
  constraintsOf(was).some(each => sameConstraint(each, constraint));

const isDropped = ({ name }: Part, operations: readonly Operation[]): boolean =>
  operations.some(each => (each.op === 'dropIndex' || each.op === 'dropConstraint') && each.name === name);

interface Part {
  readonly name: string;
  /** `index by_state`. */
  readonly text: string;
  readonly sql: string;
}

const constraintPart = (constraint: TableConstraint): Part => ({
  name: constraint.name,
  text: `${wordOf(constraint.kind)} ${constraint.name}`,
  sql: statementsOf(creationOf(`pg_temp.${CLONE}`, constraint))[0]!.sql,
});

const indexPart = (index: Index): Part => ({
  name: index.name,
  text: `index ${index.name}`,
  sql: statementsOf({ op: 'createIndex', ...index, name: `${CLONE}_index`, table: `pg_temp.${CLONE}` })[0]!.sql,
});

async function refused(
  connection: Connection,
  { columns }: Table,
  parts: readonly Part[],
  enums: readonly EnumType[],
): Promise<readonly Part[]> {
  if (parts.length === 0) return [];
  const clone = columns.map(
    ({ name, type, collation }) =>
      `${quoteIdentifier(name)} ${type}${collation ? ` COLLATE ${quoteName(collation)}` : ''}`,
  );
  await connection.query('BEGIN');
  try {
    await connection.query('SET LOCAL standard_conforming_strings = on');
    await connection.query('SET LOCAL lock_timeout = 0');
    for (const { name, labels } of enums)
      await connection.query(
        `CREATE TYPE pg_temp.${quoteIdentifier(bareName(name))} AS ENUM (${labels.map(quoteText).join(', ')})`,
      );
    if (!(await isTaken(connection, `CREATE TEMP TABLE ${CLONE} (${clone.join(', ')})`))) return [];
    const found: Part[] = [];
    for (const part of parts) if (!(await isTaken(connection, part.sql))) found.push(part);
    return found;
  } finally {
    await connection.query('ROLLBACK');
  }
}

/** True unless PostgreSQL has no such operator, function or operator class for these types. */
async function isTaken(connection: Connection, sql: string): Promise<boolean> {
  await connection.query('SAVEPOINT part');
  try {
    await connection.query(sql);
  } catch (error) {
    await connection.query('ROLLBACK TO SAVEPOINT part');
    const { code, driverError } = error as { code?: string; driverError?: { code?: string } };
    return !['42883', '42804', '42704', '42809'].includes(driverError?.code ?? code ?? '');
  }
  await connection.query('ROLLBACK TO SAVEPOINT part');
  if (sql.startsWith('CREATE TEMP')) await connection.query(sql);
  return true;
}
