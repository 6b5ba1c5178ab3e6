import type { Obstacle } from '../compare/obstacles.ts';
import type { EnumType } from '../objects/enums.ts';
import type { Index } from '../objects/indexes.ts';
import { statementsOf, type Operation } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import type { CheckConstraint, Table } from '../objects/tables/table.ts';
import { columnUse, usesOf, type Using } from '../objects/uses.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName, nameParts, quoteIdentifier, quoteName } from '../sql/name.ts';
import type { Connection } from './connection.ts';

const CLONE = 'refused_types';

/**
 * Checks and indexes that stay on columns which get another type, and that PostgreSQL cannot make anew for that type:
 * each is tried on a temporary table, which is rolled back.
 */
export async function refusedTypes(
  connection: Connection,
  operations: readonly Operation[],
  { before, after }: Comparison,
): Promise<readonly Obstacle[]> {
  const retyped = operations.flatMap(each => (each.op === 'alterColumn' && each.type !== undefined ? [each] : []));
  const enums = operations.flatMap(each =>
    each.op === 'createEnum' && nameParts(each.name).schema === undefined ? [each] : [],
  );
  const found: Obstacle[] = [];
  for (const name of new Set(retyped.map(({ table }) => table))) {
    const [was, is] = [before.tables.get(name), after.tables.get(name)];
    if (!was || !is) continue;
    const uses = retyped.filter(({ table }) => table === name).map(column => columnUse(name, column.name));
    const reads = (object: Using) => usesOf(object).some(use => uses.includes(use));
    const checks = (was.checks ?? []).filter(check => reads(check) && staysIn(is, check));
    const indexes = [...before.indexes.values()].filter(
      index => index.table === name && reads(index) && after.indexes.get(index.name) === index,
    );
    const stays = (part: { readonly name: string }) =>
      !operations.some(
        ({ op, ...each }) => /^drop(Index|Constraint)$/.test(op) && (each as { name?: string }).name === part.name,
      );
    const on = `the type that ${uses.map(use => use.slice('column:'.length)).join(', ')} had`;
    const parts = [...checks.filter(stays).map(checkOf), ...indexes.filter(stays).map(indexOf)];
    for (const dependent of await refused(connection, is, parts, enums))
      found.push({ dependent: `${dependent} of ${name}`, on });
  }
  return found;
}

const staysIn = ({ checks = [] }: Table, { name, expression }: CheckConstraint): boolean =>
  checks.some(check => check.name === name && check.expression === expression);

interface Part {
  readonly text: string;
  readonly sql: string;
}

const checkOf = ({ name, expression }: CheckConstraint): Part => ({
  text: `check ${name}`,
  sql: `ALTER TABLE pg_temp.${CLONE} ADD CHECK (${expression})`,
});

const indexOf = (index: Index): Part => ({
  text: `index ${index.name}`,
  sql: statementsOf({ op: 'createIndex', ...index, name: `${CLONE}_index`, table: `pg_temp.${CLONE}` })[0]!.sql,
});

async function refused(
  connection: Connection,
  { columns }: Table,
  parts: readonly Part[],
  enums: readonly EnumType[],
): Promise<readonly string[]> {
  if (parts.length === 0) return [];
  const clone = columns.map(
    ({ name, type, collation }) =>
      `${quoteIdentifier(name)} ${type}${collation ? ` COLLATE ${quoteName(collation)}` : ''}`,
  );
  await connection.query('BEGIN');
  try {
    await connection.query('SET LOCAL standard_conforming_strings = on');
    for (const { name, labels } of enums)
      await connection.query(
        `CREATE TYPE pg_temp.${quoteIdentifier(bareName(name))} AS ENUM (${labels.map(quoteText).join(', ')})`,
      );
    if (!(await isTaken(connection, `CREATE TEMP TABLE ${CLONE} (${clone.join(', ')})`))) return [];
    const found: string[] = [];
    for (const { text, sql } of parts) if (!(await isTaken(connection, sql))) found.push(text);
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
    return !['42883', '42804', '42704'].includes(driverError?.code ?? code ?? '');
  }
  await connection.query('ROLLBACK TO SAVEPOINT part');
  if (sql.startsWith('CREATE TEMP')) await connection.query(sql);
  return true;
}
