import { MigrationError, shownValue } from '../errors.ts';
import { nearestTo } from '../suggestions.ts';
import type { Form, Problem } from './form.ts';

/** An operation was given a key it does not know, or a value it cannot use. */
export class OperationArgumentError extends MigrationError {
  override readonly name = 'OperationArgumentError';
  readonly operation: string;
  /** The key that is wrong, missing or unknown, such as `columns[1].defualt`. */
  readonly key: string;

  constructor(operation: string, problem: Problem) {
    const key = keyOf(problem.type === 'unknown' ? [...problem.path, problem.key] : problem.path);
    super(problem.type === 'unknown' ? unknownKey(operation, key, problem) : wrongValue(operation, key, problem));
    this.operation = operation;
    this.key = key;
  }
}

/**
 * The payload of an operation, when it is what the operation takes.
 * @throws OperationArgumentError
 */
export function checked<Value>(operation: string, payload: Value, form: Form<Value> | undefined): Value {
  const problem = form?.problemOf(payload);
  if (problem) throw new OperationArgumentError(operation, problem);
  return payload;
}

/** `columns[1].default` */
const keyOf = (path: Problem['path']): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');

type ProblemOf<Type extends Problem['type']> = Extract<Problem, { readonly type: Type }>;

function unknownKey(operation: string, key: string, { key: mistyped, known }: ProblemOf<'unknown'>): string {
  const [nearest] = nearestTo(mistyped.toLowerCase(), known);
  const advice = nearest === undefined ? `use one of ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return `op.${operation} has no key "${key}": ${advice}${nearest === undefined ? '.' : ''}`;
}

function wrongValue(
  operation: string,
  key: string,
  { found, expected, shown = shownValue(found) }: ProblemOf<'wrong'>,
): string {
  if (key === '') return `op.${operation} needs ${expected}, and was given ${shown}: see its documentation.`;
  return found === undefined
    ? `op.${operation} needs "${key}", which is missing: give ${expected}.`
    : `op.${operation} needs ${expected} for "${key}", and was given ${shown}.`;
}
