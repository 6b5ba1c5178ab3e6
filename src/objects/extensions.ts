import { quoteIdentifier } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { pick } from './attributes.ts';
import { optional, record, text } from './form.ts';
import type { ObjectKind } from './object-kind.ts';

/** A module of types and functions that `CREATE EXTENSION` loads. */
export interface Extension {
  readonly name: string;
  /** Where its objects lie: in the connection's own schema by default. Entities declare neither it nor the version. */
  readonly schema?: string;
  /** The installed version; by default the one that the server's control file names. */
  readonly version?: string;
}

export interface ExtensionOperations {
  /** Load an extension. One that is there already is left as it is. */
  createExtension(extension: Extension): Promise<void>;
  /** Remove an extension. PostgreSQL refuses while anything uses it. */
  dropExtension(extension: { readonly name: string }): Promise<void>;
  /** Move the objects of an extension to another schema, or update it to another version, or both. */
  alterExtension(extension: Extension): Promise<void>;
}

export const extensions: ObjectKind<Extension, ExtensionOperations> = {
  namespace: 'extension',
  filterType: 'extension',
  undeclaredStays: true,
  nameOf: extension => extension.name,
  dependsOn: ({ schema }) => (schema === undefined ? [] : [`schema:${schema}`]),

  catalog: {
    // Extensions are the database's, whatever schemas are read; the parameter is named so that PostgreSQL can tell its type.
    queries: {
      extensions: `
        SELECT e.extname AS name, n.nspname AS schema, e.extversion AS version
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname <> 'plpgsql' AND $1::text[] IS NOT NULL`,
    },
    parse: rows => (rows['extensions'] ?? []).map(({ name, schema, version }) => ({ name, schema, version })),
  },

  create: extension => [{ op: 'createExtension', ...extension }],
  // One that is declared for a place outside the connection's own schema is there for others too.
  drop: ({ name, schema, version }) =>
    schema !== undefined && version === undefined ? [] : [{ op: 'dropExtension', name }],
  keepUndeclarable: ({ name }, live) => ({ name, ...pick(live, ['schema', 'version']) }),
  alter: (before, after) => {
    const moved = after.schema !== undefined && after.schema !== before.schema;
    const updated = after.version !== undefined && after.version !== before.version;
    if (!moved && !updated) return [];
    return [
      {
        op: 'alterExtension',
        name: after.name,
        ...(moved && pick(after, ['schema'])),
        ...(updated && pick(after, ['version'])),
      },
    ];
  },

  takes: {
    createExtension: record({ name: text, schema: optional(text), version: optional(text) }),
    dropExtension: record({ name: text }),
    alterExtension: record({ name: text, schema: optional(text), version: optional(text) }, ['schema', 'version']),
  },

  statements: {
    createExtension: ({ name, schema, version }) => [
      statement(
        `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)}${schema === undefined ? '' : ` SCHEMA ${quoteIdentifier(schema)}`}${version === undefined ? '' : ` VERSION ${quoteIdentifier(version)}`}`,
      ),
    ],
    dropExtension: ({ name }) => [statement(`DROP EXTENSION ${quoteIdentifier(name)}`)],
    alterExtension: ({ name, schema, version }) => [
      ...(version === undefined
        ? []
        : [statement(`ALTER EXTENSION ${quoteIdentifier(name)} UPDATE TO ${quoteIdentifier(version)}`)]),
      ...(schema === undefined
        ? []
        : [statement(`ALTER EXTENSION ${quoteIdentifier(name)} SET SCHEMA ${quoteIdentifier(schema)}`)]),
    ],
  },
};
