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

/** The ids a name stands for, at least one; `current` asks the database. */
export async function revisionsNamed(context: Context, name: string): Promise<readonly string[]> {
  const { graph } = await context.revisions();
  const ids = name === 'current' ? await (await context.runner()).current() : graph.resolve(name);
  if (ids.length === 0) throw new NoRevisionError(name);
  return ids;
}
