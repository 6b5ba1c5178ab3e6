import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import type { PostWriteHook } from '../config.ts';
import { MigrationError } from '../errors.ts';
import { reasonOf } from './load-module.ts';

/** A post-write hook that failed. The file it was run on stays as the hook left it. */
export class PostWriteHookError extends MigrationError {
  override readonly name = 'PostWriteHookError';
  readonly hook: string;
  readonly file: string;
  /** What the command printed: to stderr, then to stdout. */
  readonly output: string;

  constructor(hook: PostWriteHook, file: string, failure: string, details: { output?: string; cause?: unknown } = {}) {
    const name = typeof hook === 'string' ? hook : hook.name || 'a function';
    const [said] = details.output?.trim().split('\n') ?? [];
    super(
      `The post-write hook ${JSON.stringify(name)} ${failure}${said ? ` (${said})` : ''}; ${file} was written and stays: correct the hook, or delete the file and try again.`,
      'cause' in details ? { cause: details.cause } : undefined,
    );
    this.hook = name;
    this.file = file;
    this.output = details.output ?? '';
  }
}

/** Runs the hooks on a file, one after the other, in the project's folder. Throws PostWriteHookError at the first failure. */
export async function runPostWriteHooks(
  hooks: readonly PostWriteHook[],
  file: string,
  directory: string,
): Promise<void> {
  for (const hook of hooks) {
    if (typeof hook === 'string') await runCommand(hook, file, directory);
    else await callHook(hook, file);
  }
}

async function callHook(hook: (file: string) => unknown, file: string): Promise<void> {
  try {
    await hook(file);
  } catch (error) {
    throw new PostWriteHookError(hook, file, `failed: ${reasonOf(error)}`, { cause: error });
  }
}

function runCommand(hook: string, file: string, directory: string): Promise<void> {
  const command = hook.includes('{file}') ? hook.replaceAll('{file}', () => quoted(file)) : `${hook} ${quoted(file)}`;
  const child = spawn(command, {
    shell: true,
    cwd: directory,
    env: environmentFor(directory),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [errors, results]: [Buffer[], Buffer[]] = [[], []];
  child.stderr.on('data', (piece: Buffer) => errors.push(piece));
  child.stdout.on('data', (piece: Buffer) => results.push(piece));
  return new Promise((resolve, reject) => {
    child.on('error', error =>
      reject(new PostWriteHookError(hook, file, `could not be run: ${error.message}`, { cause: error })),
    );
    child.on('close', (status, signal) => {
      if (status === 0) resolve();
      else
        reject(
          new PostWriteHookError(hook, file, `ended with ${signal ?? `exit code ${status}`}`, {
            output: Buffer.concat([...errors, ...results]).toString(),
          }),
        );
    });
  });
}

/** The project's own tools are found by their names, as in a script of its package.json. */
function environmentFor(directory: string): NodeJS.ProcessEnv {
  const path = [...ancestorsOf(directory).map(each => join(each, 'node_modules', '.bin')), process.env['PATH'] ?? ''];
  return { ...process.env, PATH: path.join(delimiter) };
}

function ancestorsOf(directory: string): readonly string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestorsOf(parent)];
}

const quoted = (file: string): string =>
  process.platform === 'win32' ? `"${file}"` : `'${file.replaceAll("'", `'\\''`)}'`;
