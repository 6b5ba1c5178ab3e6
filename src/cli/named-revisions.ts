import { MigrationError } from '../errors.ts';
import type { Context } from './context.ts';

/** A name that stands for no revision, where one is needed. */
export class NoRevisionError extends MigrationError {
  override readonly name = 'NoRevisionError';
  readonly target: string;

  constructor(target: string) {
    super(
      target === 'current'
        ? 'The database is at no revision; expected at least one: run `upgrade`, or name a revision.'
        : `"${target}" stands for no revision; expected an id, or a name such as \`head\`: see \`history\`.`,
    );
    this.target = target;
  }
}

/** What the database is at is in newer code only. */
export class NewerRevisionError extends MigrationError {
  override readonly name = 'NewerRevisionError';
  readonly revisions: readonly string[];

  constructor(revisions: readonly string[]) {
    super(
      `The database is at ${revisions.join(', ')}, which newer code has and this code does not; run this with the newer code, or name a revision of this code: see \`history\`.`,
    );
    this.revisions = revisions;
  }
}

/**
 * The ids a name stands for, at least one; `current` asks the database.
 * @throws NoRevisionError, NewerRevisionError
 */
export async function revisionsNamed(context: Context, name: string): Promise<readonly string[]> {
  const { graph } = await context.revisions();
  const ids = name === 'current' ? await (await context.runner()).current() : graph.resolve(name);
  if (ids.length === 0) throw new NoRevisionError(name);
  const unknown = ids.filter(id => !graph.has(id));
  if (unknown.length > 0) throw new NewerRevisionError(unknown);
  return ids;
}
