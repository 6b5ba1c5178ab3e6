import { jsonSafe } from '../terminal-text.ts';

/** A document for standard output. */
export const jsonText = (value: unknown): string => `${jsonSafe(JSON.stringify(value, plainly, 2))}\n`;

/** Replaces what JSON has no words for. */
export function plainly(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value;
}
