import { statementsOf, type Operation, type Registry } from '../src/objects/kinds.ts';
import type { Transactional } from '../src/scripts/revision-file.ts';
import { usesNewLabel } from './new-labels.ts';
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
