import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, type TestDatabase } from '../support/index.ts';
import type { TestProject } from './project.ts';

/** A process that upgrades a database. */
export interface UpgradeProcess {
  readonly child: ChildProcess;
  /** Resolves when the program is loaded and begins. */
  readonly started: Promise<void>;
  /** What it printed, and how it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly steps: readonly string[]; readonly stderr: string }>;
}

const program = fileURLToPath(new URL('./upgrade-process.mjs', import.meta.url));

export async function startUpgrade(
  { url }: TestDatabase,
  { directory }: TestProject,
  environment: NodeJS.ProcessEnv = {},
): Promise<UpgradeProcess> {
  const argv = ['--no-warnings', program, await ensureBuilt(), url, directory];
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const started = new Promise<void>(resolve => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('started\n')) resolve();
    });
    child.once('close', () => resolve());
  });
  const ended = once(child, 'close').then(([code]) => {
    const result = stdout.split('\n')[1];
    return { code: code as number | null, steps: result ? (JSON.parse(result) as string[]) : [], stderr };
  });
  return { child, started, ended };
}
