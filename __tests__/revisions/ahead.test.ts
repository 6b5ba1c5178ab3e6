import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LoggedRun } from '../../src/revisions/ahead.ts';
import { RevisionGraph } from '../../src/revisions/graph.ts';
import { closure, histories, type PlainHeader } from './random-history.ts';

/** What newer code did with a database, each choice out of what was possible. */
interface Deed {
  readonly kind: 'upgrade' | 'downgrade' | 'stamp';
  readonly pick: number;
}

/** Newer code at work: the version table and the log afterwards. */
function deploy(headers: readonly PlainHeader[], deeds: readonly Deed[], records: (index: number) => boolean) {
  const graph = new RevisionGraph(headers);
  const log: LoggedRun[] = [];
  let heads: readonly string[] = [];
  for (const [index, { kind, pick }] of deeds.entries()) {
    const applied = new Set(graph.appliedAt(heads));
    const ready = graph
      .all()
      .map(({ revision }) => revision)
      .filter(id => !applied.has(id) && graph.parents(id).every(parent => applied.has(parent)));
    const choices = { upgrade: ready, downgrade: heads, stamp: [...applied, ...ready] }[kind];
    if (choices.length === 0) continue;
    const revision = choices[pick % choices.length]!;
    heads = kind === 'stamp' ? [revision] : graph.headsAfter(heads, { revision, direction: kind });
    const below = kind === 'stamp' ? graph.appliedAt(heads).filter(id => id !== revision) : graph.parents(revision);
    log.push({ revision, direction: kind, parents: kind !== 'downgrade' && records(index) ? below : null });
  }
  return { log, heads, applied: graph.appliedAt(heads) };
}

const deeds = (...kinds: readonly Deed['kind'][]) =>
  fc.array(fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat() }), { maxLength: 25 });

/** A history, the part of it that older code has, and what newer code did. */
const rollouts = (...kinds: readonly Deed['kind'][]) =>
  histories().chain(headers =>
    fc.record({
      headers: fc.constant(headers),
      older: fc
        .subarray(headers.map(({ revision }) => revision))
        .map(some => headers.filter(({ revision }) => closure(headers, some).has(revision))),
      deeds: deeds(...kinds),
    }),
  );

describe('older code finds what is applied of its revisions', () => {
  test.each([
    ['all parents are logged', () => true, ['upgrade', 'upgrade', 'downgrade', 'stamp']],
    ['no parents are logged', () => false, ['upgrade', 'upgrade', 'downgrade']],
    ['some parents are logged', (index: number) => index % 3 > 0, ['upgrade', 'upgrade', 'downgrade']],
  ] as const)('whatever newer code did, where %s', (_, records, kinds) => {
    fc.assert(
      fc.property(rollouts(...kinds), ({ headers, older, deeds }) => {
        const { log, heads, applied } = deploy(headers, deeds, records);
        const history = new RevisionGraph(older);
        fc.pre(heads.some(head => !history.has(head)));
        const known = applied.filter(id => history.has(id));
        expect(history.knownHeadsBelow(heads, log)).toEqual(known.length > 0 ? history.headsOf(known) : undefined);
      }),
      { numRuns: 300 },
    );
  });
});

describe('older code does not guess', () => {
  const history = new RevisionGraph([
    { revision: 'a', downRevision: null },
    { revision: 'b', downRevision: 'a' },
  ]);
  const up = (revision: string, ...parents: string[]): LoggedRun => ({ revision, direction: 'upgrade', parents });

  test.each<[string, readonly string[], readonly LoggedRun[]]>([
    ['at a revision that nobody logged', ['x'], [up('a'), up('b', 'a')]],
    ['in the database of another project', ['y'], [up('x'), up('y', 'x')]],
    ['where one of several cannot be placed', ['x', 'y'], [up('a'), up('x', 'a')]],
    ['where nothing of its own is applied any more', ['x'], [up('a'), { ...up('a'), direction: 'downgrade' }, up('x')]],
  ])('%s', (_, heads, log) => {
    expect(history.knownHeadsBelow(heads, log)).toBeUndefined();
  });
});
