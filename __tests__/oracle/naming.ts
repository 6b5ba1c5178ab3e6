import { DefaultNamingStrategy, type NamingStrategyInterface, type Table } from 'typeorm';
import type { ColumnModel } from './entity-set.ts';
import { propertyOf } from './entity-set.ts';

/** Columns in snake case, and short names of constraints: as many projects have it. */
class ShortNames extends DefaultNamingStrategy {
  override columnName(property: string, given: string | undefined, prefixes: string[]): string {
    return prefixes.length > 0 ? super.columnName(property, given as string, prefixes) : (given ?? snakeCase(property));
  }
  override primaryKeyName(table: Table | string, columns: string[]): string {
    return this.#name('pk', table, columns);
  }
  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return this.#name('uq', table, columns);
  }
  override relationConstraintName(table: Table | string, columns: string[]): string {
    return this.#name('rel', table, columns);
  }
  override foreignKeyName(table: Table | string, columns: string[]): string {
    return this.#name('fk', table, columns);
  }
  override indexName(table: Table | string, columns: string[], where?: string): string {
    return this.#name(where ? 'ixw' : 'ix', table, columns);
  }
  #name(prefix: string, table: Table | string, columns: readonly string[]): string {
    return [prefix, this.getTableName(table), ...columns].join('_').slice(0, 60);
  }
}

const snakeCase = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

const strategies = { own: new DefaultNamingStrategy(), short: new ShortNames() };

export const strategyOf = (naming: 'short' | undefined): NamingStrategyInterface => strategies[naming ?? 'own'];

/** The option `name` of a column, where the property alone would give another one. */
export function givenName(column: ColumnModel, naming: 'short' | undefined): { name?: string } {
  const { name, embedded, prefixed } = column;
  const prefixes = prefixed ? [embedded!] : [];
  return strategyOf(naming).columnName(propertyOf(column), undefined as never, prefixes) === name ? {} : { name };
}
