import { expect, test } from '@jest/globals';
import { RevisionGraph } from '../../src/revisions/graph.ts';

const header = (revision: string, downRevision: string | null, branchLabels: string[] = []) => ({
  revision,
  downRevision,
  branchLabels,
  dependsOn: [],
  path: `${revision}.ts`,
});
const graph = new RevisionGraph([header('a111', null, ['billing']), header('b222', 'a111'), header('c333', 'b222')]);

const places = {
  upgrade: (target: string) => graph.upgradePath(['b222'], target),
  downgrade: (target: string) => graph.downgradePath(['b222'], target),
  stamp: (target: string) => graph.stampedHeads(['b222'], [target]),
  show: (target: string) => graph.resolve(target),
  merge: (target: string) => graph.parentsOfNew({ merge: [target], splice: true }),
};

/** Where each form may stand, as docs/revisions.md has it under "Targets". */
const forms: readonly (readonly [string, readonly (keyof typeof places)[]])[] = [
  ['b222', ['upgrade', 'downgrade', 'stamp', 'show', 'merge']],
  ['+1', ['upgrade']],
  ['billing@+1', ['upgrade']],
  ['-1', ['downgrade', 'show', 'merge']],
  ['billing@-1', ['downgrade', 'show', 'merge']],
  ['b222+1', ['upgrade']],
  ['a111+1', ['upgrade', 'downgrade']],
  ['b222-1', ['downgrade']],
];

test.each(forms)('%s stands for something in %j only, and elsewhere is refused by what it is', (form, allowed) => {
  for (const [place, take] of Object.entries(places)) {
    let said: string | undefined;
    try {
      take(form);
    } catch (error) {
      said = (error as Error).message;
    }
    if (allowed.includes(place as keyof typeof places)) expect([place, said]).toEqual([place, undefined]);
    else if (['stamp', 'show', 'merge'].includes(place))
      expect([place, said]).toEqual([place, expect.stringMatching(/cannot stand here: name the revision itself\.$/)]);
  }
});

test('a misspelt label that ends in a number but counts no steps gets a suggestion', () => {
  const labelled = new RevisionGraph([header('a111', null, ['my-app-2'])]);
  expect(() => labelled.upgradePath([], 'my-ap-2')).toThrow(/'my-ap-2'; did you mean .*my-app-2/);
  expect(() => labelled.resolve('my-ap-2')).toThrow(/did you mean .*my-app-2/);
  expect(() => labelled.resolve('+2')).toThrow(/names that count steps \(such as \+1 and ID-1\) are targets of/);
});
