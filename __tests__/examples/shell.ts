import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

export interface ShellOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ShellResult {
  readonly exitCode: number | null;
  /** Both streams, as a terminal shows them. */
  readonly output: string;
}

/** Runs the lines of a page as a reader's shell would, until the first that fails. */
export async function runShell(script: string, options: ShellOptions): Promise<ShellResult> {
  const { child, output } = start(script, options);
  const exitCode = await new Promise<number | null>(resolve => child.once('close', resolve));
  return { exitCode, output: output() };
}

/** Runs lines that start servers, each by `npm start`. Does the work when all of them listen, and ends them. */
export async function withServers<Result>(
  script: string,
  options: ShellOptions,
  work: (urls: readonly string[], output: string) => Promise<Result>,
): Promise<Result> {
  const { child, output } = start(script, options);
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const count = script.match(/\bnpm start\b/g)?.length ?? 0;
  try {
    return await work(await listening(child, output, count), output());
  } finally {
    endGroup(child);
    await ended;
  }
}

/** What npx does for an installed package, without the second that it takes to start. */
const npx = `npx() {
  local folder=$PWD
  while [ "$folder" != / ] && [ ! -x "$folder/node_modules/.bin/$1" ]; do folder=$(dirname "$folder"); done
  if [ "$folder" = / ]; then command npx "$@"; else "$folder/node_modules/.bin/$1" "\${@:2}"; fi
}`;

function start(script: string, { cwd, env = {} }: ShellOptions): { child: ChildProcess; output: () => string } {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${npx}\n${script}`], {
    cwd,
    env: { ...readersEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  }
  return { child, output: () => text };
}

/** Without what `npm test` tells the scripts it runs, which an npm inside them would take for its own. */
function readersEnvironment(): Readonly<Record<string, string | undefined>> {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle|command|config_local)|INIT_CWD|NODE_OPTIONS|DATABASE_URL|FORCE_COLOR)/.test(name),
  );
  return { ...Object.fromEntries(own), NO_COLOR: '1', ...npmSettings };
}

const npmSettings = {
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_prefer_offline: 'true',
  npm_config_update_notifier: 'false',
  npm_config_loglevel: 'error',
};

const PATIENCE = 60_000;

async function listening(child: ChildProcess, output: () => string, count: number): Promise<readonly string[]> {
  let hasEnded = false;
  child.once('close', () => (hasEnded = true));
  for (const start = performance.now(); !hasEnded && performance.now() - start < PATIENCE; await pause(50)) {
    const urls = [...output().matchAll(/^Listening on (http\S+\d)/gm)].map(([, url]) => url!);
    if (urls.length === count) return urls;
  }
  throw new Error(`Not ${count} servers listened within ${PATIENCE / 1000} s:\n${output()}`);
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGTERM');
  } catch {
    // They have ended by themselves.
  }
}
