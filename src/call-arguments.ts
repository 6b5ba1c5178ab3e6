import { isDuration } from './duration.ts';
import { MigrationError, reading, shownValue } from './errors.ts';
import { nearestName } from './suggestions.ts';

/** A function of the library, or a method of a runner, was called without what it needs, or with an option that it does not have. */
export class RunnerCallError extends MigrationError {
  override readonly name = 'RunnerCallError';
  readonly method: string;

  constructor(method: string, problem: string) {
    super(`${method}() ${problem}`);
    this.method = method;
  }
}

/** What an argument may be, and how a message says so. */
export interface Argument {
  readonly expected: string;
  holds(value: any): boolean;
}

const isObject = (value: unknown): value is Record<string, any> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isMap = (value: unknown): boolean => isObject(value) && typeof value['get'] === 'function';

export const aText: Argument = { expected: 'text', holds: value => typeof value === 'string' };
export const aFunction: Argument = { expected: 'a function', holds: value => typeof value === 'function' };
export const anObject: Argument = { expected: 'an object', holds: isObject };
export const aList: Argument = { expected: 'a list', holds: Array.isArray };
export const aMap: Argument = { expected: 'a Map', holds: isMap };
/** By what it can do: the class may come from another copy of TypeORM. */
export const aDataSource: Argument = {
  expected: "a DataSource of TypeORM's, as `new DataSource({ … })` makes it",
  holds: value => isObject(value) && isObject(value['options']) && typeof value['createQueryRunner'] === 'function',
};
export const aConnection: Argument = {
  expected: 'a connection, such as an initialized DataSource or a QueryRunner',
  holds: value => isObject(value) && typeof value['query'] === 'function' && value['isInitialized'] !== false,
};
export const aSchema: Argument = {
  expected: 'a schema, as `introspect` or `targetSchema` gives it',
  holds: value => isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isMap),
};
export const oneOf = (...words: readonly string[]): Argument => ({
  expected: `one of ${words.map(word => JSON.stringify(word)).join(', ')}`,
  holds: value => words.includes(value),
});

/** What options of these names are, whatever function has them. */
const optionValues: Readonly<Record<string, Argument>> = {
  signal: {
    expected: 'an AbortSignal',
    holds: value => isObject(value) && typeof value['addEventListener'] === 'function',
  },
  lockWait: { expected: 'milliseconds, or text such as "5s" or "10min"', holds: isDuration },
  x: anObject,
  tag: aText,
  message: aText,
  dryRun: { expected: 'true or false', holds: value => typeof value === 'boolean' },
  purge: { expected: 'true or false', holds: value => typeof value === 'boolean' },
  direction: oneOf('upgrade', 'downgrade'),
};

/** For JavaScript. Throws RunnerCallError where an argument is not what the function takes. */
export function checkArgument(method: string, name: string, value: unknown, { expected, holds }: Argument): void {
  const isUsable = reading(
    () => holds(value) as boolean,
    reason => new RunnerCallError(method, `was given something as ${name} that cannot be read (${reason}).`),
  );
  if (!isUsable) throw new RunnerCallError(method, `was given ${shownValue(value)} as ${name}; expected ${expected}.`);
}

/** For JavaScript. Throws RunnerCallError for an option that the method does not have, or that is no such value. */
export const checkOptions = (method: string, options: unknown, known: Readonly<Record<string, true>>): void =>
  reading(
    () => checkEach(method, options, known),
    reason => new RunnerCallError(method, `was given options that cannot be read (${reason}); give a plain object.`),
  );

function checkEach(method: string, options: unknown, known: Readonly<Record<string, true>>): void {
  if (!isObject(options))
    throw new RunnerCallError(method, `was given ${shownValue(options)} for its options; give an object.`);
  const unknown = Object.keys(options).find(key => !Object.hasOwn(known, key));
  if (unknown !== undefined) throw new RunnerCallError(method, unknownOption(unknown, Object.keys(known)));
  for (const [name, argument] of Object.entries(optionValues)) {
    if (Object.hasOwn(known, name) && options[name] !== undefined)
      checkArgument(method, `option "${name}"`, options[name], argument);
  }
}

function unknownOption(given: string, names: readonly string[]): string {
  const meant = nearestName(given, names);
  const advice = meant === undefined ? `expected one of ${names.join(', ')}.` : `did you mean "${meant}"?`;
  return `was given an unknown option "${given}"; ${advice}`;
}

/** For JavaScript. Throws RunnerCallError where a target is missing or no text. */
export function checkTargets(method: string, targets: unknown, example: string): void {
  const list: readonly unknown[] = Array.isArray(targets) ? Array.from<unknown>(targets) : [targets];
  if (list.length > 0 && list.every(target => typeof target === 'string')) return;
  const found = targets === undefined ? 'was called without a target' : `was given ${shownValue(targets)} as target`;
  throw new RunnerCallError(method, `${found}; give one, as in ${example}.`);
}
