import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectWith } from './folders.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a script prints that `node` runs in a folder; `scripts` is the folder of the built `src/scripts` there. */
export async function runNode(
  folder: string,
  script: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const scripts = await builtScripts();
  const prelude = `import { createRequire } from 'node:module';\nconst scripts = ${JSON.stringify(scripts)};\n`;
  writeFileSync(join(folder, 'run.mjs'), prelude + script);
  return run(process.env['TEST_NODE'] ?? process.execPath, ['run.mjs'], folder, environment);
}

let built: Promise<string> | undefined;

const builtScripts = (): Promise<string> => (built ??= buildScripts());

async function buildScripts(): Promise<string> {
  const folder = projectWith({ 'package.json': '{ "type": "module" }' });
  const { status, stderr } = await run(process.execPath, [build, join(folder, 'dist')], folder, {});
  if (status !== 0) throw new Error(stderr);
  return join(folder, 'dist');
}

const build = fileURLToPath(new URL('./build.mjs', import.meta.url));

const run = (
  node: string,
  command: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ran> =>
  new Promise(resolve => {
    const env = { ...process.env, NODE_OPTIONS: '', ...environment };
    execFile(node, command, { cwd, env }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
