import type { EntityMetadata, Table } from 'typeorm';
import { arrayElement, jsonText, parameterOf, quoteText } from '../sql/literal.ts';

/**
 * A table whose array columns have the defaults that their entity gives them. TypeORM joins the elements by commas: an empty
 * one, or one that holds a comma, a brace or a quote, is read by PostgreSQL as something else.
 */
export function withArrayDefaults(table: Table, { columns }: EntityMetadata): Table {
  for (const column of table.columns) {
    const { default: value } = columns.find(each => each.databaseName === column.name) ?? {};
    if (column.isArray && Array.isArray(value)) column.default = quoteText(arrayText(value, column.type));
  }
  return table;
}

function arrayText(values: readonly unknown[], type: string): string {
  const elements = values.map(value => {
    if (value === null || value === undefined) return 'NULL';
    if (/^jsonb?$/.test(type)) return arrayElement(jsonOf(value));
    return Array.isArray(value) ? arrayText(value, type) : arrayElement(textOf(value));
  });
  // https://www.postgresql.org/docs/current/arrays.html#ARRAYS-INPUT: the only type whose arrays have another delimiter.
  return `{${elements.join(type === 'box' ? ';' : ',')}}`;
}

function textOf(value: unknown): string {
  const plain = parameterOf(value);
  return typeof plain === 'object' ? jsonText(plain!) : String(plain);
}

/** A string may be JSON already, as it is where the default of a column is a string. */
function jsonOf(value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'object' ? jsonText(value!) : String(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return JSON.stringify(value);
  }
}
