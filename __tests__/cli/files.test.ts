import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { branchedHistory, ormconfig, type Project, revision, withProject } from './project.ts';

const branched = <Result>(work: (project: Project) => Promise<Result>) =>
  withProject({ ...ormconfig(), ...branchedHistory }, work);

const lines = (text: string): string[] => text.split('\n').filter(line => line !== '');

describe('heads', () => {
  test('lists the ends of the branches as Alembic does', () =>
    branched(async ({ run }) => {
      expect(await run('heads')).toEqual({
        exitCode: 0,
        stdout: 'ee55 (reports) (effective head)\nff66 (billing) (head)\n',
        stderr: '',
      });
    }));

  test('leaves out what others depend on', () =>
    branched(async ({ run }) => {
      expect((await run('heads', '--resolve-dependencies')).stdout).toBe('ff66 (billing) (head)\n');
    }));

  test('says all at length', () =>
    branched(async ({ run, directory }) => {
      expect((await run('heads', '-v', '--resolve-dependencies')).stdout).toBe(`Rev: ff66 (head)
Parent: dd44
Also depends on: ee55
Branch names: billing
Path: ${join(directory, 'migrations/ff66.mjs')}

    report on billing

    Revision ID: ff66

`);
    }));

  test('prints nothing where there are no revisions, and are meant to be none', () =>
    withProject(ormconfig(undefined, 'migrations = { allowNoRevisions: true };'), async ({ run }) => {
      expect(await run('heads')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    }));
});

describe('history', () => {
  test('lists revisions newest first, in lines as Alembic prints them', () =>
    branched(async ({ run }) => {
      expect(lines((await run('history')).stdout)).toEqual([
        'dd44 (ee55) -> ff66 (billing) (head), report on billing',
        'bb22, cc33 -> dd44 (billing) (mergepoint), join billing and support',
        'aa11 -> bb22 (billing), add billing',
        'aa11 -> cc33, add support',
        '<base> -> ee55 (reports) (effective head), start reports',
        '<base> -> aa11 (branchpoint), create initial tables',
      ]);
    }));

  test('lists a range, of which a side may be relative', () =>
    branched(async ({ run }) => {
      expect(lines((await run('history', '-r', 'aa:cc')).stdout)).toEqual([
        'aa11 -> cc33, add support',
        '<base> -> aa11 (branchpoint), create initial tables',
      ]);
      expect(lines((await run('history', '-r', ':bb22')).stdout)).toHaveLength(2);
    }));

  test('a relative side is no flag', () =>
    withProject(
      {
        ...ormconfig(),
        ...revision('aa11', 'one'),
        ...revision('bb22', 'two', { down: 'aa11' }),
        ...revision('cc33', 'three', { down: 'bb22' }),
      },
      async ({ run }) => {
        expect(lines((await run('history', '-r', '-2:')).stdout)).toEqual([
          'bb22 -> cc33 (head), three',
          'aa11 -> bb22, two',
          '<base> -> aa11, one',
        ]);
        expect(lines((await run('history', '-r', '-1:bb22')).stdout)).toEqual(['aa11 -> bb22, two']);
      },
    ));

  test('draws branches and merges', () =>
    branched(async ({ run }) => {
      expect((await run('history', '--graph')).stdout)
        .toBe(`● ff66 (billing) (head), report on billing [depends on ee55]
● dd44 (billing) (mergepoint), join billing and support
├─╮
● │ bb22 (billing), add billing
│ ● cc33, add support
│ │ ● ee55 (reports) (effective head), start reports
├─╯
● aa11 (branchpoint), create initial tables
`);
    }));

  test('makes diagrams for Mermaid and Graphviz', () =>
    withProject(
      { ...ormconfig(), ...revision('aa11', 'say "hello" <b>'), ...revision('end', 'next', { down: 'aa11' }) },
      async ({ run }) => {
        expect((await run('history', '--format', 'mermaid')).stdout).toBe(`flowchart TB
  r_end["end: next"]
  r_aa11["aa11: say #34;hello#34; #60;b#62;"]
  r_end --> r_aa11
`);
        expect((await run('history', '--format', 'dot')).stdout).toBe(`digraph revisions {
  node [shape=box];
  "end" [label="end\\nnext"];
  "aa11" [label="aa11\\nsay \\"hello\\" <b>"];
  "end" -> "aa11";
}
`);
      },
    ));

  test('is a JSON document by either flag', () =>
    branched(async ({ run, json }) => {
      const { revisions } = await json('history', '-r', 'cc33:ff66');
      expect(revisions.map((each: { revision: string }) => each.revision)).toEqual(['ff66', 'dd44', 'cc33']);
      expect(revisions[0]).toMatchObject({
        downRevisions: ['dd44'],
        dependsOn: ['ee55'],
        branchLabels: ['billing'],
        message: 'report on billing',
        isHead: true,
        isMergePoint: false,
      });
      expect(JSON.parse((await run('history', '-r', 'cc33:ff66', '--format', 'json')).stdout)).toEqual({ revisions });
    }));

  test('refuses what is no range', () =>
    branched(async ({ run }) => {
      expect(await run('history', '-r', 'aa11')).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('History range requires [start]:[end]'),
      });
    }));
});

describe('branches', () => {
  test('lists each branch point with what it branches into', () =>
    branched(async ({ run }) => {
      expect((await run('branches')).stdout).toBe('aa11 (branchpoint)\n     -> bb22 (billing)\n     -> cc33\n\n');
      expect((await run('branches', '-v')).stdout).toContain('     -> bb22 (billing), add billing\n');
    }));

  test('is a JSON document', () =>
    branched(async ({ json }) => {
      const { branches } = await json('branches');
      expect(branches).toHaveLength(1);
      expect(branches[0]).toMatchObject({ revision: 'aa11', isBranchPoint: true, children: ['bb22', 'cc33'] });
    }));
});

describe('show', () => {
  test('shows a revision by the beginning of its id, and several by name', () =>
    branched(async ({ run, json }) => {
      const { stdout } = await run('show', 'dd');
      expect(stdout).toMatch(
        /^Rev: dd44 \(mergepoint\)\nMerges: bb22, cc33\nBranch names: billing\nPath: .*dd44\.mjs\n\n {4}join/,
      );
      expect((await json('show', 'heads')).revisions.map((each: { revision: string }) => each.revision)).toEqual([
        'ff66',
      ]);
    }));

  test('refuses what stands for no revision', () =>
    branched(async ({ run }) => {
      expect(await run('show', 'nope')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^Error: Can't locate revision identified by 'nope'; .*\n$/),
      });
      expect((await run('show', 'base')).stderr).toMatch(/^Error: "base" stands for no revision/);
    }));
});

describe('edit', () => {
  test('opens the file in the editor', () =>
    withProject(
      { ...ormconfig(), ...branchedHistory },
      async ({ run, directory }) => {
        expect(await run('edit', 'cc33')).toEqual({ exitCode: 0, stdout: 'migrations/cc33.mjs\n', stderr: '' });
        expect(readFileSync(join(directory, 'migrations/cc33.mjs'), 'utf8')).toMatch(/^\/\*\* edited \*\/$/m);
      },
      { environment: { VISUAL: `f() { echo '/** edited */' >> "$1"; }; f`, EDITOR: 'false' } },
    ));

  test('says what is wrong with the editor', async () => {
    const edited = (environment: NodeJS.ProcessEnv) =>
      withProject({ ...ormconfig(), ...branchedHistory }, ({ run }) => run('edit', 'cc33'), { environment });
    expect(await edited({})).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^Error: .*cc33\.mjs was not edited: neither VISUAL nor EDITOR is set/),
    });
    expect((await edited({ EDITOR: 'exit 7;' })).stderr).toContain('exit 7; ended with exit code 7');
  });
});

describe('revision', () => {
  test('writes an empty file that follows the head, and says where', () =>
    withProject({ ...ormconfig(), ...revision('aa11', 'first') }, async ({ run, directory }) => {
      const { exitCode, stdout } = await run('revision', '-m', 'add scores', '--rev-id', 'bb22');
      expect([exitCode, stdout]).toEqual([0, 'migrations/bb22_add_scores.mjs\n']);
      const source = readFileSync(join(directory, 'migrations/bb22_add_scores.mjs'), 'utf8');
      expect(source).toContain("export const downRevision = 'aa11';");
      expect((await run('history')).stdout).toMatch(/^aa11 -> bb22 \(head\), add scores\n/);
    }));

  test('prints the source instead, and writes nothing', () =>
    withProject(ormconfig(), async ({ run, json }) => {
      expect((await run('revision', '--empty', '--dry-run')).stdout).toMatch(/^\/\*\*\n \* empty message\n/);
      const { revisions } = await json('revision', '-m', 'x', '--dry-run');
      expect(revisions).toEqual([
        expect.objectContaining({ written: false, source: expect.stringContaining(' * x\n') }),
      ]);
      expect((await run('heads')).stdout).toBe('');
    }));

  test('begins branches, with labels and dependencies', () =>
    branched(async ({ run, json }) => {
      await run('revision', '-m', 'start', '--head', 'base', '--branch-label', 'sales', '--rev-id', 'gg77');
      await run('revision', '-m', 'aside', '--head', 'aa11', '--splice', '--depends-on', 'reports', '--rev-id', 'hh88');
      const { heads } = await json('heads');
      expect(heads.find((each: { revision: string }) => each.revision === 'gg77')).toMatchObject({
        branchLabels: ['sales'],
        downRevisions: [],
      });
      expect(heads.find((each: { revision: string }) => each.revision === 'hh88')).toMatchObject({
        downRevisions: ['aa11'],
        dependsOn: ['reports'],
        dependencies: ['ee55'],
      });
    }));

  test('refuses a place that is not clear', () =>
    branched(async ({ run }) => {
      expect((await run('revision', '-m', 'x')).stderr).toContain('Multiple head revisions are present');
      expect((await run('revision', '-m', 'x', '--head', 'aa11')).stderr).toContain('--splice');
      expect((await run('revision', '-m', 'x', '--rename', 'a:b')).stderr).toContain(
        '--rename was given without --autogenerate',
      );
    }));

  test('writes to the version location that is named', () =>
    withProject(ormconfig(undefined, "migrations = { versionLocations: ['one', 'two'] };"), async ({ run }) => {
      expect((await run('revision', '-m', 'x')).stderr).toContain('--version-path');
      expect((await run('revision', '-m', 'x', '--version-path', 'two', '--rev-id', 'a1')).stdout).toBe(
        'two/a1_x.mjs\n',
      );
    }));
});

describe('merge', () => {
  test('joins all heads, or the ones that are named', () =>
    withProject(
      { ...ormconfig(), ...revision('aa11', 'one'), ...revision('bb22', 'two'), ...revision('cc33', 'three') },
      async ({ run }) => {
        expect((await run('merge', 'aa', 'bb', '--rev-id', 'dd44')).stdout).toBe(
          'migrations/dd44_merge_aa11_and_bb22.mjs\n',
        );
        expect((await run('merge', 'heads', '-m', 'join all', '--rev-id', 'ee55')).exitCode).toBe(0);
        expect((await run('history', '-r', 'dd44:')).stdout.split('\n')[0]).toBe(
          'cc33, dd44 -> ee55 (head) (mergepoint), join all',
        );
      },
    ));

  test('warns where there is nothing to join', () =>
    withProject({ ...ormconfig(), ...revision('aa11', 'one') }, async ({ run }) => {
      expect((await run('merge', 'heads', '--dry-run')).stderr).toMatch(/^Warning: aa11 is the only one/);
    }));

  test('refuses one revision twice', () =>
    branched(async ({ run }) => {
      expect(await run('merge', 'ff66', 'ff66')).toMatchObject({ exitCode: 1 });
    }));
});

describe('scripts need no database', () => {
  test('upgrade --sql, downgrade --sql, stamp --sql, ensure-version --sql', () =>
    branched(async ({ run, json }) => {
      const { stdout } = await run('upgrade', '--sql', 'aa11:cc33');
      expect(stdout).toContain('-- Running upgrade aa11 -> cc33, add support');
      expect(stdout).not.toContain('t_aa11');
      expect((await run('upgrade', '--sql')).stdout).toContain('CREATE TABLE t_ff66 (id int);');
      expect((await json('downgrade', '--sql', 'cc33:aa11')).sql).toContain('DROP TABLE t_cc33;');
      expect((await run('stamp', '--sql', 'aa11')).stdout).toContain(`VALUES ('aa11')`);
      expect((await run('ensure-version', '--sql')).stdout).toContain('CREATE TABLE IF NOT EXISTS "alembic_version"');
    }));

  test('history in two forms at once is refused', () =>
    branched(async ({ run }) => {
      for (const [words, first, other] of [
        [['--format', 'dot', '--json'], '--format=dot', '--json'],
        [['--json', '--graph'], '--graph', '--json'],
        [['--graph', '--format', 'mermaid'], '--graph', '--format=mermaid'],
      ] as const)
        expect(await run('history', ...words)).toMatchObject({
          exitCode: 1,
          [words.includes('--json' as never) ? 'stdout' : 'stderr']: expect.stringContaining(
            `${first} was given with ${other}; give one of them.`,
          ),
        });
      expect((await run('history', '--format', 'json', '--json')).exitCode).toBe(0);
    }));

  test('refuse what cannot be said in a script', () =>
    branched(async ({ run }) => {
      expect((await run('downgrade', '--sql', 'aa11')).stderr).toContain('requires <fromrev>:<torev>');
      expect((await run('upgrade', '--sql', '--dry-run')).stderr).toContain('--sql was given with --dry-run');
      expect((await run('stamp', '--sql', '--purge', 'aa11')).stderr).toContain("Can't use --purge with --sql mode");
      for (const [targets, [target, over]] of [
        [
          ['aa11', 'bb22'],
          ['aa11', 'bb22'],
        ],
        [
          ['ff66', 'ee55'],
          ['ee55', 'ff66'],
        ],
        [
          ['heads', 'cc33'],
          ['cc33', 'heads'],
        ],
        [
          ['base:bb22', 'base:billing'],
          ['base:bb22', 'base:billing'],
        ],
      ] as const)
        expect(await run('stamp', '--sql', ...targets)).toEqual({
          exitCode: 1,
          stdout: '',
          stderr: `Error: "${target}" is applied where "${over}" is; stamp with "${over}" alone.\n`,
        });
      expect((await run('stamp', '--sql', 'bb22', 'cc33')).exitCode).toBe(0);
      expect((await run('stamp', '--sql', 'reports@base', 'bb22')).exitCode).toBe(0);
    }));
});

describe('a project that is not as it should be', () => {
  test('no configuration', () =>
    withProject({}, async ({ run, json }) => {
      expect(await run('heads')).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringMatching(/^Error: No configuration was found in .*create ormconfig\.ts.*\n$/),
      });
      expect((await run('heads', '--config', 'db.mjs')).stderr).toMatch(
        /^Error: There is no file .*db\.mjs, which --config names/,
      );
      expect((await json('heads')).error).toMatchObject({ name: 'ConfigurationError', lookedFor: expect.any(Array) });
    }));

  test('the configuration that the environment names', () =>
    withProject(
      {
        'settings/db.mjs': ormconfig()['ormconfig.mjs']!,
        'settings/migrations/x.mjs': revision('aa11', 'one')['migrations/aa11.mjs']!,
      },
      async ({ run }) => expect((await run('heads')).stdout).toBe('aa11 (head)\n'),
      { environment: { TYPEORM_ALEMBIC_CONFIG: 'settings/db.mjs' } },
    ));

  test('a broken revision file', () =>
    withProject({ ...ormconfig(), 'migrations/note.mjs': 'export const x = 1;\n' }, async ({ run }) => {
      expect(await run('history')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^Error: .*note\.mjs is no revision: it has no `export const revision/),
      });
    }));

  test('a history that is none', () =>
    withProject({ ...ormconfig(), ...revision('aa11', 'one', { down: 'zz99' }) }, async ({ run, json }) => {
      expect((await run('heads')).stderr).toMatch(
        /^Error: Revision 'zz99', which .* names in `downRevision`, is not present/,
      );
      expect((await json('heads')).error).toMatchObject({
        name: 'MissingRevisionError',
        missing: 'zz99',
        category: 'missing-revision',
      });
    }));
});
