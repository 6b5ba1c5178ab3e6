import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { defineCommand, program } from '../command.ts';
import { type EntityPlace, type Starter, starterFor, type Template, templates } from '../starter.ts';
import { UsageError } from '../usage-error.ts';
import { findConfig } from '../../scripts/find-config.ts';

export const init = defineCommand({
  name: 'init',
  describe: 'Prepare a project: a DataSource, an example entity, a folder for revisions',
  details: 'Writes what is missing and never over anything. Run it where package.json is.',
  positionals: {
    dir: { describe: 'The folder for revisions, migrations unless told' },
  },
  options: {
    template: {
      alias: 't',
      type: 'string',
      choices: templates,
      requiresArg: true,
      describe: 'cjs, esm, or nest; told from package.json where it is left out',
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
    const folder = folderFor(directory, args.dir, template);
    const config = existingConfig(directory);
    const starter = starterFor({
      template,
      versionLocation: slashed(relative(dirname(join(directory, starterConfig(template))), folder)),
    });
    const files = filesToWrite(starter, directory, config !== undefined);
    const [created, kept] = write(files, directory);
    if (!existsSync(folder)) created.push(`${slashed(relative(directory, folder))}/`);
    mkdirSync(folder, { recursive: true });
    const next = nextSteps(manifest, config);
    return {
      json: { template, created, kept: [...kept, ...(config === undefined ? [] : [config])], next },
      lines: [
        ...created.map(path => `created  ${path}`),
        ...[...kept, ...(config ? [config] : [])].map(path => `kept     ${path}`),
      ],
      summary: ['', 'Next:', ...next.map((step, i) => `  ${i + 1}. ${step}`)].join('\n'),
    };
  },
});

interface Manifest {
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestIn(directory: string): Manifest {
  const path = join(directory, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : {};
}

function templateFor({ type, dependencies = {} }: Manifest): Template {
  if ('@nestjs/core' in dependencies) return 'nest';
  return type === 'module' ? 'esm' : 'cjs';
}

const starterConfig = (template: Template): string => starterFor({ template, versionLocation: '' }).config;

/** Revisions lie in a folder of their own, below the project. */
function folderFor(directory: string, given: string | undefined, template: Template): string {
  const usual = join(directory, dirname(starterConfig(template)), 'migrations');
  const folder = given === undefined ? usual : resolve(directory, given);
  const way = relative(directory, folder);
  if (way.startsWith('..') || isAbsolute(way))
    throw new UsageError(
      `"${given}" lies outside of ${directory}; expected a folder for revisions in the project, such as migrations.`,
    );
  return way === '' ? usual : folder;
}

function existingConfig(directory: string): string | undefined {
  try {
    return slashed(relative(directory, findConfig({ directory })));
  } catch {
    return undefined;
  }
}

/** The configuration unless there is one; an example entity unless there are entities; tsconfig.json unless there is one. */
function filesToWrite(
  { config, entities, files }: Starter,
  directory: string,
  hasConfig: boolean,
): Readonly<Record<string, string>> {
  const hasEntities = hasConfig || hasEntityFiles(entities, directory);
  return Object.fromEntries(
    Object.entries(files).filter(([path]) => {
      if (path === config) return !hasConfig;
      return path === 'tsconfig.json' ? true : !hasEntities;
    }),
  );
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
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    try {
      writeFileSync(file, text, { flag: 'wx' });
      created.push(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      kept.push(path);
    }
  }
  return [created, kept];
}

function nextSteps(
  { dependencies = {}, devDependencies = {} }: Manifest,
  config: string | undefined,
): readonly string[] {
  const installed = { ...dependencies, ...devDependencies };
  const missing = ['typeorm', 'pg', 'reflect-metadata', program].filter(name => !(name in installed));
  return [
    ...(missing.length > 0 ? [`npm install ${missing.join(' ')}`] : []),
    config === undefined
      ? 'Set DATABASE_URL, as in export DATABASE_URL=postgres://user:password@localhost:5432/database'
      : `Add to ${config}, if you like: export const migrations = defineConfig({ … })`,
    `npx ${program} revision --autogenerate -m "create tables"`,
    `npx ${program} upgrade`,
    `Scripts for package.json: ${JSON.stringify(scripts)}`,
  ];
}

const scripts = {
  'db:revision': `${program} revision --autogenerate -m`,
  'db:upgrade': `${program} upgrade`,
  'db:check': `${program} check`,
};

const slashed = (path: string): string => path.replaceAll('\\', '/');
