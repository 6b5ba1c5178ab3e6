import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommandLine } from '../../src/cli/run.ts';

/** What a command line did, run within this process. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a project in it, until the work is done. */
export interface Project {
  readonly directory: string;
  run(...argv: readonly string[]): Promise<Ran>;
  /** The document of `--json`, which must be all there is. */
  json(...argv: readonly string[]): Promise<any>;
  write(files: Files): void;
}

export type Files = Readonly<Record<string, string>>;

/** What a project finds itself in. */
export interface Surroundings {
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether it finds the packages that are installed here; true by default. */
  readonly modules?: boolean;
}

const installed = join(import.meta.dirname, '../../node_modules');

export async function withProject<Result>(
  files: Files,
  work: (project: Project) => Promise<Result>,
  { environment = {}, modules = true }: Surroundings = {},
): Promise<Result> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'typeorm-alembic-cli-')));
  const write = (texts: Files) => Object.entries(texts).forEach(([path, text]) => writeIn(directory, path, text));
  if (modules) symlinkSync(installed, join(directory, 'node_modules'));
  write({ 'package.json': '{ "type": "module" }', ...files });
  const run = (...argv: readonly string[]) => runIn(directory, argv, environment);
  const json = async (...argv: readonly string[]) => JSON.parse((await run(...argv, '--json')).stdout);
  try {
    return await work({ directory, run, json, write });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function writeIn(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

async function runIn(directory: string, argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ran> {
  const texts = { stdout: '', stderr: '' };
  const output = (name: keyof typeof texts) => ({ write: (text: string) => (texts[name] += text) });
  const exitCode = await runCommandLine(argv, {
    directory,
    environment,
    stdout: output('stdout'),
    stderr: output('stderr'),
  });
  return { exitCode, ...texts };
}

/** `ormconfig.mjs` for a database; without one, for files only. */
export const ormconfig = (url = 'postgres://nobody@127.0.0.1:1/nowhere', more = ''): Files => ({
  'ormconfig.mjs': `
    import { DataSource, EntitySchema } from 'typeorm';
    const entities = [];
    let migrations = {};
    ${more}
    export default new DataSource({ type: 'postgres', url: '${url}', entities });
    export { migrations };
  `,
});

/** What commands that change a database say first: which one it is, and never the password. */
export function using(url: string): string {
  const { hostname, port, pathname, username, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? hostname;
  return `Using database "${pathname.slice(1)}" at ${host}:${port || 5432} as user "${username}"\n`;
}

export interface Header {
  readonly down?: string | readonly string[] | null;
  readonly labels?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly transactional?: false;
  /** The body of `upgrade` and `downgrade`; a table by the revision's name is made and dropped by default. */
  readonly upgrade?: string;
  readonly downgrade?: string;
}

/** A revision's file, in plain JavaScript. */
export const revision = (id: string, message: string, header: Header = {}): Files => ({
  [`migrations/${id}.mjs`]: `/**
 * ${message}
 *
 * Revision ID: ${id}
 */
export const revision = '${id}';
export const downRevision = ${JSON.stringify(header.down ?? null)};
export const branchLabels = ${JSON.stringify(header.labels ?? [])};
export const dependsOn = ${JSON.stringify(header.dependsOn ?? [])};
${header.transactional === false ? 'export const transactional = false;' : ''}
export async function upgrade(op) {
  ${header.upgrade ?? `await op.execute('CREATE TABLE t_${id} (id int)');`}
}
export async function downgrade(op) {
  ${header.downgrade ?? `await op.execute('DROP TABLE t_${id}');`}
}
`,
});

/** One base, two branches of it, their merge; and a branch of its own that the merge's successor depends on. */
export const branchedHistory: Files = {
  ...revision('aa11', 'create initial tables'),
  ...revision('bb22', 'add billing', { down: 'aa11', labels: ['billing'] }),
  ...revision('cc33', 'add support', { down: 'aa11' }),
  ...revision('dd44', 'join billing and support', { down: ['bb22', 'cc33'] }),
  ...revision('ee55', 'start reports', { labels: ['reports'] }),
  ...revision('ff66', 'report on billing', { down: 'dd44', dependsOn: ['ee55'] }),
};
