import { isCode } from './entity-set.ts';

/** A value as source text; what is undefined is left out. */
export function literal(value: unknown): string {
  if (isCode(value)) return value.code;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([key, each]) => `${literalKey(key)}: ${literal(each)}`).join(', ')} }`;
}

/** The name of a property, quoted where it must be. */
export const literalKey = (key: string): string => (/^[a-zA-Z_]\w*$/.test(key) ? key : JSON.stringify(key));

/** The arguments of a call, without those that are undefined or empty. */
export const argumentsOf = (...values: readonly unknown[]): string =>
  values
    .filter(value => value !== undefined)
    .map(literal)
    .filter(text => text !== '{}')
    .join(', ');
