import { readdirSync } from 'node:fs';
import path from 'node:path';
import { starterFor } from '../../src/cli/starter.ts';
import { testRun } from '../support/index.ts';
import { blocksOf, type Block } from './markdown.ts';

/** The README and the pages of the documentation, by their paths in the project. */
export const pages = (): readonly string[] => [
  'README.md',
  ...readdirSync(path.join(testRun().root, 'docs')).map(name => `docs/${name}`),
];

export const blocksOn = (page: string): readonly Block[] => blocksOf(path.join(testRun().root, page), page);

/** A page's TypeScript as files of a project: with what `init` writes, and around fragments what they stand in. */
export function sourcesOn(page: string): Readonly<Record<string, string>> {
  const { files } = starterFor({ template: 'esm', language: 'typescript', versionLocation: 'migrations' });
  const { 'tsconfig.json': _, ...started } = files;
  const blocks = blocksOn(page).filter(({ language }) => language === 'ts');
  const own = blocks.map(({ text, place }) => {
    const [, name] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
    return [name ?? `${place.split(':').at(-1)}.ts`, inContext(text)] as const;
  });
  return { ...started, ...Object.fromEntries(own) };
}

function inContext(text: string): string {
  if (/^import /m.test(text)) return text;
  if (/^export /m.test(text)) return `${imports}\n${text}`;
  return `${imports}\nexport async function block(op: Operations, runner: Runner, dataSource: DataSource) {\n${text}\nreturn [op, runner, dataSource];\n}`;
}

const imports = `import type { DataSource } from 'typeorm';
import type { Operations, Runner } from 'typeorm-alembic';`;
