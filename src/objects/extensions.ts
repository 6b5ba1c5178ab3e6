import { quoteIdentifier } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { optional, record, text } from './form.ts';
import type { ObjectKind } from './object-kind.ts';

/** A module of types and functions that `CREATE EXTENSION` loads. */
export interface Extension {
  readonly name: string;
}

export interface ExtensionOperations {
  /** Load an extension. One that is there already is left as it is. */
  createExtension(extension: Extension & { readonly schema?: string }): Promise<void>;
  /** Remove an extension. PostgreSQL refuses while anything uses it. */
  dropExtension(extension: Extension): Promise<void>;
}

export const extensions: ObjectKind<Extension, ExtensionOperations> = {
  namespace: 'extension',
  filterType: 'extension',
  undeclaredStays: true,
  nameOf: extension => extension.name,
  dependsOn: () => [],

  catalog: {
    // Extensions lie beside namespaces, not in them; the parameter is named so that PostgreSQL can tell its type.
    queries: {
      extensions: "SELECT extname AS name FROM pg_extension WHERE extname <> 'plpgsql' AND $1::text[] IS NOT NULL",
    },
    parse: rows => (rows['extensions'] ?? []).map(({ name }) => ({ name })),
  },

  create: extension => [{ op: 'createExtension', ...extension }],
  drop: extension => [{ op: 'dropExtension', ...extension }],
  alter: () => [],

  takes: { createExtension: record({ name: text, schema: optional(text) }), dropExtension: record({ name: text }) },

  statements: {
    createExtension: ({ name, schema }) => [
      statement(
        `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)}${schema === undefined ? '' : ` SCHEMA ${quoteIdentifier(schema)}`}`,
      ),
    ],
    dropExtension: ({ name }) => [statement(`DROP EXTENSION ${quoteIdentifier(name)}`)],
  },
};
