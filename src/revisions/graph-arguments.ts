import { anObject, type Argument, aText, checkArgument, oneOf } from '../call-arguments.ts';
import { assertNoRange, type Course } from './offline.ts';

/** Whether a target is read as for a SQL script, where it may be `start:end`. */
export interface PathOptions {
  readonly offline?: boolean | undefined;
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

export const someHeaders: Argument = { expected: 'a list of headers', holds: isIterable };

const isText = (value: unknown): boolean => typeof value === 'string';
const names: Argument = {
  expected: 'the name of a revision, or a list of names',
  holds: value => isText(value) || (Array.isArray(value) && Array.from<unknown>(value).every(isText)),
};
const someIds: Argument = {
  expected: 'a list of ids, as the version table holds them',
  holds: (value: readonly unknown[]) => Array.isArray(value) && value.every(isText),
};

/**
 * For JavaScript: the arguments of a method of the graph, checked.
 * @throws RunnerCallError
 */
export const argumentsOf = (method: string) => ({
  /** A text is a list of letters to JavaScript, and no list of ids. */
  ids(name: string, value: Iterable<string>): string[] {
    const list = isIterable(value) ? [...value] : value;
    checkArgument(method, name, list, someIds);
    return list as string[];
  },
  text: (name: string, value: unknown): void => checkArgument(method, name, value, aText),
  names: (name: string, value: unknown): void => checkArgument(method, name, value, names),
  options: (value: unknown): void => checkArgument(method, 'options', value, anObject),
  step(value: unknown): void {
    checkArgument(method, 'step', value, anObject);
    const { revision, direction } = value as { readonly revision?: unknown; readonly direction?: unknown };
    checkArgument(method, 'step.revision', revision, aText);
    checkArgument(method, 'step.direction', direction, oneOf('upgrade', 'downgrade'));
  },
});

export function pathArguments(
  method: string,
  heads: Iterable<string>,
  target: string,
  options: PathOptions = {},
): string[] {
  const given = argumentsOf(method);
  given.text('target', target);
  given.options(options);
  return given.ids('currentHeads', heads);
}

export function online(currentHeads: Iterable<string>, target: string): Course {
  assertNoRange(target);
  return { heads: [...currentHeads], target };
}
