import type { ResolvedConfig } from '../config.ts';
import { ConfigurationError, MigrationError } from '../errors.ts';
import { reasonOf } from '../scripts/load-module.ts';

const filters = ['includeName', 'includeObject'] as const;
const comparisons = ['compareType', 'compareServerDefault'] as const;

/** A configuration whose callbacks answer at once, and its filters with something. What they throw names them. */
export function answeringAtOnce(config: ResolvedConfig): ResolvedConfig {
  const checked = [...filters, ...comparisons].flatMap(key => {
    const decide = config[key] as ((...question: unknown[]) => unknown) | boolean | undefined;
    return typeof decide === 'function'
      ? [[key, (...question: unknown[]) => answerOf(key, () => decide.apply(config, question))] as const]
      : [];
  });
  return { ...config, ...Object.fromEntries(checked) };
}

function answerOf(key: string, ask: () => unknown): unknown {
  const answer = answered(key, ask);
  const { then } = Object(answer) as { readonly then?: unknown };
  // A promise would count as true, whatever it comes to.
  if (typeof then === 'function') {
    Promise.resolve(answer).catch(() => {});
    throw unusable(key, 'gave a promise; expected true or false: it must answer without waiting');
  }
  if (filters.some(filter => filter === key) && (answer === undefined || answer === null))
    throw unusable(key, `gave ${String(answer)}; expected true or false for whatever it is asked about`);
  return answer;
}

function answered(key: string, ask: () => unknown): unknown {
  try {
    return ask();
  } catch (error) {
    if (MigrationError.is(error)) throw error;
    throw unusable(key, `failed: ${reasonOf(error)}`, error);
  }
}

const unusable = (key: string, problem: string, cause?: unknown): ConfigurationError =>
  new ConfigurationError(`The configuration's "${key}" ${problem}.`, cause === undefined ? undefined : { cause });
