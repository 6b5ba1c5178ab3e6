import { MigrationError } from '../errors.ts';
import { nearestName } from '../suggestions.ts';
import type { CallOptions, PlanOptions, RunnerOptions, RunOptions, StampOptions } from './runner.ts';

/** A function of the library, or a method of a runner, was called without what it needs, or with an option that it does not have. */
export class RunnerCallError extends MigrationError {
  override readonly name = 'RunnerCallError';
  readonly method: string;

  constructor(method: string, problem: string) {
    super(`${method}() ${problem}`);
    this.method = method;
  }
}

/** The names of all options of a function. */
export type Known<Options> = Readonly<Record<keyof Required<Options>, true>>;

export const runnerOptions: Known<RunnerOptions> = { directory: true, logger: true, signal: true, revisions: true };
export const callOptions: Known<CallOptions> = { signal: true };
export const runOptions: Known<RunOptions> = { ...callOptions, x: true, tag: true, dryRun: true, lockWait: true };
export const planOptions: Known<PlanOptions> = { ...callOptions, x: true, tag: true, direction: true };
export const scriptOptions: Known<Omit<PlanOptions, 'direction'>> = { ...callOptions, x: true, tag: true };
export const stampOptions: Known<StampOptions> = { ...callOptions, lockWait: true, purge: true };

/** For JavaScript. Throws RunnerCallError for an option that the method does not have. */
export function checkOptions(method: string, options: unknown, known: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new RunnerCallError(method, `was given ${JSON.stringify(options)} for its options; give an object.`);
  const unknown = Object.keys(options).find(key => !Object.hasOwn(known, key));
  if (unknown === undefined) return;
  const names = Object.keys(known);
  const meant = nearestName(unknown, names);
  const advice = meant === undefined ? `expected one of ${names.join(', ')}.` : `did you mean "${meant}"?`;
  throw new RunnerCallError(method, `was given an unknown option "${unknown}"; ${advice}`);
}

/** For JavaScript. Throws RunnerCallError where a target is missing or no text. */
export function checkTargets(method: string, targets: unknown, example: string): void {
  const list: readonly unknown[] = Array.isArray(targets) ? targets : [targets];
  if (list.length > 0 && list.every(target => typeof target === 'string')) return;
  const found =
    targets === undefined ? 'was called without a target' : `was given ${JSON.stringify(targets)} as target`;
  throw new RunnerCallError(method, `${found}; give one, as in ${example}.`);
}
