import { relative } from 'node:path';
import type { ResolvedConfig } from '../config.ts';
import type { Logger } from '../runner/logger.ts';
import type { RevisionReading, Revisions, Runner, RunnerOptions } from '../runner/runner.ts';
import type { LoadedConfig } from '../scripts/load-config.ts';
import { xArguments, type GlobalArguments } from './global-options.ts';
import type { Output } from './output.ts';
import { messageText } from '../terminal-text.ts';
import { type Style, styleFor } from './style.ts';

/** What a process gives a command line. */
export interface World {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted when the process is asked to end. */
  readonly interruption?: AbortSignal;
  /** Called before code of the project runs. */
  beforeProject?(): void;
  /** Rejects with what was thrown where nobody waits for it: in a timer of a revision, or in an emitter's listener. */
  readonly crash?: Promise<never>;
}

/** A project's configuration, loaded, and the same with nothing left to decide. */
export interface Project extends LoadedConfig {
  readonly config: ResolvedConfig;
}

/** What commands work with. Whatever is slow to load is loaded when it is first asked for, and once. */
export interface Context {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly interruption: AbortSignal | undefined;
  readonly verbose: boolean;
  readonly x: Readonly<Record<string, string>>;
  /** Of standard output. */
  readonly style: Style;
  /** Progress, on standard error. */
  readonly logger: Logger;
  project(): Promise<Project>;
  /** The revisions' files, and the history they make. */
  revisions(reading?: RevisionReading): Promise<Revisions>;
  runner(): Promise<Runner>;
  /** A path as it is best read: from the working directory, where it lies below. */
  shortPath(path: string): string;
}

export function createContext(options: GlobalArguments, world: World): Context {
  const { directory, environment, interruption } = world;
  const noColor = options['no-color'] ?? false;
  const project = once(() => loadProject(options.config, world));
  const history = once(async () => historyOf(await project()));
  const historyOrNone = once(async () => historyOf(await project(), { mayBeEmpty: true }));
  const revisions = ({ mayBeEmpty = false }: RevisionReading = {}) => (mayBeEmpty ? historyOrNone() : history());
  const logger = loggerOn(world.stderr, styleFor(world.stderr, environment, noColor), options.quiet ?? false);
  return {
    directory,
    environment,
    interruption,
    verbose: options.verbose ?? false,
    x: xArguments(options.x),
    style: styleFor(world.stdout, environment, noColor),
    logger,
    project,
    revisions,
    runner: once(async () =>
      runnerOf(await project(), { logger, revisions, ...(interruption && { signal: interruption }) }),
    ),
    shortPath(path) {
      const short = relative(directory, path);
      return short === '' || short.startsWith('..') ? path : short;
    },
  };
}

/** Milliseconds that a command waits for a server that does not answer. */
const CONNECT_LIMIT = 30_000;

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => (result ??= work());
}

async function loadProject(
  file: string | undefined,
  { directory, environment, beforeProject = () => {} }: World,
): Promise<Project> {
  const [{ findConfig }, { loadConfig }, { resolveConfig }, { limitConnecting }] = await Promise.all([
    import('../scripts/find-config.ts'),
    import('../scripts/load-config.ts'),
    import('../resolve-config.ts'),
    import('../database/connecting.ts'),
  ]);
  const path = findConfig({ directory, file, environment: environment['TYPEORM_ALEMBIC_CONFIG'] });
  beforeProject();
  const loaded = await loadConfig(path);
  limitConnecting(loaded.dataSource, CONNECT_LIMIT);
  return { ...loaded, config: resolveConfig(loaded.migrations, { directory: loaded.directory }) };
}

async function historyOf({ config }: Project, reading: RevisionReading = {}): Promise<Revisions> {
  const { readRevisions } = await import('../runner/revisions.ts');
  return readRevisions(config, reading);
}

async function runnerOf({ dataSource, migrations, directory }: Project, options: RunnerOptions): Promise<Runner> {
  const { createRunner } = await import('../runner/create-runner.ts');
  return createRunner(dataSource, migrations, { directory, ...options });
}

function loggerOn(output: Output, style: Style, quiet: boolean): Logger {
  return {
    info: message => void (quiet || output.write(`${messageText(message)}\n`)),
    warn: message => void output.write(`${style.warning('Warning:')} ${messageText(message)}\n`),
  };
}
