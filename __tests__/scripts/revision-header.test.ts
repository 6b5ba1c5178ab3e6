import { describe, expect, test } from '@jest/globals';
import { transformSync } from '@swc/core';
import fc from 'fast-check';
import { ts } from 'ts-morph';
import { scanHeader, type Literal } from '../../src/scripts/revision-header.ts';

const constantsOf = (source: string) => scanHeader(source).constants;

const revision = `/**
 * add satisfaction surveys
 *
 * Revision ID: 3f2a9c1b7d44
 */

import type { Operations } from 'typeorm-alembic';

export const revision: string = '3f2a9c1b7d44';
export const downRevision: string | readonly string[] | null = ['91c0d2ab64ef', "aa"];
export const branchLabels = [] as const;
export const dependsOn: string[] = [
  'first', // the one before
  'second',
];
export const transactional = false;

export async function upgrade(op: Operations): Promise<void> {
  const revision = 'not this';
  await op.execute(\`export const downRevision = 'nor this', \${[1].map(each => \`{\${each}\`).join('')}\`);
}

export async function downgrade(op: Operations): Promise<void> {}
`;

const header = {
  revision: '3f2a9c1b7d44',
  downRevision: ['91c0d2ab64ef', 'aa'],
  branchLabels: [],
  dependsOn: ['first', 'second'],
  transactional: false,
};

const bySwc = (type: 'commonjs' | 'es6', minify = false) =>
  transformSync(revision, {
    filename: 'a.ts',
    swcrc: false,
    minify,
    module: { type },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript' },
      ...(minify && { minify: { compress: true, mangle: true } }),
    },
  }).code;

const byTsc = (module: ts.ModuleKind) =>
  ts.transpileModule(revision, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } }).outputText;

describe('the header is read of', () => {
  test.each([
    ['TypeScript', revision],
    ["tsc's CommonJS", byTsc(ts.ModuleKind.CommonJS)],
    ["tsc's ES modules", byTsc(ts.ModuleKind.ESNext)],
    ["swc's CommonJS", bySwc('commonjs')],
    ["swc's ES modules", bySwc('es6')],
    ["swc's minified ES modules", bySwc('es6', true)],
  ])('%s', (_, source) => {
    const { constants, computed, balanced } = scanHeader(source);
    expect({ constants, computed, balanced }).toEqual({ constants: header, computed: [], balanced: true });
  });

  test("Babel's CommonJS", () => {
    const source = `
      "use strict";
      Object.defineProperty(exports, "__esModule", { value: true });
      exports.transactional = exports.revision = exports.downRevision = void 0;
      exports.upgrade = upgrade;
      const revision = exports.revision = 'a1';
      const downRevision = exports.downRevision = null;
      async function upgrade(op) { const revision = 'b2'; }`;
    expect(constantsOf(source)).toEqual({ revision: 'a1', downRevision: null });
  });

  test('a file whose constants are exported at its end', () => {
    const source = `const revision = "a1", downRevision = null, transactional = !1;\nexport { revision, downRevision, transactional };`;
    expect(constantsOf(source)).toEqual({ revision: 'a1', downRevision: null, transactional: false });
  });

  test('JavaScript by hand', () => {
    expect(constantsOf("module.exports.revision = 'a1'; exports . x = 1; exports.downRevision = undefined")).toEqual({
      revision: 'a1',
      downRevision: null,
    });
  });
});

describe('the header leaves alone', () => {
  test.each([
    ['comments', "// export const revision = 'a1'\n/* export const revision = 'a1'; */"],
    ['strings', '"export const revision = 1"; \'revision = "a1"\''],
    ['templates', '`\nexport const revision = "a1";\n`'],
    ['what stands in brackets', "{ const revision = 'a1'; } [revision = 'a1']; (revision = 'a1')"],
    ['members of other things', "other.revision = 'a1'; myexports.revisions = 'a1'"],
    ['longer names', "export const revisionOf = 'a1', myrevision = 'a1', $revision = 'a1'"],
    ['comparisons', "revision == 'a1'; revision => 'a1'"],
    ['regular expressions', "export const quote = /['\"`{]/; const half = 4 / 2; { /[/{]/.test('revision = 1') }"],
  ])('%s', (_, source) => {
    const { constants, computed, balanced } = scanHeader(source);
    expect({ constants, computed, balanced }).toEqual({ constants: {}, computed: [], balanced: true });
  });
});

test.each([
  'export const revision = makeId();',
  "export const revision = 'a' + 'b';",
  "export const revision = ['a'].join('');",
  'export const revision = `a${1}`;',
  'export const revision = other ?? null;',
  "export const revision = ['a', other];",
  "export const revision = null // none\n  ?? 'a';",
])('%s is said to be computed', source => {
  expect(scanHeader(source)).toMatchObject({ constants: {}, computed: ['revision'] });
});

test.each([
  'export const transactional = { (',
  'export function upgrade() { `${ ` }',
  'export const transactional = f()}',
])('brackets that do not match are seen: %s', source => {
  expect(scanHeader(`${source}\nexport const dependsOn = [];`).balanced).toBe(false);
});

test('the doc comment is read without its asterisks', () => {
  expect(scanHeader(revision).comment).toBe('add satisfaction surveys\n\nRevision ID: 3f2a9c1b7d44');
  expect(scanHeader("/* eslint-disable */\n/** one line */\nexport const revision = 'a'").comment).toBe('one line');
  expect(scanHeader("export const revision = 'a'").comment).toBe('');
});

test("a blank line after the comment carries it through tsc, which drops what hangs on a type's import", () => {
  expect(scanHeader(byTsc(ts.ModuleKind.CommonJS)).comment).toBe(
    'add satisfaction surveys\n\nRevision ID: 3f2a9c1b7d44',
  );
});

const written: Record<string, (value: string) => string> = {
  json: value => JSON.stringify(value),
  single: value =>
    `'${value.replaceAll(/[\\'\n\r\u2028\u2029]/g, each => (each === '\n' ? '\\n' : each === '\r' ? '\\r' : `\\${each}`))}'`,
  escaped: value => `"${[...value].map(each => `\\u{${each.codePointAt(0)!.toString(16)}}`).join('')}"`,
  template: value => `\`${value.replaceAll(/[\\`$]/g, '\\$&')}\``,
};

test('a literal is read as JavaScript evaluates it', () => {
  const literal = fc.tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom('json', 'single', 'escaped'));
  const value = fc.oneof(
    fc.constantFrom('null', 'true', 'false', 'undefined'),
    literal.map(([text, how]) => written[how]!(text)),
    fc.array(literal).map(list => `[${list.map(([text, how]) => written[how]!(text)).join(', ')}]`),
  );
  fc.assert(
    fc.property(value, source => {
      const evaluated = (new Function(`return ${source}`)() as Literal | undefined) ?? null;
      expect(constantsOf(`export const branchLabels = ${source};`).branchLabels).toEqual(evaluated);
    }),
  );
});

test('whatever a revision does, its header is found', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '{', '}', '(', '[', "'", '"', '`', '\\', '/', '*', '$', '\n', ' '),
  });
  const statement = fc.oneof(
    fc
      .tuple(text, fc.constantFrom('json', 'single', 'template'))
      .map(([said, how]) => `await op.execute(${written[how]!(said)});`),
    text.map(said => `// ${said.replaceAll('\n', ' ')}\n`),
    text.map(said => `/* ${said.replaceAll('*/', '')} */`),
    fc.constantFrom(
      'if (a / b > c / d) { e(); }',
      'const half = { a: [1, 2] }[`a`];',
      'x.replace(/["\'`/]/g, "");',
      'return /[{(]/;',
    ),
  );
  const body = fc.array(statement).map(statements => statements.join('\n'));
  fc.assert(
    fc.property(body, statements => {
      const source = `async function upgrade(op) {\n${statements}\n}\nexport const revision = 'a1';\nexport const downRevision = null;\nexport { upgrade };`;
      expect(scanHeader(source)).toMatchObject({ constants: { revision: 'a1', downRevision: null }, balanced: true });
    }),
    { numRuns: 300 },
  );
});

/** What takes a scanner that tries again from each place longer than anyone waits, or more stack than there is. */
describe('hostile source is read in one pass', () => {
  const TIMES = 50_000;
  test.each([
    [
      'comments after a constant',
      (n: number) => `export const revision = 'a1' ${'/* */'.repeat(n)}`,
      { revision: 'a1' },
    ],
    ['comments in a list', (n: number) => `export const dependsOn = [${'/**/,'.repeat(n)}]`, { dependsOn: [] }],
    ['line comments', (n: number) => `export const revision = 'a1'\n${'//\n'.repeat(n)}`, { revision: 'a1' }],
    ['a comment that never ends', (n: number) => `export const revision = 'a1' ${'/* '.repeat(n)}`, { revision: 'a1' }],
    ['templates in templates', (n: number) => `export const revision = 'a1';${'`${'.repeat(n)}`, { revision: 'a1' }],
    ['escaped quotes', (n: number) => `export const revision = 'a1';"${'\\"'.repeat(n)}`, { revision: 'a1' }],
    ['classes that never close', (n: number) => `export const revision = 'a1';${'(/['.repeat(n)}`, { revision: 'a1' }],
    ['names that are given nothing', (n: number) => `${'revision:'.repeat(n)}\nexports.revision = 'a1'`, {}],
    ['a constant again and again', (n: number) => `${"revision='a1';".repeat(n)}dependsOn`, { revision: 'a1' }],
    ['white space', (n: number) => `export const revision${' '.repeat(n)}= ${'\n'.repeat(n)}'a1'`, { revision: 'a1' }],
    ['brackets', (n: number) => `export const revision = 'a1';${'['.repeat(n)}`, { revision: 'a1' }],
  ])('%s', (_, sourceOf, constants) => {
    expect(constantsOf(sourceOf(TIMES))).toMatchObject(constants);
  });

  test('whatever it is made of', () => {
    const pieces = [
      'revision',
      'downRevision',
      ' = ',
      ':',
      "'",
      '"',
      '`',
      '${',
      '}',
      '{',
      '[',
      ']',
      '(',
      ')',
      '/',
      '*',
      '\\',
      '\n',
      ';',
      ',',
      'a1',
      '\\u{ffffffff}',
      'null',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), parts => {
        expect(typeof scanHeader(parts.join('')).balanced).toBe('boolean');
      }),
      { numRuns: 2_000, seed: 4 },
    );
  });
});
