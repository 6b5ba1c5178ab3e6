import Sequencer from '@jest/test-sequencer';

/**
 * Begins with the files that take longest, so that none of them is what everything else has long been done before. Without
 * what an earlier run has measured, as in a clean clone, jest would go by the size of the files.
 */
const longest = [
  'oracle/random-pairs',
  'examples/pages',
  'readme',
  'cases/entity-changes',
  'scripts/loader',
  'setups/setups',
  'dependents/dependents',
  'dependents/settings',
  'runner/crash',
  'runner/lock-waits',
  'examples/command-line',
];

const rankOf = ({ path }) => {
  const rank = longest.findIndex(name => path.endsWith(`__tests__/${name}.test.ts`));
  return rank === -1 ? longest.length : rank;
};

export default class LongestFirst extends Sequencer {
  /** @override */
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rankOf(one) - rankOf(other));
  }
}
