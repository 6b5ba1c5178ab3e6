import { expect, test } from '@jest/globals';
import { MigrationError, RevisionGraph } from '../../src/index.ts';

const graph = new RevisionGraph([
  { revision: 'aaaa', downRevision: null },
  { revision: 'bbbb', downRevision: 'aaaa' },
]);
const step = { revision: 'bbbb', direction: 'upgrade' } as const;

/** What each method takes; the wrong values below come in the place of each argument in turn. */
const methods: Readonly<Record<string, readonly unknown[]>> = {
  get: ['aaaa'],
  heads: [{}],
  children: ['aaaa'],
  parents: ['aaaa'],
  dependencies: ['aaaa'],
  needing: ['aaaa'],
  labelsOf: ['aaaa'],
  resolve: ['bbbb', ['aaaa']],
  upgradePath: [['aaaa'], 'heads', {}],
  downgradePath: [['aaaa'], 'base', {}],
  isAmbiguousDowngrade: [['aaaa'], '-1'],
  offlineUpgrade: ['heads'],
  offlineDowngrade: ['heads:base'],
  offlineStamp: ['aaaa'],
  stampedHeads: [[], 'aaaa', {}],
  headsAfter: [['aaaa'], step],
  trackHeads: [['aaaa']],
  appliedAt: [['aaaa']],
  headsOf: [['aaaa']],
  current: [['aaaa']],
  historyRange: [':', []],
  walk: ['base', 'heads'],
  parentsOfNew: [{ head: 'bbbb' }],
};

const wrong = [
  null,
  5,
  true,
  Symbol('s'),
  () => {},
  'aaaa',
  [5],
  [undefined],
  [null],
  {},
  { head: 5 },
  { revision: 'bbbb', direction: 'sideways' },
  new Date(0),
];

const call = (method: string, args: readonly unknown[]): unknown => (graph as any)[method](...args);

test.each(Object.entries(methods))('%s() says in a sentence what is wrong with an argument', (method, right) => {
  expect(() => call(method, right)).not.toThrow();
  for (const index of right.keys()) {
    const answers = wrong.map(value => [value, () => call(method, right.with(index, value))] as const);
    const missing = [undefined, () => call(method, right.slice(0, index))] as const;
    for (const [value, ask] of [...answers, missing]) {
      try {
        ask();
      } catch (error) {
        expect([method, index, value, MigrationError.is(error), error]).toEqual([method, index, value, true, error]);
        expect((error as Error).message).toMatch(/^[^\n]+[.?]$/);
      }
    }
  }
});

test('a text is no list of ids, nor is a word a direction', () => {
  const idsAt: readonly (readonly [string, number])[] = [
    ['resolve', 1],
    ['upgradePath', 0],
    ['downgradePath', 0],
    ['isAmbiguousDowngrade', 0],
    ['stampedHeads', 0],
    ['headsAfter', 0],
    ['trackHeads', 0],
    ['appliedAt', 0],
    ['headsOf', 0],
    ['current', 0],
    ['historyRange', 1],
  ];
  for (const [method, index] of idsAt)
    expect(() => call(method, methods[method]!.with(index, 'aaaa'))).toThrow(
      /\(\) was given "aaaa" as \w+; expected a list of ids/,
    );
  expect(() => call('headsAfter', [[], { ...step, direction: 'sideways' }])).toThrow(
    'headsAfter() was given "sideways" as step.direction; expected one of "upgrade", "downgrade".',
  );
});

test('what is purged may make no sense', () => {
  expect(call('stampedHeads', [[null, 5], 'aaaa', { purge: true }])).toEqual(['aaaa']);
});

test('a list may be any that can be walked, once', () => {
  expect(graph.upgradePath(new Set(['aaaa']).values(), 'heads')).toEqual([step]);
});
