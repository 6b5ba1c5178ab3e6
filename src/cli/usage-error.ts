import { MigrationError } from '../errors.ts';

/** A command line that asks for something that is not there. */
export class UsageError extends MigrationError {
  override readonly name = 'UsageError';
  readonly suggestions: readonly string[];

  constructor(message: string, suggestions: readonly string[] = []) {
    super(message);
    this.suggestions = suggestions;
  }
}

/** `did you mean 'upgrade' or 'update'?`, or the advice where nothing is near. */
export const adviceOn = (suggestions: readonly string[], otherwise: string): string =>
  suggestions.length === 0 ? otherwise : `did you mean ${suggestions.map(name => `\`${name}\``).join(' or ')}?`;
