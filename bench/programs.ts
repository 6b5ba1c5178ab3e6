import path from 'node:path';
import type { Program, Run } from './measure.ts';
import type { Project } from './schema.ts';

/** Where a program finds its database, and its history of revisions (a folder of the project). */
export interface Surroundings {
  readonly url: string;
  readonly revisions?: string;
}

const root = process.cwd();
const typeormCli = path.join(root, 'node_modules', 'typeorm', 'cli.js');
const alembicCli = path.join(root, 'dist', 'cli.js');

/** TypeORM's command line in a project. */
export const typeorm = (project: Project, surroundings: Surroundings, command: string, ...args: string[]): Program =>
  program(project, surroundings, [typeormCli, command, '-d', project.config, ...args]);

/** This library's command line in a project. */
export const alembic = (project: Project, surroundings: Surroundings, ...args: string[]): Program =>
  program(project, surroundings, [alembicCli, ...args]);

/** One of the programs in `bench/programs/`. */
export const script = (project: Project, surroundings: Surroundings, name: string, ...args: string[]): Program =>
  program(project, surroundings, [path.join(root, 'bench', 'programs', name), ...args]);

const program = (
  { directory }: Project,
  { url, revisions = 'none' }: Surroundings,
  args: readonly string[],
): Program => ({
  args,
  cwd: directory,
  env: { BENCH_URL: url, BENCH_REVISIONS: revisions },
});

/** Fails a run that loaded what it should not need. */
export function assertNotLoaded({ modules }: Run, pattern: RegExp): void {
  const found = modules.find(module => pattern.test(module));
  if (found !== undefined) throw new Error(`${found} was loaded.`);
}

/** Fails a run that did not print what it does when all is well. */
export function assertPrinted({ stdout }: Run, pattern: RegExp): void {
  if (!pattern.test(stdout)) throw new Error(`Expected ${pattern} in:\n${stdout.slice(0, 500)}`);
}
