import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { starterFor } from '../../src/cli/starter.ts';
import { runNode, testRun, withDatabase } from '../support/index.ts';
import { consumer, projectIn } from './consumer.ts';
import { generatedParts, partIn, partsOf, withPart } from './generated.ts';
import { withBlocks } from './markdown.ts';
import { blocksOn, pages, sourcesOn } from './pages.ts';
import { followPage } from './story.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const { root } = testRun();
const read = (page: string): string => readFileSync(path.join(root, page), 'utf8');

describe('the TypeScript on', () => {
  test('all pages fits the library, as modules of Node read one another', async () => {
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      skipLibCheck: true,
      noEmit: true,
      typeRoots: [path.join(root, 'node_modules', '@types')],
      types: ['node'],
    };
    const files = pages().flatMap(page =>
      Object.entries(sourcesOn(page)).map(([name, text]) => [`${path.basename(page, '.md')}/${name}`, text] as const),
    );
    const project = await projectIn('pages', {
      'package.json': '{ "type": "module" }',
      'tsconfig.json': JSON.stringify({ compilerOptions }),
      ...Object.fromEntries(files),
    });
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout, exitCode } = await runNode([tsc, '-p', '.'], { cwd: project });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
  }, 180_000);
});

describe('what follows from the source', () => {
  test.each(Object.entries(generatedParts()))('is on %s as the source has it', (page, parts) => {
    const file = path.join(root, page);
    if (process.env['WRITE_DOCS']) {
      const written = Object.entries(parts).reduce((text, [name, part]) => withPart(text, name, part), read(page));
      writeFileSync(file, written);
    }
    const found = Object.keys(parts).map(name => [name, partIn(read(page), name)]);
    expect(Object.fromEntries(found)).toEqual(parts);
    expect([...partsOf(read(page))].sort()).toEqual(Object.keys(parts).sort());
  });
});

describe('the commands on', () => {
  const told = pages().filter(page => page !== 'README.md' && blocksOn(page).some(({ language }) => language === 'sh'));

  test.each(shareOfToday(told, 1))(
    '%s print what it says',
    async page => {
      const { 'tsconfig.json': tsconfig, ...files } = starterFor({
        template: 'cjs',
        language: 'typescript',
        versionLocation: 'migrations',
      }).files;
      const project = await projectIn(`told/${path.basename(page, '.md')}`, {
        'package.json': '{ "type": "commonjs" }',
        'tsconfig.json': tsconfig!,
        ...files,
      });
      symlinkSync(path.join(await consumer(), 'node_modules'), path.join(project, 'node_modules'));
      await withDatabase(async ({ url }) => {
        const texts = await followPage(blocksOn(page), { cwd: project, env: { ...compiling, DATABASE_URL: url } });
        if (process.env['WRITE_DOCS']) writeFileSync(path.join(root, page), withBlocks(read(page), texts));
      });
    },
    180_000,
  );
});

/** What a page that compiles is given: the TypeScript and the types that are installed here. */
const compiling = {
  PATH: [path.join(root, 'node_modules', '.bin'), process.env['PATH']].join(path.delimiter),
  TYPE_ROOTS: path.join(root, 'node_modules', '@types'),
};

describe('the links on', () => {
  const others = ['DEVELOPMENT.md', 'CHANGELOG.md', 'migrations/README.md', 'examples/README.md'];
  const examples = ['app-startup', 'nestjs', 'autogenerate-script', 'command-line'].map(
    name => `examples/${name}/README.md`,
  );

  test.each([...pages(), ...others, ...examples])('%s lead somewhere', page => {
    const lost = [...read(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)]
      .map(([, link]) => link!)
      .filter(link => !leadsSomewhere(page, link));
    expect(lost).toEqual([]);
  });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : path.join(path.dirname(page), file);
  if (!existsSync(path.join(root, target))) return false;
  return anchor === undefined || anchorsOn(target).includes(anchor);
}

/** As GitHub makes them of headings. */
const anchorsOn = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
