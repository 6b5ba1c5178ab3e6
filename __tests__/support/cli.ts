import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from './lock.ts';
import { testRun } from './test-run.ts';

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Where the command runs; the project's root by default. */
  readonly cwd?: string;
  /** Added to the environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the command reads from its standard input, which is not a terminal. */
  readonly input?: string;
  /** The command is killed after this many milliseconds (its exit code is null then); 60 s by default. */
  readonly timeout?: number;
}

/** Runs the project's own command line, freshly built, in a process of its own, as a user would. Never rejects for its exit code. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const dist = await ensureBuilt();
  return runNode([path.join(dist, 'cli.js'), ...args], options);
}

/** Builds `dist/` unless it is newer than all it is made of, and gives its path. Runs at the same time share one build. */
export async function ensureBuilt(): Promise<string> {
  const { root } = testRun();
  const dist = path.join(root, 'dist');
  if (isFresh(root, dist)) return dist;
  await withLock(path.join(root, '.cache', 'build.lock'), async () => {
    if (!isFresh(root, dist)) await build(root, dist);
  });
  return dist;
}

/** Runs Node with these arguments and collects what it prints. */
export function runNode(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { cwd = testRun().root, env = {}, input = '', timeout = 60_000 } = options;
  const environment: Record<string, string | undefined> = {
    ...process.env,
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
    ...env,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd, timeout, killSignal: 'SIGKILL', env: environment });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    }
    child.once('error', reject);
    child.once('close', exitCode => resolve({ exitCode, ...output }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function isFresh(root: string, dist: string): boolean {
  const built = path.join(dist, 'cli.js');
  if (!existsSync(built)) return false;
  const { mtimeMs } = statSync(built);
  return sources(root).every(file => statSync(file).mtimeMs <= mtimeMs);
}

function sources(root: string): readonly string[] {
  const folders = ['src', 'codegen'].flatMap(folder =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map(name =>
      path.join(root, folder, name),
    ),
  );
  return [...folders, ...['package.json', 'tsconfig.json', 'tsdown.config.ts'].map(name => path.join(root, name))];
}

/** Beside the old one, which another process may be reading, and dated back to when the sources were read. */
async function build(root: string, dist: string): Promise<void> {
  const started = new Date();
  const fresh = path.join(root, '.cache', `dist-${process.pid}`);
  const tsdown = path.join(root, 'node_modules', 'tsdown', 'dist', 'run.mjs');
  const result = await runNode([tsdown, '--out-dir', fresh], { cwd: root, timeout: 180_000 });
  if (result.exitCode !== 0) throw new Error(`The build failed:\n${result.stdout}${result.stderr}`);
  await utimes(path.join(fresh, 'cli.js'), started, started);
  await rm(dist, { recursive: true, force: true });
  await rename(fresh, dist);
}
