import { MigrationError } from '../errors.ts';

/** A request that the revision history cannot answer, or files that make no history. */
export abstract class RevisionError extends MigrationError {
  /** Tells the errors apart in machine-readable output. */
  abstract readonly category: string;
}

/** The given names for a message; of many, the first few. */
export function listOf(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
}
