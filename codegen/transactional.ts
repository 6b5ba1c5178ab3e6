import { statementsOf, type Operation } from '../src/objects/kinds.ts';
import { quoteText } from '../src/sql/literal.ts';
import { isCall, type AnyRevisionScript } from './revision-script.ts';

/** False where PostgreSQL demands that a revision is committed operation by operation. */
export const isTransactional = ({ upgrade, downgrade }: Pick<AnyRevisionScript, 'upgrade' | 'downgrade'>): boolean =>
  [upgrade, downgrade].every(operations => !mustCommitBetween(operations.filter(operation => !isCall(operation))));

function mustCommitBetween(operations: readonly Operation[]): boolean {
  return (
    operations.some(operation => statementsOf(operation).some(({ transactional }) => !transactional)) ||
    usesNewLabel(operations)
  );
}

/**
 * A label that was added to an enum cannot be used before it is committed.
 * @see https://www.postgresql.org/docs/current/sql-altertype.html#id-1.9.3.42.7
 */
function usesNewLabel(operations: readonly Operation[]): boolean {
  const labels = operations.flatMap(operation => (operation.op === 'addEnumValue' ? [quoteText(operation.value)] : []));
  if (labels.length === 0) return false;
  const others = operations
    .filter(({ op }) => op !== 'addEnumValue')
    .flatMap(operation => statementsOf(operation).map(({ sql }) => sql));
  return labels.some(label => others.some(sql => sql.includes(label)));
}
