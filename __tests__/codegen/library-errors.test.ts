import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { onDatabase, table } from '../runner/project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const program = fileURLToPath(new URL('./trouble-process.mjs', import.meta.url));

interface Trouble {
  /** What the shell sets before. */
  readonly limit?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** What the message of each call says. */
  readonly calls: Readonly<Record<string, RegExp>>;
}

const reading = ['upgrade', 'current', 'check', 'sql', 'heads', 'autogenerate', 'draftRevisions', 'singleHead'];
const testing = ['upgradeFromBase', 'migrationTest'];
const each = (names: readonly string[], says: RegExp) => Object.fromEntries(names.map(name => [name, says]));

const troubles: Readonly<Record<string, Trouble>> = {
  forbidden: {
    calls: each([...reading, ...testing, 'writeScript'], /EACCES\): permission is denied; give the user/),
  },
  files: {
    limit: 'ulimit -n 100',
    calls: {
      ...each([...reading, 'writeScript'], /EMFILE\): this process has too many files open; raise/),
      ...each(testing, /EMFILE/),
    },
  },
  size: {
    limit: 'ulimit -f 8',
    calls: { writeLarge: /\w+_x{30,}\.\w+ could not be written \(EFBIG\): it would be larger .*raise the limit/ },
  },
  compiler: {
    environment: { TYPEORM_ALEMBIC_COMPILER: 'typescript' },
    calls: {
      ...each(['renderRevision', 'writeScript'], /^The package ts-morph, .* is not installed: run `npm install`/),
      ...each(
        ['upgrade', 'sql', ...testing],
        /b1\.ts is TypeScript, and this process has no compiler .* `revisions: \[\.\.\.\]`/,
      ),
    },
  },
};

interface Seen {
  readonly name: string;
  readonly message: string;
  readonly isOurs: boolean;
}

/** @returns what the calls of the library throw in a process that is in trouble */
function seenIn(trouble: string, url: string, directory: string): Readonly<Record<string, Seen>> {
  const { limit = ':', environment, calls } = troubles[trouble]!;
  const argv = [process.execPath, '--no-warnings', program, trouble, Object.keys(calls).join(), url, directory];
  const { stdout, stderr } = spawnSync('sh', ['-c', `${limit}; exec "$@"`, 'sh', ...argv], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  try {
    return JSON.parse(stdout) as Readonly<Record<string, Seen>>;
  } catch {
    throw new Error(`The process for ${trouble} failed: ${stderr || stdout}`);
  }
}

describe('whatever the library meets is a sentence of its own, and nothing is left half written', () => {
  test.each(shareOfToday(Object.keys(troubles)))('%s', trouble =>
    onDatabase(async (database, { directory, write }) => {
      await write(table('a1'));
      writeFileSync(
        join(directory, 'b1.ts'),
        `export const revision: string = 'b1'; export const downRevision: string = 'a1';
         export async function upgrade(): Promise<void> {} export async function downgrade(): Promise<void> {}`,
      );
      if (trouble === 'forbidden') chmodSync(directory, 0o700);
      const before = readdirSync(directory);
      const seen = seenIn(trouble, database.url, directory);
      const raw = Object.entries(troubles[trouble]!.calls).flatMap(([call, says]) => {
        const { name, message, isOurs } = seen[call]!;
        const isSentence = isOurs && says.test(message) && /^[^\n]+\.$/.test(message);
        return isSentence ? [] : [`${call}: ${name}: ${message}`];
      });
      expect(raw).toEqual([]);
      expect(readdirSync(directory)).toEqual(before);
      expect(await database.query(`SELECT to_regclass('alembic_version') AS versions`)).toEqual([{ versions: null }]);
    })(),
  );
});
