import type { ResolvedConfig } from '../config.ts';
import { ConfigurationError } from '../errors.ts';

const callbacks = ['compareType', 'compareServerDefault', 'includeName', 'includeObject'] as const;

/** A configuration whose filters must answer at once. */
export function answeringAtOnce(config: ResolvedConfig): ResolvedConfig {
  const checked = callbacks.flatMap(key => {
    const decide = config[key] as ((...question: unknown[]) => unknown) | boolean | undefined;
    return typeof decide === 'function'
      ? [[key, (...question: unknown[]) => atOnce(key, decide.apply(config, question))] as const]
      : [];
  });
  return { ...config, ...Object.fromEntries(checked) };
}

/** A promise would count as true, whatever it comes to. */
function atOnce<Answer>(key: keyof ResolvedConfig, answer: Answer): Answer {
  const { then } = Object(answer) as { readonly then?: unknown };
  if (typeof then !== 'function') return answer;
  throw new ConfigurationError(
    `The configuration's "${key}" gave a promise; expected true or false: it must answer without waiting.`,
  );
}
