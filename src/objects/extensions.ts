import { quoteIdentifier } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { optional, record, text } from './form.ts';
import type { ObjectKind } from './object-kind.ts';

/** A module of types and functions that `CREATE EXTENSION` loads. */
export interface Extension {
  readonly name: string;
  /** Where its objects lie: in the connection's own schema by default. Not compared. */
  readonly schema?: string;
}

export interface ExtensionOperations {
  /** Load an extension. One that is there already is left as it is. */
  createExtension(extension: Extension): Promise<void>;
  /** Remove an extension. PostgreSQL refuses while anything uses it. */
  dropExtension(extension: { readonly name: string }): Promise<void>;
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
  // One that is put into a schema by name is there for others too.
  drop: ({ name, schema }) => (schema === undefined ? [{ op: 'dropExtension', name }] : []),
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
