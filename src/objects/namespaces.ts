import { quoteIdentifier } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import {
  attributeColumns,
  attributeFields,
  attributesOf,
  attributeStatements,
  keepAttributes,
  type Attributes,
} from './attributes.ts';
import { record, text } from './form.ts';
import { losing } from './lost.ts';
import type { ObjectKind } from './object-kind.ts';

/**
 * What PostgreSQL drops along with a schema, without a word, in its own words: default privileges of what is made in it, and
 * publications of all its tables. The key is a symbol because it is neither compared nor rendered.
 */
const GOES_ALONG: unique symbol = Symbol.for('typeorm-alembic.goes-along') as never;

/** What `CREATE SCHEMA` makes. The connection's own schema is always there and never among these. */
export interface Namespace extends Attributes {
  readonly [GOES_ALONG]?: readonly string[];
  readonly name: string;
}

export interface NamespaceOperations {
  /** Create a schema, the namespace that PostgreSQL calls by that name. */
  createSchema(namespace: Namespace): Promise<void>;
  /** Drop a schema. PostgreSQL refuses while anything is left in it. */
  dropSchema(namespace: { readonly name: string }): Promise<void>;
}

export const namespaces: ObjectKind<Namespace, NamespaceOperations> = {
  namespace: 'schema',
  filterType: 'schema',
  nameOf: namespace => namespace.name,
  dependsOn: () => [],

  catalog: {
    queries: {
      namespaces: `
        SELECT n.nspname AS name, ${attributeColumns('pg_namespace', 'n')},
          ARRAY(SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d
            WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
              AND d.classid IN ('pg_default_acl'::regclass, to_regclass('pg_publication_namespace')) ORDER BY 1) AS "goesAlong"
        FROM information_schema.schemata s JOIN pg_namespace n ON n.nspname = s.schema_name
        WHERE s.schema_name = ANY($1)`,
    },
    parse: (rows, qualify) =>
      (rows['namespaces'] ?? [])
        .filter(({ name }) => qualify(name, 'x') !== 'x')
        .map(row => ({ name: row.name, ...attributesOf(row), [GOES_ALONG]: row.goesAlong })),
  },

  create: namespace => [{ op: 'createSchema', ...namespace }],
  drop: ({ name, [GOES_ALONG]: along = [] }) => [{ op: 'dropSchema', name, ...losing(along) }],
  keepUndeclarable: keepAttributes,
  alter: () => [],

  takes: { createSchema: record({ name: text, ...attributeFields }), dropSchema: record({ name: text }) },

  statements: {
    createSchema: op => [
      statement(`CREATE SCHEMA ${quoteIdentifier(op.name)}`),
      ...attributeStatements({ object: `SCHEMA ${quoteIdentifier(op.name)}` }, op),
    ],
    dropSchema: ({ name }) => [statement(`DROP SCHEMA ${quoteIdentifier(name)}`)],
  },
};
