import { describe, expect, test } from '@jest/globals';
import { RevisionGraph } from '../../src/revisions/graph.ts';
import type { RevisionHeader, Step } from '../../src/revisions/revision.ts';

const size = 10_000;

/** Shapes that a walk by recursion, or one walk per revision, would not survive. */
const shapes: Readonly<Record<string, () => RevisionHeader[]>> = {
  'one line': () => revisions(index => (index === 0 ? null : id(index - 1))),
  'a line where each also depends on the first': () =>
    revisions(index => (index === 0 ? null : id(index - 1))).map((header, index) =>
      index === 0 ? header : { ...header, dependsOn: id(0) },
    ),
  'forks that are joined at once': () =>
    revisions(index => {
      if (index === 0) return null;
      return index % 3 === 0 ? [id(index - 2), id(index - 1)] : id(index - (index % 3));
    }),
  'one fork into all, joined by the last': () =>
    revisions(index => {
      if (index === 0) return null;
      return index < size - 1 ? id(0) : Array.from({ length: size - 2 }, (_, one) => id(one + 1));
    }),
  'two lines, one depending on the other all along': () =>
    revisions(index => (index < 2 ? null : id(index - 2))).map((header, index) =>
      index % 2 === 0 ? header : { ...header, dependsOn: id(index - 1) },
    ),
  'a hundred lines': () => revisions(index => (index < 100 ? null : id(index - 100))),
};

describe(`${size} revisions`, () => {
  test.each(Object.keys(shapes))('%s', name => {
    const graph = new RevisionGraph(shapes[name]!());
    const steps = graph.upgradePath([], 'heads');
    expect(steps).toHaveLength(size);
    expect(run(graph, [], steps)).toEqual(graph.realHeads());
    const back = graph.downgradePath(graph.realHeads(), 'base');
    expect(back).toHaveLength(size);
    expect(run(graph, graph.realHeads(), back)).toEqual([]);
    expect(graph.historyRange()).toHaveLength(size);
    expect(graph.stampedHeads([], 'heads').sort()).toEqual(graph.realHeads().sort());
  });

  test('relative targets reach from one end to the other', () => {
    const graph = new RevisionGraph(shapes['one line']!());
    expect(graph.upgradePath([], `+${size}`)).toHaveLength(size);
    expect(graph.upgradePath([id(0)], `${id(5)}@+${size - 1}`)).toHaveLength(size - 1);
    expect(graph.downgradePath([id(size - 1)], `-${size}`)).toHaveLength(size);
  });

  test('one step at a time, asked with what was answered', () => {
    const graph = new RevisionGraph(shapes['forks that are joined at once']!());
    const steps = graph.upgradePath([], 'heads');
    expect(steps.reduce<string[]>((heads, step) => graph.headsAfter(heads, step), [])).toEqual(graph.heads());
  });
});

function run(graph: RevisionGraph, heads: readonly string[], steps: readonly Step[]): string[] {
  const tracker = graph.trackHeads(heads);
  for (const step of steps) tracker.take(step);
  return tracker.heads();
}

function revisions(downRevision: (index: number) => RevisionHeader['downRevision']): RevisionHeader[] {
  return Array.from({ length: size }, (_, index) => ({ revision: id(index), downRevision: downRevision(index) }));
}

function id(index: number): string {
  return `r${String(index).padStart(5, '0')}`;
}
