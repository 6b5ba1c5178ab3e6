import { partName, quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { commentColumn, commentOn } from './attributes.ts';
import { list, mark, optional, record, text, word } from './form.ts';
import type { ObjectKind } from './object-kind.ts';
import { partOfTable, type PartOfTable } from './part-of-table.ts';
import { withoutParentheses } from './tables/constraint-rows.ts';
import { using, type Using } from './uses.ts';

/** Which rows of a table a role may see or write, once row security is enabled on the table. */
export interface Policy extends PartOfTable, Using {
  readonly restrictive?: true;
  /** Left out: all commands. */
  readonly for?: 'select' | 'insert' | 'update' | 'delete';
  /** Roles; everyone by default. */
  readonly to?: readonly string[];
  readonly using?: string;
  readonly withCheck?: string;
  readonly comment?: string;
}

export interface PolicyOperations {
  createPolicy(policy: Policy): Promise<void>;
  dropPolicy(policy: PartOfTable): Promise<void>;
}

const COMMANDS: Readonly<Record<string, Policy['for']>> = { r: 'select', a: 'insert', w: 'update', d: 'delete' };

export const policies: ObjectKind<Policy, PolicyOperations> = {
  namespace: 'policy',
  filterType: 'policy',
  ...partOfTable,

  catalog: {
    queries: {
      policies: `
        SELECT n.nspname AS namespace, c.relname AS table, p.polname AS name, p.polpermissive AS permissive, p.polcmd AS command,
          (SELECT json_agg(r.rolname ORDER BY r.rolname) FROM pg_roles r WHERE r.oid = ANY(p.polroles)) AS roles,
          pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS "withCheck",
          ${commentColumn('pg_policy', 'p.oid')}
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY($1) AND NOT c.relispartition`,
    },
    parse: (rows, qualify, uses) =>
      (rows['policies'] ?? []).map(row => parsePolicy(row, qualify(row.namespace, row.table), uses)),
  },

  create: policy => [{ op: 'createPolicy', ...policy }],
  drop: ({ table, name }) => [{ op: 'dropPolicy', table, name }],

  takes: {
    createPolicy: record({
      name: text,
      table: text,
      restrictive: optional(mark),
      for: optional(word('select', 'insert', 'update', 'delete')),
      to: optional(list(text)),
      using: optional(text),
      withCheck: optional(text),
      comment: optional(text),
    }),
    dropPolicy: record({ table: text, name: text }),
  },

  statements: {
    createPolicy: op => [
      statement(createPolicy(op), { type: 'locksTable', mode: 'ACCESS EXCLUSIVE' }),
      ...(op.comment === undefined
        ? []
        : [commentOn(`POLICY ${quoteIdentifier(op.name)} ON ${quoteName(op.table)}`, op.comment)]),
    ],
    dropPolicy: ({ table, name }) => [
      statement(`DROP POLICY ${quoteIdentifier(name)} ON ${quoteName(table)}`, {
        type: 'locksTable',
        mode: 'ACCESS EXCLUSIVE',
      }),
    ],
  },
};

function parsePolicy(row: any, table: QualifiedName, uses: Parameters<typeof policies.catalog.parse>[2]): Policy {
  const command = COMMANDS[row.command];
  return {
    name: row.name,
    table,
    ...(!row.permissive && { restrictive: true as const }),
    ...(command && { for: command }),
    ...(row.roles !== null && { to: row.roles }),
    ...(row.using !== null && { using: withoutParentheses(row.using) }),
    ...(row.withCheck !== null && { withCheck: withoutParentheses(row.withCheck) }),
    ...(row.comment !== null && { comment: row.comment }),
    ...using(uses(`policy:${partName(table, row.name)}`)),
  };
}

const createPolicy = (policy: Policy): string =>
  [
    `CREATE POLICY ${quoteIdentifier(policy.name)} ON ${quoteName(policy.table)}`,
    policy.restrictive && 'AS RESTRICTIVE',
    policy.for && `FOR ${policy.for.toUpperCase()}`,
    policy.to && `TO ${policy.to.map(quoteIdentifier).join(', ')}`,
    policy.using !== undefined && `USING (${policy.using})`,
    policy.withCheck !== undefined && `WITH CHECK (${policy.withCheck})`,
  ]
    .filter(Boolean)
    .join(' ');
