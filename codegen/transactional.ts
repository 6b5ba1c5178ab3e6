import { statementsOf, type Operation, type Registry } from '../src/objects/kinds.ts';
import { quoteText } from '../src/sql/literal.ts';
import type { Transactional } from '../src/scripts/revision-file.ts';
import { isCall, type AnyRevisionScript } from './revision-script.ts';

/** Which directions of a revision can be one transaction: PostgreSQL demands a commit between operations of the others. */
export function transactionalOf({
  upgrade,
  downgrade,
  kinds,
}: Pick<AnyRevisionScript, 'upgrade' | 'downgrade' | 'kinds'>): Transactional {
  const [up, down] = [upgrade, downgrade].map(
    operations =>
      !mustCommitBetween(
        operations.filter(operation => !isCall(operation)),
        kinds,
      ),
  );
  return up === down ? up! : up ? 'upgrade' : 'downgrade';
}

function mustCommitBetween(operations: readonly Operation[], kinds: Registry | undefined): boolean {
  return (
    operations.some(operation => statementsOf(operation, kinds).some(({ transactional }) => !transactional)) ||
    usesNewLabel(operations, kinds)
  );
}

/**
 * A label that was added to an enum cannot be used before it is committed.
 * @see https://www.postgresql.org/docs/current/sql-altertype.html#id-1.9.3.42.7
 */
function usesNewLabel(operations: readonly Operation[], kinds: Registry | undefined): boolean {
  const labels = operations.flatMap(operation => (operation.op === 'addEnumValue' ? [quoteText(operation.value)] : []));
  if (labels.length === 0) return false;
  const others = operations
    .filter(({ op }) => op !== 'addEnumValue')
    .flatMap(operation => statementsOf(operation, kinds).map(({ sql }) => sql));
  return labels.some(label => others.some(sql => sql.includes(label)));
}
