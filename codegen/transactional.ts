import { statementsOf, type Operation, type Registry } from '../src/objects/kinds.ts';
import type { Transactional } from '../src/config.ts';
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

/** Why the directions that are not one transaction cannot be, and what that means, a line for each. */
export function transactionalComments(script: Pick<AnyRevisionScript, 'upgrade' | 'downgrade' | 'kinds'>): string[] {
  return (['upgrade', 'downgrade'] as const).flatMap(direction => {
    const operations = script[direction].filter(operation => !isCall(operation));
    const reason = commitReason(operations, script.kinds);
    if (reason === undefined) return [];
    return [
      `The ${direction} is not one transaction: ${reason}.`,
      `It commits statement by statement: if it fails, what is done stays, and the next \`${direction}\` resumes there.`,
    ];
  });
}

function commitReason(operations: readonly Operation[], kinds: Registry | undefined): string | undefined {
  const outside = operations.find(each => statementsOf(each, kinds).some(({ transactional }) => !transactional));
  if (outside) return `PostgreSQL does not run ${outside.op} ${subjectOf(outside)}inside one`;
  return usesNewLabel(operations, kinds)
    ? 'PostgreSQL lets an enum value that addEnumValue adds be used only after a commit'
    : undefined;
}

const subjectOf = (operation: Operation): string => {
  const { name } = operation as { readonly name?: unknown };
  return typeof name === 'string' ? `of ${name} ` : '';
};

function mustCommitBetween(operations: readonly Operation[], kinds: Registry | undefined): boolean {
  return (
    operations.some(operation => statementsOf(operation, kinds).some(({ transactional }) => !transactional)) ||
    usesNewLabel(operations, kinds)
  );
}
