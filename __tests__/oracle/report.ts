import type { Outcome } from './examine.ts';
import { renamesOf, type Pair } from './pair.ts';
import { printSet } from './print-set.ts';
import { sqlOf } from './others.ts';

/** A failing pair as code, to be put into a test of its own. */
export function printPair(pair: Pair, outcome: Extract<Outcome, { kind: 'failed' }>, seed: number): string {
  return [
    `Seed ${seed} breaks the law "${outcome.law}":`,
    outcome.detail,
    '--- before',
    printSet(pair.before),
    '--- after',
    printSet(pair.after),
    `--- renames: ${JSON.stringify(renamesOf(pair))}`,
    `--- schema of the DataSource: ${pair.before.home}; naming strategy: ${pair.before.naming} → ${pair.after.naming}; ${pair.changes.join('; ')}`,
    '--- others',
    sqlOf(pair.others, pair.before),
  ].join('\n');
}
