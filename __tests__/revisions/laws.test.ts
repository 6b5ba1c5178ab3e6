import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RevisionError } from '../../src/revisions/errors.ts';
import { RevisionGraph } from '../../src/revisions/graph.ts';
import type { Step } from '../../src/revisions/revision.ts';
import {
  closure,
  histories,
  historiesWithHeads,
  maximal,
  needing,
  needsOf,
  parentsOf,
  type PlainHeader,
} from './random-history.ts';

const runs = { numRuns: 300 };

describe('the version table', () => {
  test('after any path holds the applied revisions that no other needs', () => {
    hold(({ headers, heads, graph, pick }) => {
      let table = heads;
      const tracker = graph.trackHeads(heads);
      for (const step of pathsThrough(graph, heads, pick)) {
        const applied = appliedAfter(closure(headers, table), step);
        table = graph.headsAfter(table, step);
        tracker.take(step);
        expect(sorted(table)).toEqual(sorted(maximal(headers, applied)));
        expect(tracker.heads()).toEqual(table);
      }
    });
  });

  test('says what is applied, and what is applied says what it holds', () => {
    hold(({ headers, heads, graph }) => {
      expect(sorted(graph.appliedAt(heads))).toEqual(sorted(closure(headers, heads)));
      expect(sorted(graph.headsOf(graph.appliedAt(heads)))).toEqual(sorted(heads));
    });
  });

  test('is the same after one step, whatever was asked before', () => {
    hold(({ graph, headers, heads }) => {
      const steps = graph.upgradePath(heads, 'heads');
      let table = heads;
      for (const step of steps) {
        const fresh = new RevisionGraph(headers).headsAfter([...table].reverse(), step);
        graph.headsAfter([], steps[0]!);
        table = graph.headsAfter(table, step);
        expect(table).toEqual(fresh);
      }
    });
  });

  test('takes what a revision needs with it, and what needs it', () => {
    hold(({ headers, heads, graph, pick }) => {
      const up = graph.headsAfter(heads, { revision: pick, direction: 'upgrade' });
      expect(sorted(up)).toEqual(sorted(maximal(headers, closure(headers, [...heads, pick]))));
      const down = graph.headsAfter(heads, { revision: pick, direction: 'downgrade' });
      const gone = needing(headers, [pick]);
      expect(sorted(down)).toEqual(sorted(maximal(headers, without(closure(headers, heads), gone))));
    });
  });
});

describe('an upgrade', () => {
  test('to the heads applies everything else, once', () => {
    hold(({ headers, heads, graph }) => {
      const steps = graph.upgradePath(heads, 'heads');
      const missing = without(new Set(headers.map(({ revision }) => revision)), closure(headers, heads));
      expect(sorted(idsOf(steps))).toEqual(sorted(missing));
      expect(run(graph, heads, steps)).toEqual(graph.realHeads());
    });
  });

  test('to a revision applies what it needs and nothing else', () => {
    hold(({ headers, heads, graph, pick }) => {
      const steps = graph.upgradePath(heads, pick);
      expect(sorted(idsOf(steps))).toEqual(sorted(without(closure(headers, [pick]), closure(headers, heads))));
    });
  });

  test('runs nothing before what it needs, and nothing twice', () => {
    hold(({ headers, heads, graph, pick }) => {
      for (const target of ['heads', pick]) {
        const applied = closure(headers, heads);
        for (const { revision } of graph.upgradePath(heads, target)) {
          expect(needsOf(headers, revision).every(needed => applied.has(needed))).toBe(true);
          expect(applied.has(revision)).toBe(false);
          applied.add(revision);
        }
      }
    });
  });

  test('is empty once it ran', () => {
    hold(({ heads, graph, pick }) => {
      const after = run(graph, heads, graph.upgradePath(heads, pick));
      expect(graph.upgradePath(after, pick)).toEqual([]);
    });
  });
});

describe('a downgrade', () => {
  test('to the base removes all that is applied', () => {
    hold(({ headers, heads, graph }) => {
      const steps = graph.downgradePath(heads, 'base');
      expect(sorted(idsOf(steps))).toEqual(sorted(closure(headers, heads)));
      expect(run(graph, heads, steps)).toEqual([]);
    });
  });

  test('to an applied revision removes what follows it and all that needs that', () => {
    hold(({ headers, heads, graph, pick }) => {
      fc.pre(heads.includes(pick) || graph.children(pick).some(child => closure(headers, heads).has(child)));
      const above = headers.filter(header => parentsOf(header).includes(pick)).map(({ revision }) => revision);
      const removed = [...needing(headers, above)].filter(id => closure(headers, heads).has(id));
      expect(sorted(idsOf(graph.downgradePath(heads, pick)))).toEqual(sorted(removed));
    });
  });

  test('runs nothing before all that needs it is gone', () => {
    hold(({ headers, heads, graph }) => {
      const applied = closure(headers, heads);
      for (const { revision } of graph.downgradePath(heads, 'base')) {
        applied.delete(revision);
        expect([...applied].some(id => needsOf(headers, id).includes(revision))).toBe(false);
      }
    });
  });

  test('is undone by an upgrade to where it began', () => {
    hold(({ heads, graph, pick }) => {
      const steps = stepsOrNone(() => graph.downgradePath(heads, pick));
      const lower = run(graph, heads, steps);
      const back = heads.flatMap(head => graph.upgradePath(lower, head));
      expect(sorted(run(graph, lower, back))).toEqual(sorted(heads));
    });
  });
});

describe('stamping', () => {
  test('leaves no row that another needs, and the target applied', () => {
    hold(({ headers, heads, graph, pick }) => {
      const after = graph.stampedHeads(heads, pick);
      expect(sorted(maximal(headers, after))).toEqual(sorted(after));
      expect(after).toContain(pick);
    });
  });

  test('leaves rows alone that have nothing to do with the target', () => {
    hold(({ headers, heads, graph, pick }) => {
      const related = new Set([...closure(headers, [pick]), ...needing(headers, [pick])]);
      expect(graph.stampedHeads(heads, pick)).toEqual(expect.arrayContaining(heads.filter(head => !related.has(head))));
    });
  });

  test('base empties the table, heads fills it', () => {
    hold(({ heads, graph }) => {
      expect(graph.stampedHeads(heads, 'base')).toEqual([]);
      expect(sorted(graph.stampedHeads([], 'heads'))).toEqual(sorted(graph.realHeads()));
      expect(sorted(graph.stampedHeads(['gone'], 'heads', { purge: true }))).toEqual(sorted(graph.realHeads()));
    });
  });
});

describe('history', () => {
  test('lists every revision after all that needs it', () => {
    hold(({ headers, graph }) => {
      const listed = graph.historyRange();
      expect(sorted(listed)).toEqual(sorted(headers.map(({ revision }) => revision)));
      for (const [index, id] of listed.entries()) {
        expect(needsOf(headers, id).every(needed => listed.indexOf(needed) > index)).toBe(true);
      }
    });
  });

  test('lists an upgrade from the base backwards', () => {
    hold(({ graph, pick }) => {
      expect(graph.historyRange(`:${pick}`)).toEqual(idsOf(graph.upgradePath([], pick)).reverse());
    });
  });

  test('tells the tips of the applied branches', () => {
    hold(({ headers, heads, graph }) => {
      const applied = closure(headers, heads);
      const tips = [...applied].filter(
        id => !headers.some(one => applied.has(one.revision) && parentsOf(one).includes(id)),
      );
      expect(sorted(graph.current(heads))).toEqual(sorted(tips));
    });
  });
});

describe('names', () => {
  test('mean the same revision in full, by label, on its branch, and from below or above', () => {
    hold(({ headers, graph, pick }) => {
      const header = headers.find(({ revision }) => revision === pick)!;
      expect(graph.resolve(pick)).toEqual([pick]);
      expect(graph.resolve(`${pick}@${pick}`)).toEqual([pick]);
      for (const label of header.branchLabels) expect(graph.resolve(label)).toEqual([pick]);
      const [parent, ...others] = parentsOf(header);
      if (parent !== undefined && others.length === 0) expect(graph.resolve(`${pick}-1`, [])).toEqual([parent]);
      const [child, ...more] = graph.children(pick);
      if (child !== undefined && more.length === 0) expect(graph.resolve('+1', [pick])).toEqual([child]);
    });
  });

  test('give a label to all descendants of the revision that has it', () => {
    hold(({ headers, graph }) => {
      for (const { revision, branchLabels } of headers) {
        for (const label of branchLabels) {
          for (const id of descendants(headers, revision)) expect(graph.labelsOf(id)).toContain(label);
        }
      }
    });
  });

  test('are answered whatever the order of loading', () => {
    const both = histories().chain(headers =>
      fc.tuple(fc.constant(headers), fc.shuffledSubarray(headers, full(headers))),
    );
    fc.assert(
      fc.property(both, ([headers, shuffled]) => {
        const [one, other] = [new RevisionGraph(headers), new RevisionGraph(shuffled)];
        expect(sorted(one.heads())).toEqual(sorted(other.heads()));
        expect(sorted(one.realHeads())).toEqual(sorted(other.realHeads()));
        for (const { revision } of headers) {
          expect(one.labelsOf(revision)).toEqual(other.labelsOf(revision));
          expect(sorted(idsOf(one.upgradePath([], revision)))).toEqual(sorted(idsOf(other.upgradePath([], revision))));
        }
      }),
      runs,
    );
  });
});

test('a new revision on any heads makes them no heads', () => {
  hold(({ headers, graph }) => {
    const { downRevision } = graph.parentsOfNew({ merge: graph.heads(), revId: 'new' });
    const grown = new RevisionGraph([...headers, { revision: 'new', downRevision }]);
    expect(grown.heads()).toEqual(['new']);
  });
});

test('what is no history is refused with an error of its own, never answered', () => {
  const broken = histories().chain(headers =>
    fc.tuple(fc.constant(headers), fc.nat({ max: headers.length - 1 }), fc.nat({ max: headers.length - 1 })),
  );
  fc.assert(
    fc.property(broken, ([headers, index, other]) => {
      const { revision } = headers[index]!;
      const lower = headers[other]!.revision;
      fc.pre(closure(headers, [revision]).has(lower));
      const circular = headers.map(one => (one.revision === lower ? { ...one, dependsOn: [revision] } : one));
      expect(() => new RevisionGraph(circular)).toThrow(RevisionError);
    }),
    runs,
  );
});

interface Situation {
  readonly headers: PlainHeader[];
  readonly heads: string[];
  readonly graph: RevisionGraph;
  /** Any of the revisions. */
  readonly pick: string;
}

function hold(law: (situation: Situation) => void): void {
  fc.assert(
    fc.property(historiesWithHeads(), fc.nat(), ({ headers, heads }, number) => {
      law({ headers, heads, graph: new RevisionGraph(headers), pick: headers[number % headers.length]!.revision });
    }),
    runs,
  );
}

/** Up to a revision, down to the base, up to the heads. */
function pathsThrough(graph: RevisionGraph, heads: string[], pick: string): Step[] {
  const first = graph.upgradePath(heads, pick);
  const middle = run(graph, heads, first);
  return [...first, ...graph.downgradePath(middle, 'base'), ...graph.upgradePath([], 'heads')];
}

function appliedAfter(applied: ReadonlySet<string>, { revision, direction }: Step): Set<string> {
  return direction === 'upgrade' ? new Set([...applied, revision]) : without(applied, new Set([revision]));
}

function run(graph: RevisionGraph, heads: readonly string[], steps: readonly Step[]): string[] {
  return steps.reduce((table, step) => graph.headsAfter(table, step), [...heads]);
}

function stepsOrNone(path: () => Step[]): Step[] {
  try {
    return path();
  } catch (error) {
    if (error instanceof RevisionError) return [];
    throw error;
  }
}

function descendants(headers: readonly PlainHeader[], id: string): Set<string> {
  const found = new Set([id]);
  for (const one of found) {
    for (const header of headers) if (parentsOf(header).includes(one)) found.add(header.revision);
  }
  return found;
}

function full(headers: readonly PlainHeader[]) {
  return { minLength: headers.length, maxLength: headers.length };
}

function idsOf(steps: readonly Step[]): string[] {
  return steps.map(({ revision }) => revision);
}

function without(ids: Iterable<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...ids].filter(id => !others.has(id)));
}

function sorted(ids: Iterable<string>): string[] {
  return [...ids].sort();
}
