import path from 'node:path';
import { type ClassDeclaration, type JSDoc, Node, Project } from 'ts-morph';
import type { Options } from 'yargs';
import { type Command, type Positional, synopsis } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { exitCodeOf } from '../../src/cli/describe-error.ts';
import { globalOptions } from '../../src/cli/global-options.ts';
import { testRun } from '../support/index.ts';

/** Parts of pages that follow from the source: what stands between `<!-- NAME -->` and `<!-- end -->`. */
export const generatedParts = (): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  'docs/command-line.md': {
    'global options': optionTable(globalOptions),
    ...Object.fromEntries(commands.map(command => [command.name, commandPart(command)])),
  },
  'docs/configuration.md': { keys: configurationTable() },
  'docs/errors.md': errorTables(),
});

export const partsOf = (page: string): readonly string[] =>
  [...page.matchAll(/^<!-- (?!end)(.*?) -->$/gm)].map(([, name]) => name!);

export const partIn = (page: string, name: string): string | undefined =>
  page.split(`<!-- ${name} -->\n`)[1]?.split('\n<!-- end -->')[0]?.trim();

export const withPart = (page: string, name: string, text: string): string => {
  const [before, after = ''] = page.split(`<!-- ${name} -->\n`) as [string, string];
  return `${before}<!-- ${name} -->\n\n${text}\n\n${after.slice(after.indexOf('<!-- end -->'))}`;
};

function commandPart(command: Command): string {
  const { positionals = {}, options = {}, details, describe, examples } = command;
  const lines = examples.map(([line, does]) => `# ${does}\ntypeorm-alembic ${line}`);
  return [
    `\`typeorm-alembic ${synopsis(command)}\``,
    `${describe}.${details === undefined ? '' : ` ${details}`}`,
    optionTable({ ...positionalRows(positionals), ...options }),
    `\`\`\`\n${lines.join('\n')}\n\`\`\``,
  ]
    .filter(part => part !== '')
    .join('\n\n');
}

const positionalRows = (positionals: Readonly<Record<string, Positional>>): Readonly<Record<string, Options>> =>
  Object.fromEntries(
    Object.entries(positionals).map(([name, { describe, default: value }]) => [
      name.toUpperCase(),
      { describe: value === undefined ? describe : `${describe} (\`${value}\` by default)` },
    ]),
  );

function optionTable(options: Readonly<Record<string, Options>>): string {
  const rows = Object.entries(options).map(
    ([name, option]) => `| ${flagText(name, option)} | ${cell(option.describe!)} |`,
  );
  return rows.length === 0 ? '' : ['| | |', '| --- | --- |', ...rows].join('\n');
}

function flagText(name: string, { alias, type, choices }: Options): string {
  if (name === name.toUpperCase() && name.length > 1) return `\`${name}\``;
  const names = [alias ?? [], name].flat().map(each => (each.length === 1 ? `-${each}` : `--${each}`));
  const value = choices ? ` ${choices.join('|')}` : type === 'string' ? ' …' : '';
  return `\`${names.join('`, `')}${value.replaceAll('|', '\\|')}\``;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();

let parsed: Project | undefined;

function project(): Project {
  parsed ??= new Project({
    tsConfigFilePath: path.join(testRun().root, 'tsconfig.json'),
    skipAddingFilesFromTsConfig: true,
  });
  parsed.addSourceFilesAtPaths(path.join(testRun().root, '{src,codegen}/**/*.ts'));
  return parsed;
}

/** The sentence of a doc comment. */
const meaningOf = ([doc]: readonly JSDoc[]): string => cell(doc?.getDescription() ?? '');

function configurationTable(): string {
  const keys = project().getSourceFileOrThrow('src/config.ts').getInterfaceOrThrow('MigrationsConfig').getMembers();
  const rows = keys
    .filter(member => Node.isPropertySignature(member) || Node.isMethodSignature(member))
    .map(member => `| \`${member.getName()}\` | ${meaningOf(member.getJsDocs())} |`);
  return ['| key | |', '| --- | --- |', ...rows].join('\n');
}

function errorTables(): Readonly<Record<string, string>> {
  const classes = project()
    .getSourceFiles()
    .flatMap(file => file.getClasses())
    .filter(each => each.getName()?.endsWith('Error'));
  const tableOf = (names: readonly string[]) =>
    [
      '| class | | facts | exit code |',
      '| --- | --- | --- | --- |',
      ...names.map(name => errorRow(classes.find(each => each.getName() === name)!)),
    ].join('\n');
  const [library, ...entries] = ['src/index.ts', 'codegen/index.ts', 'src/testing/index.ts', 'src/pglite/index.ts'].map(
    exportedErrors,
  );
  const others = [...library!, ...entries.flat()];
  const unnamed = classes.map(each => each.getName()!).filter(name => !others.includes(name));
  return {
    library: tableOf(library!),
    'other entry points': tableOf(entries.flat()),
    'not exported': tableOf(unnamed.sort()),
  };
}

const exportedErrors = (file: string): readonly string[] =>
  project()
    .getSourceFileOrThrow(file)
    .getExportDeclarations()
    .flatMap(each => each.getNamedExports())
    .map(each => each.getName())
    .filter(name => /^[A-Z].*Error$/.test(name))
    .sort();

function errorRow(error: ClassDeclaration): string {
  const name = error.getName()!;
  const facts = error
    .getProperties()
    .map(property => property.getName())
    .filter(each => each !== 'name' && !each.startsWith('['))
    .map(each => `\`${each}\``);
  return `| \`${name}\` | ${meaningOf(error.getJsDocs())} | ${facts.join(', ')} | ${name === 'InterruptedError' ? '129, 130, 143' : exitCodeOf({ name })} |`;
}
