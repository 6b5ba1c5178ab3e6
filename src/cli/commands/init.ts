import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { defineCommand, program } from '../command.ts';
import { languageFor, type Manifest } from '../project-language.ts';
import { type Language, languages, type Starter, starterFor, type Template, templates } from '../starter.ts';
import type { EntityPlace } from '../starter-layout.ts';
import { UsageError } from '../usage-error.ts';
import { findConfig } from '../../scripts/find-config.ts';
import { reasonOf } from '../../scripts/load-module.ts';
import { formatOf, isTypeScript } from '../../scripts/module-format.ts';
import { withoutComments } from '../../scripts/source-text.ts';
import { writeNewFile } from '../../scripts/write-new-file.ts';

export const init = defineCommand({
  name: 'init',
  describe: 'Prepare a project: a DataSource, an example entity, a folder for revisions',
  details: 'Writes what is missing and never over anything. Run it where package.json is.',
  positionals: {
    dir: { describe: 'The folder for revisions, migrations by default' },
  },
  options: {
    template: {
      alias: 't',
      type: 'string',
      choices: templates,
      requiresArg: true,
      describe: 'cjs, esm or nest; by default what package.json suggests',
    },
    language: {
      type: 'string',
      choices: languages,
      requiresArg: true,
      describe: 'typescript or javascript; by default what the project has',
    },
  },
  examples: [
    ['init', 'in the folder of package.json'],
    ['init --template nest', 'src/data-source.ts, and entities where NestJS has them'],
    ['init database/revisions', 'another folder for revisions'],
  ],
  async run({ directory }, args) {
    const manifest = manifestIn(directory);
    const template = (args.template as Template | undefined) ?? templateFor(manifest);
    const config = existingConfig(directory);
    const language = (args.language as Language | undefined) ?? languageFor(directory, manifest, config);
    const root = join(directory, dirname(config ?? starterConfig(template)));
    const folder = folderFor(directory, args.dir) ?? join(root, 'migrations');
    const versionLocation = slashed(relative(root, folder));
    const isModule = manifest.type === 'module';
    const starter = starterFor({ template, language, versionLocation, isModule });
    const files = config === undefined ? filesToWrite(starter, directory) : {};
    const [created, kept] = write(files, directory);
    if (config !== undefined) kept.push(config);
    if (!existsSync(folder)) created.push(`${slashed(relative(directory, folder))}/`);
    mkdirSync(folder, { recursive: true });
    const next = [
      ...packagesToInstall(manifest, language),
      ...configuringSteps(directory, config, versionLocation),
      ...firstRevision(directory, config),
      `npx ${program} upgrade`,
      `Scripts for package.json, if you like: ${JSON.stringify(scripts)}`,
    ];
    return {
      json: { template, language, created, kept, next },
      lines: [...created.map(path => `created  ${path}`), ...kept.map(path => `kept     ${path}`)],
      summary: ['', 'Next:', ...next.map((step, i) => `  ${i + 1}. ${step}`)],
    };
  },
});

function manifestIn(directory: string): Manifest {
  const path = join(directory, 'package.json');
  if (!existsSync(path)) return {};
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text) as Manifest;
  } catch (error) {
    throw new UsageError(`${path} is not JSON (${reasonOf(error)}); correct it, and run init again.`);
  }
}

function templateFor({ type, dependencies = {} }: Manifest): Template {
  if ('@nestjs/core' in dependencies) return 'nest';
  return type === 'module' ? 'esm' : 'cjs';
}

const starterConfig = (template: Template): string =>
  starterFor({ template, language: 'typescript', versionLocation: '' }).config;

/** Revisions lie in a folder of their own, below the project; undefined where the project's own folder was named. */
function folderFor(directory: string, given: string | undefined): string | undefined {
  const way = relative(directory, resolve(directory, given ?? '.'));
  if (way.startsWith('..') || isAbsolute(way))
    throw new UsageError(
      `"${given}" lies outside of ${directory}; expected a folder for revisions in the project, such as migrations.`,
    );
  return way === '' ? undefined : join(directory, way);
}

function existingConfig(directory: string): string | undefined {
  try {
    return slashed(relative(directory, findConfig({ directory })));
  } catch {
    return undefined;
  }
}

/** The configuration, and an example entity unless there are entities. */
function filesToWrite({ entities, example, files }: Starter, directory: string): Readonly<Record<string, string>> {
  const hasEntities = hasEntityFiles(entities, directory);
  return Object.fromEntries(Object.entries(files).filter(([path]) => path !== example || !hasEntities));
}

function hasEntityFiles({ folder, names }: EntityPlace, directory: string): boolean {
  const path = join(directory, folder);
  return existsSync(path) && readdirSync(path, { recursive: true, encoding: 'utf8' }).some(name => names.test(name));
}

function write(
  files: Readonly<Record<string, string>>,
  directory: string,
): readonly [created: string[], kept: string[]] {
  const created: string[] = [];
  const kept: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    const isCreated = writeNewFile(join(directory, path), text);
    (isCreated ? created : kept).push(path);
  }
  return [created, kept];
}

function packagesToInstall(
  { dependencies = {}, devDependencies = {} }: Manifest,
  language: Language,
): readonly string[] {
  const isMissing = (name: string) => !(name in dependencies) && !(name in devDependencies);
  const needed = ['typeorm', 'pg', 'reflect-metadata', program].filter(isMissing);
  const typing = language === 'typescript' ? ['typescript', '@types/node'].filter(isMissing) : [];
  return [
    ...(needed.length > 0 ? [`npm install ${needed.join(' ')}`] : []),
    ...(typing.length > 0
      ? [`npm install --save-dev ${typing.join(' ')}    (for your editor: the command needs neither)`]
      : []),
  ];
}

/** A project that has migrated by TypeORM adopts what it has. What its patterns match is known when it runs. */
function firstRevision(directory: string, config: string | undefined): readonly string[] {
  const first = `npx ${program} revision --autogenerate -m "create tables"`;
  return config !== undefined && hasOwnMigrations.test(codeIn(directory, config))
    ? [
        `npx ${program} adopt    (takes over TypeORM's own migrations; if \`migrations\` of ${config} matches none: ${first})`,
      ]
    : [first];
}

/** Without its comments, which say nothing of what is configured. */
const codeIn = (directory: string, config: string): string =>
  withoutComments(readFileSync(join(directory, config), 'utf8'));

const hasOwnMigrations = /\bmigrations\s*:\s*\[\s*[^\]\s]/;

/** What is left to say of the DataSource, or of the configuration beside it, in the file's own module syntax. */
function configuringSteps(directory: string, config: string | undefined, versionLocation: string): readonly string[] {
  if (config === undefined)
    return ['Set DATABASE_URL, as in export DATABASE_URL=postgres://user:password@localhost:5432/database'];
  const path = join(directory, config);
  const isUsual = versionLocation === 'migrations';
  if (exportsMigrations.test(codeIn(directory, config)))
    return isUsual ? [] : [`Make sure that migrations in ${config} has versionLocations: ['${versionLocation}']`];
  const keys = isUsual ? '{ … }' : `{ versionLocations: ['${versionLocation}'] }`;
  const isModule = isTypeScript(path) || formatOf(path) === 'module';
  const named = `${isModule ? 'export const ' : 'module.exports.'}migrations = defineConfig(${keys})`;
  return [isUsual ? `Configure it in ${config}, if you like: ${named}` : `Add to ${config}: ${named}`];
}

/** Enough to know what not to say: the configuration itself is not run here. */
const exportsMigrations =
  /\bexport\s+(?:const|let|var)\s+migrations\b|\bexport\s*\{[^}]*\bmigrations\b|\bexports\.migrations\b|\bmodule\.exports\s*=\s*\{[^}]*\bmigrations\b/;

const scripts = {
  'db:revision': `${program} revision --autogenerate -m`,
  'db:upgrade': `${program} upgrade`,
  'db:check': `${program} check`,
};

const slashed = (path: string): string => path.replaceAll('\\', '/');
