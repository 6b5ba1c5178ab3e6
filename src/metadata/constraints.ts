import type { Table as DeclaredTable } from 'typeorm';
import type {
  CheckConstraint,
  Deferrable,
  ExclusionConstraint,
  PrimaryKey,
  Table,
  UniqueConstraint,
} from '../objects/tables/table.ts';
import type { QualifiedName } from '../sql/name.ts';
import { distinct } from './distinct.ts';
import type { Declarations } from './entity-metadata.ts';
import { identifier } from './names.ts';

type Constraints = Omit<Table, 'name' | 'columns' | 'comment'>;

/** The keys and constraints of a table, as TypeORM's CREATE TABLE makes them. */
export function constraintsOf(table: DeclaredTable, name: QualifiedName, declarations: Declarations): Constraints {
  const primaryKey = primaryKeyOf(table, declarations);
  const uniques = distinct(table.uniques.map(uniqueOf), ({ columns }) => `unique (${columns.join(', ')}) of ${name}`);
  const checks = distinct(table.checks.map(checkOf), ({ expression }) => `check (${expression}) of ${name}`);
  const exclusions = distinct(
    table.exclusions.map(exclusionOf),
    ({ definition }) => `exclude ${definition} of ${name}`,
  );
  return {
    ...(primaryKey && { primaryKey }),
    ...inOrder({
      uniques: withoutRedundant(uniques, columnsOf, primaryKey),
      checks,
      exclusions: withoutRedundant(exclusions, definitionOf),
    }),
  };
}

type Lists = Pick<Table, 'uniques' | 'checks' | 'exclusions'>;

/** Constraints in the order of their names, in which the catalog is read too, so that equal tables are equal data. */
export const inOrder = (lists: Lists): Lists =>
  Object.fromEntries(
    Object.entries(lists).flatMap(([kind, list]) =>
      list.length > 0 ? [[kind, [...list].sort((a, b) => (a.name < b.name ? -1 : 1))]] : [],
    ),
  );

function primaryKeyOf(table: DeclaredTable, { dataSource }: Declarations): PrimaryKey | undefined {
  const columns = table.primaryColumns;
  const names = columns.map(({ name }) => name);
  if (columns.length === 0) return undefined;
  const name = columns[0]?.primaryKeyConstraintName ?? dataSource.namingStrategy.primaryKeyName(table, names);
  return { name: identifier(name), columns: names.map(identifier) };
}

const uniqueOf = ({ name, columnNames, deferrable }: DeclaredTable['uniques'][number]): UniqueConstraint => ({
  name: identifier(name!),
  columns: columnNames.map(identifier),
  ...deferrableOf(deferrable),
});

const checkOf = ({ name, expression }: DeclaredTable['checks'][number]): CheckConstraint => ({
  name: identifier(name!),
  expression: expression!.trim(),
});

const exclusionOf = ({ name, expression, deferrable }: DeclaredTable['exclusions'][number]): ExclusionConstraint => ({
  name: identifier(name!),
  definition: expression!.trim(),
  ...deferrableOf(deferrable),
});

/** `INITIALLY DEFERRED` → `initially deferred`. */
export const deferrableOf = (deferrable: string | undefined): { deferrable?: Deferrable } =>
  deferrable ? { deferrable: deferrable.toLowerCase() as Deferrable } : {};

const columnsOf = ({ columns, deferrable }: UniqueConstraint): unknown => [columns, deferrable];

const definitionOf = ({ definition, deferrable }: ExclusionConstraint): unknown => [
  definition.replace(/\s+/g, ' '),
  deferrable,
];

/**
 * CREATE TABLE leaves out a unique or exclusion constraint that says the same as the primary key or as one before it
 * (`transformIndexConstraints` in the server's source).
 */
function withoutRedundant<Constraint>(
  constraints: readonly Constraint[],
  contentsOf: (constraint: Constraint) => unknown,
  primaryKey?: Constraint,
): readonly Constraint[] {
  const seen = new Set(primaryKey ? [JSON.stringify(contentsOf(primaryKey))] : []);
  return constraints.filter(constraint => {
    const contents = JSON.stringify(contentsOf(constraint));
    const isRedundant = seen.has(contents);
    seen.add(contents);
    return !isRedundant;
  });
}
