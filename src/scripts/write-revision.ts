import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ResolvedConfig } from '../config.ts';
import { MigrationError } from '../errors.ts';
import { runPostWriteHooks } from './post-write-hooks.ts';

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
  mkdirSync(dirname(path), { recursive: true });
  writeExclusively(path, source);
  await runPostWriteHooks(postWriteHooks, path, directory ?? dirname(path));
}

/** A link is made in one step and fails where the name is taken; the draft's own name begins with a dot, so nobody reads it. */
function writeExclusively(path: string, source: string): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.draft`);
  writeFileSync(draft, source);
  try {
    linkSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new RevisionFileExistsError(path);
    writeWithoutLinks(path, source);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** File systems without hard links still refuse to create what exists. */
function writeWithoutLinks(path: string, source: string): void {
  try {
    writeFileSync(path, source, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new RevisionFileExistsError(path);
    throw error;
  }
}
