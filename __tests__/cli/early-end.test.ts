import { describe, expect, test } from '@jest/globals';
import { runCli, withDatabase } from '../support/index.ts';
import { ormconfig, revision, withProject } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const never = 'await new Promise(() => {});';

/** Code that ends the process, or leaves it with nothing to do, and what the sentence names. */
const cases = {
  'a revision that exits': { upgrade: 'process.exit(0);', says: /aa11\.mjs called process\.exit/ },
  'a revision that exits with another code': { upgrade: 'process.exit(3);', says: /aa11\.mjs called process\.exit/ },
  'a revision that exits after it has awaited something': {
    upgrade: `await op.execute('SELECT 1'); await new Promise(setImmediate); process.exit(0);`,
    says: /aa11\.mjs called process\.exit/,
  },
  'a revision that exits where it is loaded': { top: 'process.exit(0);', says: /aa11\.mjs called process\.exit/ },
  // Online, the connection to the server stays open, and with it the process: until it is interrupted.
  'a revision that waits for ever where it is loaded': {
    top: never,
    argvs: [['upgrade', '--sql']],
    says: /promise that nothing settles/,
  },
  'a configuration that exits': { config: 'process.exit(0);', says: /ormconfig\.mjs called process\.exit/ },
  'a configuration that waits for ever': { config: never, says: /promise that nothing settles/ },
  'frozen intrinsics': { options: '--frozen-intrinsics', says: /./ },
} as const;

interface Case {
  readonly upgrade?: string;
  readonly top?: string;
  readonly config?: string;
  readonly options?: string;
  readonly argvs?: readonly (readonly string[])[];
  readonly says: RegExp;
}

const both = [['upgrade'], ['upgrade', '--sql']];

const sentence = /^Error: [^\n]+\.$/;

describe('a command that does not come to its end says so', () => {
  test.each<[string, Case]>(shareOfToday(Object.entries(cases)))(
    '%s',
    (_, { upgrade = '', top = '', config = '', options, argvs = both, says }) =>
      withDatabase(async database => {
        const [[path, source] = ['', '']] = Object.entries(revision('aa11', 'one', { upgrade }));
        const files = { ...ormconfig(database.url, config), [path]: `${source}\n${top}` };
        await withProject(files, async ({ directory }) => {
          for (const argv of argvs) {
            const env = options === undefined ? {} : { NODE_OPTIONS: options };
            const { exitCode, stderr, stdout } = await runCli(argv, { cwd: directory, env });
            const last = stderr.trimEnd().split('\n').at(-1);
            expect([argv, exitCode, stdout]).toEqual([argv, 1, '']);
            expect(last).toMatch(sentence);
            expect(last).toMatch(says);
          }
        });
        expect(await database.query(`SELECT to_regclass('t_aa11') AS name`)).toEqual([{ name: null }]);
      }),
  );

  test('a revision that waits for ever, in a script', () =>
    withProject({ ...ormconfig(), ...revision('aa11', 'one', { upgrade: never }) }, async ({ directory }) => {
      const { exitCode, stderr } = await runCli(['upgrade', '--sql'], { cwd: directory });
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^Error: The upgrade of aa11 \(one\) failed in /)]);
      expect(stderr).toMatch(/awaits a promise that nothing settles/);
    }));
});
