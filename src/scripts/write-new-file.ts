import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file that is not there yet, and the folders it lies in: whole or not at all, also where the disk is full.
 * @returns false where something of that name is there, which is left as it is
 * @throws Node's error, with the path of the file
 */
export function writeNewFile(path: string, text: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return linkDraft(path, text);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // A folder that cannot be made has a name of its own; a draft's means nothing to anybody.
    throw syscall === 'mkdir' || code === undefined ? error : Object.assign(error as Error, { path });
  }
}

/** A link is made in one step and fails where the name is taken; the draft's own name begins with a dot, so nobody reads it. */
function linkDraft(path: string, text: string): boolean {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.draft`);
  try {
    writeFileSync(draft, text);
    linkSync(draft, path);
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'link') throw error;
    return code !== 'EEXIST' && writeWithoutLinks(path, text);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** File systems without hard links still refuse to create what exists. */
function writeWithoutLinks(path: string, text: string): boolean {
  try {
    writeFileSync(path, '', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(path, text);
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}
