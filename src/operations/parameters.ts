import { list, type Form, type Problem } from '../objects/form.ts';
import { OperationArgumentError } from '../objects/operation-argument-error.ts';
import { lexemesOf, statementsIn } from '../sql/lexer.ts';
import { jsonText } from '../sql/literal.ts';

/**
 * The parameters of a text of somebody's own: a list with a value for each of `$1`, `$2` … in it.
 * @throws OperationArgumentError
 */
export function checkedParameters(operation: string, sql: string, given: unknown): readonly unknown[] | undefined {
  const problem = problemOf(placesIn(sql), given);
  if (!problem) return given as readonly unknown[] | undefined;
  throw new OperationArgumentError(operation, { ...problem, path: ['parameters', ...problem.path] });
}

function problemOf(places: number, given: unknown): Problem | undefined {
  if (given === undefined && places === 0) return undefined;
  const expected =
    places === 1 ? 'a list of one value, for $1' : `a list of ${places} values, one for each $n of the text`;
  // A value may be a secret, and a message is logged.
  if (!Array.isArray(given)) return { type: 'wrong', path: [], found: given, shown: kindOf(given), expected };
  if (given.length !== places)
    return { type: 'wrong', path: [], found: given, shown: `${given.length || 'none'}`, expected };
  return list(parameter).problemOf(given);
}

const kindOf = (value: unknown): string => (value === null ? 'null' : `a value of type ${typeof value}`);

/** The highest `$n` that stands for a parameter: in the body of a function, and in PREPARE, it is an argument. */
function placesIn(sql: string): number {
  if (!/\$\d/.test(sql)) return 0;
  const numbers = statementsIn(sql)
    .filter(({ words }) => !hasOwnArguments.test(words))
    .flatMap(statement => lexemesOf(statement.sql))
    .map(lexeme => Number(/^\$(\d+)$/.exec(lexeme)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

const hasOwnArguments = /^(CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)|PREPARE|EXPLAIN)\b/;

/** What PostgreSQL can be given as a value. */
export const parameter: Form<unknown> = valueForm(JSON.stringify);

/** The same where lists become JSON, in which large integers are text. */
export const insertable: Form<unknown> = {
  problemOf: value => (Array.isArray(value) ? valueForm(jsonText).problemOf(value) : parameter.problemOf(value)),
};

function valueForm(write: (value: object) => unknown): Form<unknown> {
  const form: Form<unknown> = {
    problemOf(value) {
      if (Array.isArray(value)) return list(form).problemOf(value);
      const found = flawOf(value, write);
      return found === undefined
        ? undefined
        : { type: 'wrong', path: [], found: value, shown: found, expected: 'a value that SQL can express' };
    },
  };
  return form;
}

function flawOf(value: unknown, write: (value: object) => unknown): string | undefined {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : undefined;
  try {
    write(value);
    return undefined;
  } catch {
    return 'an object that JSON cannot express';
  }
}
