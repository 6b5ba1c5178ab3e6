import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { DataSourceOptions } from 'typeorm';
import { defineCommand, program } from '../command.ts';
import type { Context } from '../context.ts';
import { exitCodeOf, sentenceOf } from '../describe-error.ts';
import { packageVersion } from '../package-version.ts';

/** One thing that was looked at. */
interface Finding {
  readonly name: string;
  readonly isWell: boolean;
  /** What was found, or what is wrong with it. */
  readonly found: string;
}

export const doctor = defineCommand({
  name: 'doctor',
  describe: 'Show what a run would work with: versions, configuration, revisions, server, session, database',
  details: 'Changes nothing. Exits with the code of the first thing that is wrong.',
  examples: [
    ['doctor', 'before asking for help'],
    ['doctor --json', 'for a bug report'],
  ],
  async run(context) {
    const findings: Finding[] = [];
    let exitCode = 0;
    for (const [name, look] of looks) {
      try {
        findings.push({ name, isWell: true, found: await look(context) });
      } catch (error) {
        const found = sentenceOf(error);
        const same = findings.find(each => each.found === found);
        findings.push({ name, isWell: false, found: same ? `the same error as ${same.name}` : found });
        exitCode ||= exitCodeOf(error);
      }
    }
    const width = Math.max(...findings.map(({ name }) => name.length));
    const { good, danger } = context.style;
    return {
      exitCode,
      json: { findings },
      lines: findings.map(
        ({ name, isWell, found }) => `${isWell ? good('ok ') : danger('!! ')} ${name.padEnd(width)}  ${found}`,
      ),
    };
  },
});

type Look = readonly [name: string, look: (context: Context) => string | Promise<string>];

const looks: readonly Look[] = [
  ['versions', () => `${program} ${packageVersion()}, Node ${process.version} on ${process.platform} ${process.arch}`],
  ['configuration', async ({ project, shortPath }) => shortPath((await project()).path)],
  ['packages', async context => (await packagesOf(context)).join(', ')],
  ['DataSource', async ({ project }) => surprisesIn((await project()).dataSource.options)],
  ['entities', entitiesOf],
  ['TypeScript', typeScriptOf],
  ['revisions', revisionsOf],
  ['server', serverOf],
  ['session', sessionOf],
  ['database', databaseOf],
];

/** The project's own packages, which may be others than this tool's. */
async function packagesOf({ project }: Context): Promise<readonly string[]> {
  const require = createRequire((await project()).path);
  return ['typeorm', 'pg'].map(
    name => `${name} ${packageVersion(new URL('./', pathToFileURL(require.resolve(name))))}`,
  );
}

/** Ways to change a schema beside the revisions. */
function surprisesIn(options: object): string {
  const { type, ...others } = options as Readonly<Record<string, unknown>>;
  const set = ['synchronize', 'migrationsRun', 'dropSchema'].filter(name => others[name] === true);
  return set.length === 0
    ? String(type)
    : `${String(type)}; ${set.join(', ')} would change the schema beside the revisions: set to false`;
}

/** Without entities, `check` and `revision --autogenerate` compare nothing. */
async function entitiesOf({ project }: Context): Promise<string> {
  const { dataSource, config } = await project();
  const [{ assertEntities }, { declarationsOf }] = await Promise.all([
    import('../../metadata/no-entities.ts'),
    import('../../metadata/entity-metadata.ts'),
  ]);
  if (!config.allowNoEntities) await assertEntities(dataSource);
  return String((await declarationsOf(dataSource)).entities.length);
}

async function typeScriptOf({ project, shortPath }: Context): Promise<string> {
  const { path } = await project();
  const [{ isTypeScript }, { getTsconfig }] = await Promise.all([
    import('../../scripts/module-format.ts'),
    import('get-tsconfig'),
  ]);
  if (!isTypeScript(path)) return 'not needed for this configuration';
  const tsconfig = getTsconfig(path)?.path;
  const compiler = compilerFor(path);
  return `compiled by ${compiler}, with ${tsconfig === undefined ? 'no tsconfig.json' : shortPath(tsconfig)}`;
}

function compilerFor(path: string): string {
  for (const require of [createRequire(path), createRequire(import.meta.url)]) {
    try {
      return `@swc/core ${(require('@swc/core/package.json') as { version: string }).version}`;
    } catch {
      continue;
    }
  }
  return 'the TypeScript compiler of ts-morph';
}

async function revisionsOf({ revisions, project, shortPath }: Context): Promise<string> {
  const { graph, files } = await revisions();
  const { config } = await project();
  const heads = graph.heads();
  const places = config.revisions ? 'given as modules' : `in ${config.versionLocations.map(shortPath).join(', ')}`;
  return `${files.size} ${places}; ${heads.length === 1 ? 'head' : 'heads'} ${heads.join(', ') || 'none'}`;
}

async function serverOf({ project, interruption: signal }: Context): Promise<string> {
  const { dataSource, config } = await project();
  const [{ withConnection }, { readServer }, { describeDatabase }] = await Promise.all([
    import('../../database/with-connection.ts'),
    import('../../database/server.ts'),
    import('../../database/connection-target.ts'),
  ]);
  const { versionNumber, currentSchema } = await withConnection(dataSource, readServer, {
    limit: config.lockWait,
    ...(signal && { signal }),
  });
  const version = `PostgreSQL ${Math.floor(versionNumber / 10_000)}.${versionNumber % 10_000}`;
  const { schema: _, ...options } = dataSource.options as DataSourceOptions & { readonly schema?: string };
  return `${version}, ${describeDatabase(options)}, schema ${currentSchema}`;
}

/** A standby, a read-only session and a pooler in transaction mode serve what only reads. */
async function sessionOf({ project, interruption: signal }: Context): Promise<string> {
  const { dataSource, config } = await project();
  const [{ withPlainConnection }, { assertMayMigrate }] = await Promise.all([
    import('../../database/with-connection.ts'),
    import('../../database/migration-session.ts'),
  ]);
  await withPlainConnection(dataSource, connection => assertMayMigrate(connection, dataSource), {
    limit: config.lockWait,
    ...(signal && { signal }),
  });
  return 'may write, and is shared with no other client';
}

async function databaseOf({ runner, revisions }: Context): Promise<string> {
  const status = await (await runner()).status();
  const { heads, isAtHeads, isAhead, unfinished } = status;
  const { circumstancesIn, describeUnfinished, ownOpenRun, UnfinishedRevisionError } =
    await import('../../runner/unfinished.ts');
  const found = await revisions();
  const circumstances = circumstancesIn(status, found.graph);
  const open = ownOpenRun(found, unfinished);
  if (open) throw new UnfinishedRevisionError(found, open, circumstances);
  const changed = await (await runner()).changedSince();
  return [
    `at ${heads.join(', ') || 'base'}`,
    isAhead ? 'ahead of this code' : isAtHeads ? 'nothing is pending' : 'revisions are pending',
    ...(changed.length > 0
      ? [`changed after they were applied: ${changed.map(({ revision }) => revision).join(', ')}`]
      : []),
    ...unfinished.map(each => describeUnfinished(found, each, circumstances)),
  ].join('; ');
}
