import type { EntityMetadata } from 'typeorm';
import { kinds, RECREATE, type ObjectKind } from 'typeorm-alembic';

/** Row-level policies as a project would add them: who may see which rows of a table. */
export interface Policy {
  readonly name: string;
  readonly table: string;
  readonly using: string;
}

export interface PolicyOperations {
  createPolicy(policy: Policy): Promise<void>;
  dropPolicy(policy: { readonly name: string; readonly table: string }): Promise<void>;
}

declare module 'typeorm-alembic' {
  interface CustomOperations {
    createPolicy: PolicyOperations['createPolicy'];
    dropPolicy: PolicyOperations['dropPolicy'];
  }
}

const statement = (sql: string) => ({ sql, hazards: [], transactional: true });

export const policies: ObjectKind<Policy, PolicyOperations> = {
  namespace: 'constraint',
  filterType: 'policy',
  nameOf: ({ table, name }) => `${table}.${name}`,
  dependsOn: ({ table }) => [`relation:${table}`],
  owner: ({ table }) => table,
  declared: ({ target, tableName: table }: EntityMetadata) =>
    ((target as { policies?: readonly Omit<Policy, 'table'>[] }).policies ?? []).map(policy => ({ ...policy, table })),
  catalog: {
    queries: {
      policies: `SELECT n.nspname AS namespace, c.relname AS table, p.polname AS name, pg_get_expr(p.polqual, p.polrelid) AS using
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1)`,
    },
    parse: (rows, qualify) =>
      rows['policies']!.map(({ namespace, table, name, using }) => ({ name, table: qualify(namespace, table), using })),
  },
  create: policy => [{ op: 'createPolicy', ...policy }],
  drop: ({ name, table }) => [{ op: 'dropPolicy', name, table }],
  alter: (before, after) => (before.using === after.using ? [] : RECREATE),
  statements: {
    createPolicy: ({ name, table, using }) => [statement(`CREATE POLICY "${name}" ON "${table}" USING (${using})`)],
    dropPolicy: ({ name, table }) => [statement(`DROP POLICY "${name}" ON "${table}"`)],
  },
};

export const registry = { ...kinds, policies };
