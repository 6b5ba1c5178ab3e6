import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { commands } from '../../src/cli/commands.ts';
import { ensureBuilt, runCli, runNode, type TestDatabase, withDatabase } from '../support/index.ts';
import { type Files, ormconfig, type Project, revision, using, withProject } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

let cli: string;

beforeAll(async () => {
  cli = join(await ensureBuilt(), 'cli.js');
}, 120_000);

const withSetting = <Result>(files: Files, work: (project: Project, database: TestDatabase) => Promise<Result>) =>
  withDatabase(database => withProject({ ...ormconfig(database.url), ...files }, project => work(project, database)));

describe('a process of its own', () => {
  test('shows help and version, and refuses what makes no sense', async () => {
    const [help, version, nothing] = await Promise.all([runCli(['--help']), runCli(['--version']), runCli([])]);
    for (const { name } of commands) expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(JSON.parse((await runCli(['--version', '--json'])).stdout)).toEqual({ text: version.stdout.trim() });
    expect(version).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
    expect(nothing).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Error: No command was given/),
    });
    expect(await runCli(['upgrade', '--josn'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('did you mean `--json`?'),
    });
  });

  test('migrates, and leaves nothing open', () =>
    withSetting(revision('aa11', 'one'), async ({ directory }, database) => {
      const run = (...argv: string[]) => runCli(argv, { cwd: directory });
      expect(await run('upgrade')).toEqual({
        exitCode: 0,
        stdout: 'Upgraded by one revision: the database is at aa11.\n',
        stderr: `${using(database.url)}Running upgrade -> aa11, one\n`,
      });
      expect((await run('current')).stdout).toBe('aa11 (head)\n');
      expect((await run('downgrade', '-1')).exitCode).toBe(0);
      expect(await run('current', '--check-heads')).toMatchObject({ exitCode: 2, stdout: '' });
    }));

  test('says that the working directory is gone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'typeorm-alembic-gone-'));
    for (const flags of ['', ' --json']) {
      mkdirSync(directory, { recursive: true });
      const script = `cd ${directory} && rmdir ${directory} && ${process.execPath} ${cli} heads${flags}`;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
      expect(status).toBe(1);
      expect(flags ? JSON.parse(stdout).error.message : stderr).toContain(
        'The working directory does not exist any more',
      );
    }
  });

  test('keeps standard output for the result, whatever a configuration or a revision prints', () =>
    withSetting(
      {
        ...revision('aa11', 'talk', { upgrade: `console.log('from the revision'); await op.execute('SELECT 1');` }),
        'talk.mjs': `console.log('from the configuration'); console.table([1]); export { default, migrations } from './ormconfig.mjs';`,
      },
      async ({ directory }) => {
        const { stdout, stderr } = await runCli(['upgrade', '--json', '-c', 'talk.mjs'], { cwd: directory });
        expect(JSON.parse(stdout)).toMatchObject({ heads: ['aa11'] });
        expect(stderr).toMatch(/^from the configuration$[^]*^from the revision$/m);
      },
    ));

  test('paints where it is asked to', () =>
    withProject({ ...ormconfig(), ...revision('aa11', 'one') }, async ({ directory }) => {
      const heads = (env: Record<string, string | undefined>, ...flags: string[]) =>
        runCli(['heads', ...flags], { cwd: directory, env });
      expect((await heads({ FORCE_COLOR: '1', NO_COLOR: undefined })).stdout).toBe(
        '\u001B[33maa11\u001B[39m \u001B[36m(head)\u001B[39m\n',
      );
      expect((await heads({ FORCE_COLOR: '1' }, '--no-color')).stdout).toBe('aa11 (head)\n');
      expect((await heads({ NO_COLOR: undefined })).stdout).toBe('aa11 (head)\n');
    }));

  test('asks nothing, though it could', () =>
    withSetting(
      revision('aa11', 'one', { downgrade: `await op.dropTable({ name: 't_aa11' });` }),
      async ({ directory }) => {
        await runCli(['upgrade'], { cwd: directory });
        expect(await runCli(['downgrade', 'base'], { cwd: directory, input: '' })).toMatchObject({ exitCode: 0 });
      },
    ));

  test('is drift where an interrupted revision was changed meanwhile', () => {
    const steps = (...statements: string[]) =>
      revision('aa11', 'by steps', {
        transactional: false,
        upgrade: statements.map(sql => `await op.execute('${sql}');`).join('\n'),
      });
    return withSetting(steps('CREATE TABLE t_one ()', 'SELECT 1 / 0'), async ({ directory, write }) => {
      const upgrade = () => runCli(['upgrade'], { cwd: directory });
      expect((await upgrade()).exitCode).toBe(1);
      write(steps('CREATE TABLE t_other ()', 'CREATE TABLE t_two ()'));
      expect(await upgrade()).toMatchObject({
        exitCode: 5,
        stderr: expect.stringContaining('an earlier run was interrupted'),
      });
    });
  });
});

describe('what nobody waits for', () => {
  test('is an error, too, and one sentence', () =>
    withSetting(
      revision('aa11', 'careless', {
        upgrade: `setTimeout(() => { throw new Error('too late'); }, 5); await new Promise(resolve => setTimeout(resolve, 500));`,
      }),
      async ({ directory }) => {
        expect(await runCli(['upgrade', '-q'], { cwd: directory })).toEqual({
          exitCode: 1,
          stdout: '',
          stderr: expect.stringMatching(/^Error: Unexpected Error: too late; .*\n$/),
        });
      },
    ));
});

describe('completion', () => {
  test('knows commands and flags, and prints a script for the shell', async () => {
    const completed = async (...words: string[]) =>
      (await runCli(['--get-yargs-completions', 'typeorm-alembic', ...words])).stdout.split('\n');
    expect(await completed('')).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
    expect(await completed('history', '--')).toEqual(expect.arrayContaining(['--rev-range', '--json']));
    expect((await runCli(['completion'])).stdout).toMatch(/^#+-begin-typeorm-alembic-completions-#+$/m);
  });
});

describe('what is loaded', () => {
  const compilers = ['ts-morph', 'typescript', '@swc/core'];

  /** The packages that a command line has loaded when it ends. */
  const loadedBy = async (directory: string, ...argv: string[]): Promise<string[]> => {
    const spy = `
      import Module from 'node:module';
      process.on('exit', () => {
        const packages = Object.keys(Module._cache).flatMap(file => /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(file)?.[1] ?? []);
        process.stderr.write('LOADED ' + JSON.stringify([...new Set(packages)]));
      });
      await import(${JSON.stringify(cli)});
    `;
    const { stderr } = await runNode(['--input-type=module', '-e', spy, 'typeorm-alembic', ...argv], {
      cwd: directory,
    });
    return JSON.parse(/LOADED (.*)$/.exec(stderr)![1]!);
  };

  const without = (packages: readonly string[]) => packages.filter(each => !compilers.includes(each));

  test('help, version and refusals load neither TypeORM nor a driver nor a compiler', () =>
    withProject({ ...ormconfig() }, async ({ directory }) => {
      for (const argv of [['--help'], ['upgrade', '--help'], ['--version'], ['upgrade', '--nonsense']]) {
        const loaded = await loadedBy(directory, ...argv);
        for (const each of ['typeorm', 'pg', ...compilers]) expect(loaded).not.toContain(each);
      }
      expect(await loadedBy(directory, '--help')).toContain('cliui');
    }));

  test('where all is JavaScript, a compiler is loaded only to write revisions', () =>
    withSetting(revision('aa11', 'one'), async ({ directory }) => {
      for (const argv of [['history'], ['upgrade'], ['current']]) {
        const loaded = await loadedBy(directory, ...argv);
        expect(loaded).toContain('typeorm');
        expect(loaded).not.toContain('cliui');
        expect(without(loaded)).toEqual(loaded);
      }
      expect(await loadedBy(directory, 'revision', '-m', 'x', '--dry-run')).toContain('ts-morph');
    }));
});

describe('a pipe that is closed', () => {
  test('ends the command without a word', () =>
    withProject({ ...ormconfig(), ...revision('aa11', 'one') }, async ({ directory }) => {
      const child = spawn(process.execPath, [cli, 'history'], { cwd: directory });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', text => (stderr += text));
      child.stdout.destroy();
      const exitCode = await new Promise(resolve => child.once('close', resolve));
      expect([exitCode, stderr]).toEqual([0, '']);
    }));
});

describe('a run that is interrupted', () => {
  const waiting = (how: string) =>
    revision('aa11', 'take long', { upgrade: `await op.execute('CREATE TABLE t_long ()'); ${how}` });

  const interrupted = async (directory: string, database: TestDatabase, signal: NodeJS.Signals, ready: string) => {
    const child = spawn(process.execPath, [cli, 'upgrade'], { cwd: directory });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', text => (stderr += text));
    const closed = new Promise(resolve => child.once('close', resolve));
    while ((await database.query(ready)).length === 0) await new Promise(resolve => setTimeout(resolve, 50));
    child.kill(signal);
    return { exitCode: await closed, stderr };
  };

  const sessions = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;

  test.each([
    ['SIGINT', 130, `await op.execute('SELECT pg_sleep(60)');`, `${sessions} AND query LIKE '%pg_sleep%'`],
    [
      'SIGTERM',
      143,
      `await new Promise(resolve => setTimeout(resolve, 60_000));`,
      `${sessions} AND state = 'idle in transaction'`,
    ],
  ] as const)('by %s rolls back, releases the lock and exits with %d', (signal, code, how, ready) =>
    withSetting(waiting(how), async ({ directory }, database) => {
      const { exitCode, stderr } = await interrupted(directory, database, signal, ready);
      expect(exitCode).toBe(code);
      expect(stderr).toMatch(new RegExp(`^Error: Interrupted by ${signal}: .*rolled back`, 'm'));
      expect(await database.query(sessions)).toEqual([]);
      expect(await database.query(`SELECT to_regclass('t_long') AS name`)).toEqual([{ name: null }]);
      expect(
        await database.query(
          `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND datname = current_database() WHERE locktype = 'advisory'`,
        ),
      ).toEqual([]);
    }),
  );

  test.each(
    shareOfToday(
      [
        ['SIGTERM', ['SIGTERM']],
        ['a second SIGINT', ['SIGINT', 'SIGINT']],
      ] as const,
      1,
    ),
  )('by %s ends though a revision never lets go of the process', (_, signals) =>
    withSetting(waiting('for (;;);'), async ({ directory }, database) => {
      const child = spawn(process.execPath, [cli, 'upgrade'], { cwd: directory });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', text => (stderr += text));
      const closed = new Promise(resolve => child.once('close', (_, signal) => resolve(signal)));
      const busy = `${sessions} AND state = 'idle in transaction' AND query LIKE 'CREATE TABLE%'`;
      while ((await database.query(busy)).length === 0) await new Promise(resolve => setTimeout(resolve, 50));
      for (const signal of signals) {
        child.kill(signal);
        await new Promise(resolve => setTimeout(resolve, 100));
      }
      expect(await closed).toBe('SIGKILL');
      expect(stderr).toMatch(/^Error: Killed after SIG(TERM|INT): .*PostgreSQL rolls back/m);
      while ((await database.query(sessions)).length > 0) await new Promise(resolve => setTimeout(resolve, 50));
      expect(await database.query(`SELECT to_regclass('t_long') AS name`)).toEqual([{ name: null }]);
    }),
  );
});
