import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '..');

/** Who may import whom: a folder sees itself, the folders named here, and the errors and configuration beside them. */
const layers: Readonly<Record<string, readonly string[]>> = {
  'src/sql': [],
  'src/objects': ['src/sql'],
  'src/compare': ['src/objects', 'src/sql'],
  'src/metadata': ['src/objects', 'src/sql'],
  'src/operations': ['src/objects', 'src/sql'],
  'src/revisions': [],
  'src/database': ['src/compare', 'src/objects', 'src/sql'],
  'src/scripts': ['src/revisions'],
  'src/pglite': [],
  'src/runner': [
    'src/compare',
    'src/database',
    'src/metadata',
    'src/objects',
    'src/operations',
    'src/revisions',
    'src/scripts',
    'src/sql',
  ],
  'src/adoption': [
    'src/compare',
    'src/database',
    'src/metadata',
    'src/objects',
    'src/operations',
    'src/revisions',
    'src/runner',
    'src/scripts',
    'src/sql',
    'codegen',
  ],
  'src/testing': [
    'src/compare',
    'src/database',
    'src/metadata',
    'src/objects',
    'src/operations',
    'src/revisions',
    'src/runner',
    'src/scripts',
    'src/sql',
    'codegen',
  ],
  codegen: [
    'src/compare',
    'src/database',
    'src/metadata',
    'src/objects',
    'src/operations',
    'src/revisions',
    'src/runner',
    'src/scripts',
    'src/sql',
  ],
};

/** Pure places: they await nothing of the world. */
const pure = ['src/sql', 'src/objects', 'src/compare', 'src/operations', 'src/revisions'];

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => join(entry.parentPath, entry.name));

const textOf = (file: string): string => readFileSync(file, 'utf8');
const specifiers = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier!);
const staticSpecifiers = (text: string, { types = false } = {}): string[] =>
  [...text.matchAll(/^(?:import|export)\b( type)?[^;]*?from '([^']+)'/gm)].flatMap(([, isType, specifier]) =>
    isType && !types ? [] : specifier!,
  );
const pathOf = (file: string, specifier: string): string => relative(root, resolve(dirname(file), specifier));
const layerOf = (path: string): string | undefined =>
  [...Object.keys(layers), 'src/cli'].find(layer => path.startsWith(`${layer}/`));

describe('a folder imports only what lies below it', () => {
  test.each(Object.entries(layers))('%s', (layer, allowed) => {
    const strangers = sources(layer).flatMap(file =>
      specifiers(textOf(file))
        .filter(specifier => specifier.startsWith('.'))
        .map(specifier => layerOf(pathOf(file, specifier)))
        .filter(to => to !== undefined && to !== layer && !allowed.includes(to))
        .map(to => `${relative(root, file)} → ${to}`),
    );
    expect([...new Set(strangers)]).toEqual([]);
  });
});

/** `Schema` is made up of the kinds, which speak of schemas themselves: these alone may import the type from above. */
const needSchema = [
  'src/objects/object-kind.ts',
  'src/objects/referenced-keys.ts',
  'src/objects/tables/inheritance.ts',
];

/** The files of each file's imports, types included. */
const imports = new Map(
  [...sources('src'), ...sources('codegen')].map(file => {
    const path = relative(root, file);
    const imported = staticSpecifiers(textOf(file), { types: true })
      .filter(specifier => specifier.startsWith('.'))
      .map(specifier => pathOf(file, specifier));
    return [path, imported.filter(to => !(needSchema.includes(path) && to === 'src/objects/kinds.ts'))] as const;
  }),
);

/** The circle that an import leads into, from a file back to the same one. */
function circleFrom(path: readonly string[], done: Set<string>): readonly string[] | undefined {
  const last = path.at(-1)!;
  const begin = path.indexOf(last);
  if (begin < path.length - 1) return path.slice(begin);
  if (done.has(last)) return undefined;
  for (const next of imports.get(last) ?? []) {
    const circle = circleFrom([...path, next], done);
    if (circle) return circle;
  }
  done.add(last);
  return undefined;
}

test('no files import each other, or one another in a circle, not even types', () => {
  const done = new Set<string>();
  const circles = [...imports.keys()].flatMap(file => circleFrom([file], done)?.join(' → ') ?? []);
  expect([...new Set(circles)]).toEqual([]);
});

test.each(needSchema)('%s needs its exception', file => {
  expect(textOf(join(root, file))).toMatch(/^import type \{[^}]*\bSchema\b[^}]*\} from '.*\/kinds\.ts';$/m);
});

describe('what production runs', () => {
  test('reaches codegen and ts-morph only by dynamic import', () => {
    const guilty = sources('src').filter(file =>
      staticSpecifiers(textOf(file)).some(
        specifier => specifier === 'ts-morph' || pathOf(file, specifier).startsWith('codegen'),
      ),
    );
    expect(guilty.map(file => relative(root, file))).toEqual([]);
  });

  test.each(pure)('%s has no clock, no chance, no process and no console', folder => {
    const guilty = sources(folder).filter(file =>
      /\b(Date\.now|new Date\(\)|Math\.random|process\.|console\.)/.test(textOf(file)),
    );
    expect(guilty.map(file => relative(root, file))).toEqual([]);
  });

  test.each(pure)('%s imports no part of Node that touches the world', folder => {
    const guilty = sources(folder).flatMap(file =>
      specifiers(textOf(file)).filter(specifier => specifier.startsWith('node:') && specifier !== 'node:util'),
    );
    expect(guilty).toEqual([]);
  });
});

describe('entities', () => {
  test('import only TypeORM and one another', () => {
    const strangers = sources('entities').flatMap(file =>
      specifiers(textOf(file)).filter(specifier => specifier !== 'typeorm' && !specifier.startsWith('./')),
    );
    expect(strangers).toEqual([]);
  });
});
