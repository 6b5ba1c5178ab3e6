import { createHash } from 'node:crypto';

/** Names an operation in the journal by all that decides what it does. */
export const digestOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts, plain)).digest('hex').slice(0, 16);

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/**
 * Tells of each operation, asked in the order of a revision, whether the journal has it: an operation that the revision
 * repeats is done as often as the journal holds it.
 */
export function doneIn(journal: readonly string[]): (...parts: readonly unknown[]) => boolean {
  const left = [...journal];
  return (...parts) => {
    const place = left.indexOf(digestOf(...parts));
    if (place >= 0) left.splice(place, 1);
    return place >= 0;
  };
}
