import type { Table as DeclaredTable, TableColumn } from 'typeorm';
import { isDeepStrictEqual } from 'node:util';
import type { EnumType } from '../objects/enums.ts';
import { bareName, nameParts, nameSeenFrom, typeName, type QualifiedName } from '../sql/name.ts';
import { EnumDeclarationError } from './errors.ts';
import { identifier } from './names.ts';

/** A column's word on an enum: one that only names it leaves the labels to another. */
export interface EnumDeclaration {
  readonly name: QualifiedName;
  readonly labels: readonly string[] | undefined;
  /** The column: `ticket.status`. */
  readonly column: string;
}

/**
 * The name of an enum column's type: its `enumName`, or TypeORM's own `<table>_<column>_enum`, always in the schema of
 * the column's table.
 * @param own the connection's own schema
 * @throws EnumDeclarationError for an `enumName` with a dot, which TypeORM turns into a name of three parts
 */
export function enumName({ name, enumName: given }: TableColumn, table: QualifiedName, own: string): QualifiedName {
  if (given?.includes('.')) {
    throw new EnumDeclarationError(
      given,
      [`${table}.${name}`],
      `that ${table}.${name} names has a dot in its name, which TypeORM cannot create: leave the schema out, the type lies in that of its table.`,
    );
  }
  const bare = identifier(given ?? `${bareName(table)}_${name.toLowerCase()}_enum`);
  const { schema = own } = nameParts(table);
  return typeName(schema, bare, nameSeenFrom(own, schema, bare));
}

/** What the columns of a table say of enums. */
export const enumDeclarations = (table: DeclaredTable, name: QualifiedName, own: string): EnumDeclaration[] =>
  table.columns
    .filter(({ type }) => type === 'enum')
    .map(column => ({ name: enumName(column, name, own), labels: column.enum, column: `${name}.${column.name}` }));

/** The enum types that columns declare, each once. */
export function enumsOf(declarations: readonly EnumDeclaration[]): EnumType[] {
  const said = new Map<QualifiedName, EnumDeclaration[]>();
  for (const declaration of declarations) {
    const others = said.get(declaration.name);
    if (others) others.push(declaration);
    else said.set(declaration.name, [declaration]);
  }
  return [...said].map(([name, each]) => ({ name, labels: labelsOf(name, each) }));
}

function labelsOf(name: QualifiedName, said: readonly EnumDeclaration[]): readonly string[] {
  for (const { labels, column } of said) {
    const problem = labels && problemWith(labels, column);
    if (problem !== undefined) throw new EnumDeclarationError(name, [column], problem);
  }
  const columns = said.map(({ column }) => column);
  const [first, ...others] = said.filter(({ labels }) => labels !== undefined);
  if (first?.labels === undefined) {
    throw new EnumDeclarationError(
      name,
      columns,
      `is named by ${columns.join(' and ')} but has no labels: give its column an enum.`,
    );
  }
  const other = others.find(({ labels }) => !isDeepStrictEqual(labels, first.labels));
  if (other) {
    throw new EnumDeclarationError(
      name,
      [first.column, other.column],
      `is declared with the labels ${listed(first.labels)} by ${first.column} and with ${listed(other.labels)} by ${other.column}: declare them alike, or give each an enumName of its own.`,
    );
  }
  return first.labels;
}

/** What PostgreSQL would refuse, or an enum that no row can have a value of. */
function problemWith(labels: readonly string[], column: string): string | undefined {
  if (labels.length === 0) return `is declared without labels by ${column}: give it one at least.`;
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice !== undefined) return `is declared with the label '${twice}' twice by ${column}: leave one out.`;
  const long = labels.find(label => Buffer.byteLength(label) > 63);
  if (long === undefined) return undefined;
  return `is declared with the label '${long}' by ${column}, but PostgreSQL allows 63 bytes at most: shorten it.`;
}

const listed = (labels: readonly string[] | undefined): string => (labels ?? []).map(label => `'${label}'`).join(', ');
