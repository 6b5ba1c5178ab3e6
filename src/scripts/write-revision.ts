import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { ResolvedConfig } from '../config.ts';
import { MigrationError } from '../errors.ts';
import { runPostWriteHooks } from './post-write-hooks.ts';
import { writeNewFile } from './write-new-file.ts';

/** A revision's file is there already. */
export class RevisionFileExistsError extends MigrationError {
  override readonly name = 'RevisionFileExistsError';
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists already and is not overwritten; give the revision another id or message.`);
    this.path = path;
  }
}

/** 12 hexadecimal digits, as Alembic's ids are. */
export const newRevisionId = (random: (bytes: number) => Uint8Array = randomBytes): string =>
  Buffer.from(random(6)).toString('hex');

/**
 * Writes a new revision's file, whole or not at all and never over another, and runs the post-write hooks on it.
 * Throws RevisionFileExistsError, or PostWriteHookError, after which the file is there all the same.
 */
export async function writeRevision(
  path: string,
  source: string,
  { postWriteHooks, directory }: Pick<ResolvedConfig, 'postWriteHooks' | 'directory'>,
): Promise<void> {
  if (!writeNewFile(path, source)) throw new RevisionFileExistsError(path);
  await runPostWriteHooks(postWriteHooks, path, directory ?? dirname(path));
}
