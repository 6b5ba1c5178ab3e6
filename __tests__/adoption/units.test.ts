import { describe, expect, test } from '@jest/globals';
import { transformSync } from '@swc/core';
import { renderRevision } from '../../codegen/render.ts';
import { draftChain, revisionIdOf } from '../../src/adoption/draft-chain.ts';
import { migrationsIn } from '../../src/adoption/represented-migrations.ts';
import { stampTargets } from '../../src/adoption/stamp-targets.ts';
import { RevisionGraph } from '../../src/revisions/graph.ts';

const named = (name: string) => ({
  name,
  timestamp: Number(name.slice(-13)),
  transactional: true,
  table: 'migrations',
  instance: { up: async () => {}, down: async () => {} },
});

const draft = (...names: readonly string[]) => {
  const migrations = names.map(named);
  return draftChain({ graph: new RevisionGraph([]), migrations, all: migrations, beforehand: [] });
};

describe('the migrations a revision stands for are found in its source', () => {
  const [chained] = draft('AddUser1700000000001');
  const baseline = { ...chained!, upgrade: [], downgrade: [], replaces: ['A1700000000001', "B'1700000000002"] };
  const compiled = (source: string, type: 'commonjs' | 'es6', minify: boolean) =>
    transformSync(source, {
      module: { type },
      minify,
      jsc: { parser: { syntax: 'typescript' }, minify: { compress: false } },
    }).code;

  test.each(['typescript', 'esm', 'commonjs'] as const)('written as %s, compiled or not', language => {
    for (const [script, names] of [
      [chained!, ['AddUser1700000000001']],
      [baseline, ['A1700000000001', "B'1700000000002"]],
    ] as const) {
      const source = renderRevision(script, language);
      const module = language === 'commonjs' ? 'commonjs' : 'es6';
      expect(migrationsIn(source)).toEqual(names);
      expect(migrationsIn(compiled(source, module, false))).toEqual(names);
      expect(migrationsIn(compiled(source, module, true))).toEqual(names);
      expect(migrationsIn(compiled(source, 'commonjs', false))).toEqual(names);
    }
  });

  test('none in one of our own', () => {
    expect(migrationsIn(`export const revision = 'a1'; // replaces what was\nawait op.revertMigration('A1');`)).toEqual(
      [],
    );
  });
});

describe('revisions are called', () => {
  test('by the timestamp, and by a little more where several have the same', () => {
    const twins = ['One1700000000001', 'Two1700000000001', 'Three1700000000002'].map(named);
    const ids = twins.map(each => revisionIdOf(each, twins));
    expect(ids).toEqual([
      expect.stringMatching(/^1700000000001_\w{8}$/),
      expect.stringMatching(/^1700000000001_\w{8}$/),
      '1700000000002',
    ]);
    expect(new Set(ids).size).toBe(3);
  });

  test.each([
    ['AddUserEmail1700000000001', 'add user email'],
    ['AddHTTPLog1700000000001', 'add http log'],
    ['add_user-emails1700000000001', 'add user emails'],
    ['Größe21700000000001', 'größe2'],
    ['1700000000001', 'migration'],
  ])('after %s: %s', (name, message) => expect(draft(name)[0]!.message).toBe(message));
});

describe('where a database stands', () => {
  const graph = new RevisionGraph([
    { revision: 'a', downRevision: null },
    { revision: 'b', downRevision: 'a' },
    { revision: 'own', downRevision: 'b' },
    { revision: 'c', downRevision: 'own' },
  ]);
  const represented = new Map([
    ['a', ['A']],
    ['b', ['B', 'B2']],
    ['c', ['C']],
  ]);
  const targets = (applied: readonly string[], heads: readonly string[] = []) =>
    stampTargets({ graph, represented, applied: new Set(applied), heads });

  test.each<[readonly string[], readonly string[], readonly string[]]>([
    [[], [], []],
    [['A'], [], ['a']],
    [['A', 'B', 'B2'], [], ['b']],
    [['A', 'B', 'B2', 'C'], ['own'], ['c']],
    [[], ['own'], ['own']],
    [['A', 'gone'], [], ['a']],
  ])('after %j, at %j: %j', (applied, heads, expected) => expect(targets(applied, heads)).toEqual(expected));

  test.each<[readonly string[], string]>([
    [['B', 'B2'], 'TypeORM has run B2 in this database, but not A, which'],
    [['A', 'B', 'B2', 'C'], 'TypeORM has run C in this database, but not own, which'],
    [['A', 'B'], 'Revision b stands for several'],
  ])('after %j it cannot be said', (applied, message) => expect(() => targets(applied)).toThrow(message));
});
