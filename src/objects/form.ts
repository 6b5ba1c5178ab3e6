/**
 * What the data given to an operation may look like: which keys it has, which of them it needs, and what their values
 * are. TypeScript says the same where a project checks the types of its revisions; a form also says it when they run.
 */
export interface Form<in out Value> {
  /** What is wrong with a value, and where in it; undefined where nothing is. */
  problemOf(value: unknown): Problem | undefined;
  /** Never there: it makes `Form<true>` and `Form<boolean>` different types. */
  readonly of?: (value: Value) => Value;
}

/** Something that does not fit a form. */
export type Problem = {
  /** Keys and positions from the outside in. */
  readonly path: readonly (string | number)[];
} & (
  | { readonly type: 'unknown'; readonly key: string; readonly known: readonly string[] }
  /** `shown`: what a message says of the value, where that is not the value itself. */
  | { readonly type: 'wrong'; readonly found: unknown; readonly shown?: string; readonly expected: string }
);

/** A key that may be left out. */
export interface Optional<in out Value> {
  readonly optional: Form<Value>;
}

/** A form for each key, `optional` exactly where the type says so: what is missing or too much does not compile. */
export type Fields<Value> = {
  readonly [Key in Extract<keyof Value, string>]-?: object extends Pick<Value, Key>
    ? Optional<Exclude<Value[Key], undefined>>
    : Form<Value[Key]>;
};

const formOf = <Value>(expected: string, holds: (value: unknown) => boolean): Form<Value> => ({
  problemOf: found => (holds(found) ? undefined : { type: 'wrong', path: [], found, expected }),
});

export const text: Form<string> = formOf('text', value => typeof value === 'string');
export const flag: Form<boolean> = formOf('true or false', value => typeof value === 'boolean');
/** For what is `true` or left out; `false` says the same as leaving it out. */
export const mark: Form<true> = flag as unknown as Form<true>;
export const nothing: Form<null> = formOf('null', value => value === null);
export const number: Form<number> = formOf('a number', value => typeof value === 'number' && Number.isFinite(value));

export const word = <const Words extends readonly string[]>(...words: Words): Form<Words[number]> =>
  formOf(`one of ${words.map(each => JSON.stringify(each)).join(', ')}`, value =>
    (words as readonly unknown[]).includes(value),
  );

export const optional = <Value>(form: Form<Value>): Optional<Value> => ({ optional: form });

export const orNull = <Value>(form: Form<Value>): Form<Value | null> => ({
  problemOf: value => (value === null ? undefined : form.problemOf(value)),
});

/** What fits any of two forms; of a value that fits neither, the second one's problem is told. */
export const either = <One, Other>(one: Form<One>, other: Form<Other>): Form<One | Other> => ({
  problemOf: value => one.problemOf(value) && other.problemOf(value),
});

export const list = <Value>(form: Form<Value>): Form<readonly Value[]> => ({
  problemOf(value) {
    if (!Array.isArray(value)) return { type: 'wrong', path: [], found: value, expected: 'a list' };
    return firstOf(value.entries(), ([position, each]) => within(position, form.problemOf(each)));
  },
});

/** Values by names that are the user's own, such as those of columns. */
export const byName = <Value>(form: Form<Value>): Form<Readonly<Record<string, Value>>> => ({
  problemOf: value =>
    notRecord(value) ?? firstOf(Object.entries(value as object), ([key, each]) => within(key, form.problemOf(each))),
});

export const anything: Form<unknown> = { problemOf: () => undefined };

export const object: Form<object> = { problemOf: value => notRecord(value) };

/** @param anyOf keys of which at least one must be there */
export function record<Value>(
  fields: NoInfer<Fields<Value>>,
  anyOf: readonly NoInfer<Extract<keyof Value, string>>[] = [],
): Form<Value> {
  const forms = new Map<string, Form<unknown> | Optional<unknown>>(Object.entries(fields));
  const known = [...forms.keys()];
  const missing = (value: Readonly<Record<string, unknown>>): Problem | undefined =>
    anyOf.length === 0 || anyOf.some(key => value[key] !== undefined)
      ? undefined
      : { type: 'wrong', path: [], found: value, expected: `at least one of ${anyOf.join(', ')}` };
  const fieldProblem = (value: Readonly<Record<string, unknown>>, key: string): Problem | undefined => {
    const field = forms.get(key)!;
    if (!('optional' in field)) return within(key, field.problemOf(value[key]));
    return value[key] === undefined ? undefined : within(key, field.optional.problemOf(value[key]));
  };
  return {
    problemOf(given) {
      const problem = notRecord(given);
      if (problem) return problem;
      const value = given as Readonly<Record<string, unknown>>;
      const unknown = Object.keys(value).find(key => !forms.has(key));
      if (unknown !== undefined) return { type: 'unknown', path: [], key: unknown, known };
      return firstOf(known, key => fieldProblem(value, key)) ?? missing(value);
    },
  };
}

const notRecord = (found: unknown): Problem | undefined =>
  typeof found === 'object' && found !== null && !Array.isArray(found)
    ? undefined
    : { type: 'wrong', path: [], found, expected: 'an object' };

const within = (step: string | number, problem: Problem | undefined): Problem | undefined =>
  problem && { ...problem, path: [step, ...problem.path] };

function firstOf<Item>(items: Iterable<Item>, problemOf: (item: Item) => Problem | undefined): Problem | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem) return problem;
  }
  return undefined;
}
