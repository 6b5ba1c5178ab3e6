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
  'src/revisions': ['src/operations'],
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
const staticSpecifiers = (text: string): string[] =>
  [...text.matchAll(/^(?:import|export)\b(?! type)[^;]*?from '([^']+)'/gm)].map(([, specifier]) => specifier!);
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
