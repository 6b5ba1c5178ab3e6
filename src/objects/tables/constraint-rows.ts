import { tokensOf } from '../../sql/lexer.ts';
import { tablespaceOf } from '../attributes.ts';
import { ofPartsIn } from '../own-of-parts.ts';
import type { Using } from '../uses.ts';
import type {
  CheckConstraint,
  Deferrable,
  ExclusionConstraint,
  IndexRoles,
  PrimaryKey,
  Table,
  UniqueConstraint,
} from './table.ts';

/** The constraints of a table, as rows of the catalog have them. */
export function parseConstraints(
  rows: readonly any[],
  names: ReadonlyMap<number, string>,
  usesIn: (constraint: string) => Using,
): Pick<Table, 'primaryKey' | 'uniques' | 'checks' | 'exclusions'> {
  const inOrder = [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));
  const of = (type: string) => inOrder.filter(row => row.type === type);
  const keys = (type: string) => of(type).map(row => parseKey(row, names));
  const [primaryKey] = keys('p');
  const uniques = keys('u');
  const checks = of('c').map(row => ({ ...parseCheck(row), ...usesIn(row.name) }));
  const exclusions = of('x').map(row => ({ ...parseExclusion(row), ...usesIn(row.name) }));
  return {
    ...(primaryKey && { primaryKey }),
    ...(uniques.length > 0 && { uniques }),
    ...(checks.length > 0 && { checks }),
    ...(exclusions.length > 0 && { exclusions }),
  };
}

function parseKey(row: any, names: ReadonlyMap<number, string>): PrimaryKey & UniqueConstraint {
  const named = (positions: readonly number[]) => positions.map(position => names.get(position) ?? '');
  return {
    name: row.name,
    columns: named(row.key),
    ...(row.withoutOverlaps && { withoutOverlaps: true }),
    ...(row.include !== null && { include: named(row.include) }),
    ...(row.with !== null && { with: row.with }),
    ...tablespaceOf(row),
    ...deferrableOf(row),
    ...rolesOf(row),
    ...commentOf(row),
    ...indexCommentOf(row),
    ...(row.type === 'u' && row.nullsNotDistinct && { nullsNotDistinct: true }),
    ...ofPartsIn(row),
  };
}

const parseCheck = (row: any): CheckConstraint => ({
  name: row.name,
  expression: withoutParentheses(row.definition),
  ...validityOf(row),
  ...(row.noInherit && { noInherit: true }),
  ...(row.inherited && { inherited: true }),
  ...commentOf(row),
  ...ofPartsIn(row),
});

/** What is not enforced is not valid either. */
export function validityOf({ valid, enforced }: any): Pick<CheckConstraint, 'notValid' | 'notEnforced'> {
  if (!enforced) return { notEnforced: true };
  return valid ? {} : { notValid: true };
}

const parseExclusion = (row: any): ExclusionConstraint => ({
  name: row.name,
  definition: row.definition.replace(/^EXCLUDE /, '').replace(/ DEFERRABLE(?: INITIALLY DEFERRED)?$/, ''),
  ...tablespaceOf(row),
  ...deferrableOf(row),
  ...commentOf(row),
  ...indexCommentOf(row),
  ...ofPartsIn(row),
});

export const rolesOf = (row: any): IndexRoles => ({
  ...(row.clustered && { clustered: true }),
  ...(row.replicaIdentity && { replicaIdentity: true }),
});

const commentOf = (row: any): { comment?: string } => (row.comment === null ? {} : { comment: row.comment });

const indexCommentOf = (row: any): { indexComment?: string } =>
  row.indexComment === null ? {} : { indexComment: row.indexComment };

export function deferrableOf(row: { readonly deferrable: boolean; readonly deferred: boolean }): {
  deferrable?: Deferrable;
} {
  if (!row.deferrable) return {};
  return { deferrable: row.deferred ? 'initially deferred' : 'initially immediate' };
}

/** `((a > 0) AND (b > 0))` → `(a > 0) AND (b > 0)`: the pair of parentheses that PostgreSQL puts around a whole expression. */
export function withoutParentheses(expression: string): string {
  if (!expression.startsWith('(') || !expression.endsWith(')')) return expression;
  const inside = expression.slice(1, -1);
  let depth = 1;
  for (const token of tokensOf(inside)) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (depth === 0) return expression;
  }
  return inside;
}
