import Sequencer from '@jest/test-sequencer';

/**
 * Begins with the files that take longest, so that none of them is what everything else has long been done before. Without
 * what an earlier run has measured, as in a clean clone, jest would go by the size of the files.
 */
const longest = [
  'readme',
  'oracle/random-pairs',
  'examples/pages',
  'examples/command-line',
  'runner/lock-waits',
  'testing/checks',
  'examples/app-startup',
  'cli/process',
  'scripts/loader',
  'examples/nestjs',
  'testing/scratch-database',
  'adoption/projects',
  'dependents/dependents',
  'adoption/adopt',
  'cli/init',
  'entities',
  'dependents/view-settings',
  'dependents/own-texts',
  'runner/crash',
  'runner/pooler',
  'testing/runners',
  'dependents/new-types',
  'runner/concurrency',
  'runner/servers',
  'runner/abort',
  'backfill/million',
  'dependents/hidden',
  'dependents/handed-down',
  'examples/autogenerate-script',
  'setups/setups',
  'support',
  'tour/tour',
  'testing/emptied',
  'compare/random',
  'dependents/names-taken',
  'cli/database',
  'runner/session-timeouts',
  'cases/entity-changes',
  'metadata/columns',
  'package/types',
  'columns/counters',
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
