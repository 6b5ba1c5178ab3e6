import { readFileSync } from 'node:fs';
import type { RevisionFile } from '../scripts/revision-file.ts';

/** For each revision that stands for migrations of TypeORM's, their names. */
export type Represented = ReadonlyMap<string, readonly string[]>;

/** Read from the revisions' sources, compiled or not: running them would do more than they say. */
export const readRepresented = (files: Iterable<RevisionFile>): Represented =>
  new Map(
    [...files]
      .map(file => [file.revision, migrationsIn(sourceOf(file))] as const)
      .filter(([, names]) => names.length > 0),
  );

/** Of a module, what is left of it in its exports. */
const sourceOf = ({ path, exports }: RevisionFile): string =>
  exports
    ? `replaces = ${JSON.stringify(exports['replaces'] ?? [])};\n${String(exports['upgrade'])}`
    : readFileSync(path, 'utf8');

/** The migrations that a source runs by name, or says to replace. */
export function migrationsIn(source: string): readonly string[] {
  const run = [...source.matchAll(/\brunMigration\(\s*(['"`])(.+?)\1/g)].map(([, , name]) => name!);
  const list = /\breplaces\b[^=;[]*(?::\s*string\[\]\s*)?=\s*\[([^\]]*)\]/.exec(source)?.[1] ?? '';
  const replaced = [...list.matchAll(/(['"`])(.+?)\1/g)].map(([, , name]) => name!);
  return [...new Set([...run, ...replaced])];
}
