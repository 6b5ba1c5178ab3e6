import { quoteIdentifier } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { record, text } from './form.ts';
import type { ObjectKind } from './object-kind.ts';

/** What `CREATE SCHEMA` makes. The connection's own schema is always there and never among these. */
export interface Namespace {
  readonly name: string;
}

export interface NamespaceOperations {
  /** Create a schema, the namespace that PostgreSQL calls by that name. */
  createSchema(namespace: Namespace): Promise<void>;
  /** Drop a schema. PostgreSQL refuses while anything is left in it. */
  dropSchema(namespace: Namespace): Promise<void>;
}

export const namespaces: ObjectKind<Namespace, NamespaceOperations> = {
  namespace: 'schema',
  filterType: 'schema',
  nameOf: namespace => namespace.name,
  dependsOn: () => [],

  catalog: {
    queries: { namespaces: 'SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name = ANY($1)' },
    parse: (rows, qualify) =>
      (rows['namespaces'] ?? []).filter(({ name }) => qualify(name, 'x') !== 'x').map(({ name }) => ({ name })),
  },

  create: namespace => [{ op: 'createSchema', ...namespace }],
  drop: namespace => [{ op: 'dropSchema', ...namespace }],
  alter: () => [],

  takes: { createSchema: record({ name: text }), dropSchema: record({ name: text }) },

  statements: {
    createSchema: ({ name }) => [statement(`CREATE SCHEMA ${quoteIdentifier(name)}`)],
    dropSchema: ({ name }) => [statement(`DROP SCHEMA ${quoteIdentifier(name)}`)],
  },
};
