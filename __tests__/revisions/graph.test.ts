import { describe, expect, test } from '@jest/globals';
import { RevisionGraph } from '../../src/revisions/graph.ts';
import type { RevisionHeader, Step } from '../../src/revisions/revision.ts';

/** a base, a fork into `x` and `y`, both joined by `m`; `lib` depends on `x2`. */
const headers: readonly RevisionHeader[] = [
  { revision: 'a', downRevision: null, message: 'start' },
  { revision: 'x1', downRevision: 'a', branchLabels: 'x' },
  { revision: 'x2', downRevision: 'x1' },
  { revision: 'y1', downRevision: 'a', branchLabels: ['y'] },
  { revision: 'm', downRevision: ['x2', 'y1'] },
  { revision: 'lib1', downRevision: null, dependsOn: 'x2', branchLabels: ['lib'] },
];
const graph = new RevisionGraph(headers);

describe('the shape of a history', () => {
  test('heads, bases, forks and joins', () => {
    expect(graph.heads()).toEqual(['m', 'lib1']);
    expect(graph.realHeads()).toEqual(['m', 'lib1']);
    expect(graph.bases()).toEqual(['a', 'lib1']);
    expect(graph.realBases()).toEqual(['a']);
    expect(graph.branchPoints()).toEqual(['a']);
    expect(graph.children('a')).toEqual(['x1', 'y1']);
    expect(graph.mergePoints()).toEqual(['m']);
    expect(graph.dependencies('lib1')).toEqual(['x2']);
    expect(graph.labelsOf('m')).toEqual(['x', 'y']);
  });

  test('a head that another branch depends on is no real head', () => {
    const effective = new RevisionGraph([
      { revision: 'a', downRevision: null },
      { revision: 'b', downRevision: null, dependsOn: ['a'] },
    ]);
    expect(effective.heads()).toEqual(['a', 'b']);
    expect(effective.heads({ resolveDependencies: true })).toEqual(['b']);
    expect(effective.current(['b'])).toEqual(['a', 'b']);
  });

  test('headers are given as they came', () => {
    expect(graph.all()).toEqual(headers);
    expect(graph.get('a')).toBe(headers[0]);
    expect(graph.get('x')).toBe(headers[1]);
    expect(graph.get('base')).toBeUndefined();
    expect([graph.has('x1'), graph.has('x'), graph.has('nope')]).toEqual([true, false, false]);
  });

  test('an empty history has no heads and nothing to do', () => {
    const empty = new RevisionGraph([]);
    expect(empty.heads()).toEqual([]);
    expect(empty.upgradePath([], 'heads')).toEqual([]);
    expect(empty.upgradePath([], 'head')).toEqual([]);
    expect(empty.downgradePath([], 'base')).toEqual([]);
    expect(empty.historyRange()).toEqual([]);
    expect(empty.parentsOfNew()).toEqual({ downRevision: null, dependsOn: [] });
  });
});

describe('targets', () => {
  test('names', () => {
    expect(graph.resolve('base')).toEqual([]);
    expect(graph.resolve('heads')).toEqual(['m', 'lib1']);
    expect(graph.resolve('lib@head')).toEqual(['lib1']);
    expect(graph.resolve('x@base')).toEqual([]);
    expect(graph.resolve('y@y1')).toEqual(['y1']);
    expect(graph.resolve('li')).toEqual(['lib1']);
    expect(graph.resolve(['x1', 'y'])).toEqual(['x1', 'y1']);
  });

  test('counted from what is applied', () => {
    expect(graph.resolve('+1', ['x1'])).toEqual(['x2']);
    expect(graph.resolve('x@+2', ['a'])).toEqual(['x2']);
    expect(graph.resolve('x@+1', [])).toEqual(['a']);
    expect(graph.resolve('m-0', [])).toEqual(['m']);
  });

  test('counted down from the heads', () => {
    expect(graph.resolve('y1-1', [])).toEqual(['a']);
    expect(new RevisionGraph(headers.slice(0, 3)).resolve('x@-1')).toEqual(['x1']);
  });

  test('-N with several rows goes down from the first, and can be told', () => {
    expect(graph.downgradePath(['x2', 'y1'], '-1')).toEqual(down('x2'));
    expect(graph.downgradePath(['y1', 'x2'], '-1')).toEqual(down('y1'));
    expect(graph.isAmbiguousDowngrade(['x2', 'y1'], '-1')).toBe(true);
    expect(graph.isAmbiguousDowngrade(['x2'], '-1')).toBe(false);
    expect(graph.isAmbiguousDowngrade(['x2', 'y1'], 'x@-1')).toBe(false);
    expect(graph.isAmbiguousDowngrade(['x2', 'y1'], 'base')).toBe(false);
  });
});

describe('paths', () => {
  test('take any iterable of heads', () => {
    expect(graph.upgradePath(new Set(['x2', 'y1']), 'm')).toEqual(up('m'));
    expect(graph.headsAfter(new Set(['x2', 'y1']), up('m')[0]!)).toEqual(['m']);
  });

  test('an upgrade brings what the target depends on', () => {
    expect(graph.upgradePath([], 'lib@head')).toEqual(up('a', 'x1', 'x2', 'lib1'));
  });

  test('a dependency that an ancestor has already does not change the order, as in Alembic', () => {
    const repeated = new RevisionGraph([
      { revision: 'a', downRevision: null },
      { revision: 'b', downRevision: null },
      { revision: 'c', downRevision: 'b', dependsOn: 'b' },
      { revision: 'd', downRevision: ['a', 'c'], dependsOn: 'b' },
      { revision: 'e', downRevision: ['a', 'b'] },
    ]);
    expect(repeated.upgradePath([], 'heads')).toEqual(up('a', 'b', 'c', 'e', 'd'));
  });

  test('a downgrade of a branch leaves the others', () => {
    expect(graph.downgradePath(['m', 'lib1'], 'y@a')).toEqual(down('m', 'y1'));
    expect(graph.downgradePath(['m', 'lib1'], 'x1')).toEqual(down('m', 'lib1', 'x2'));
    expect(graph.downgradePath(['m', 'lib1'], 'lib@base')).toEqual(down('lib1'));
  });
});

describe('scripts', () => {
  test('say from which heads they lead where', () => {
    expect(graph.offlineUpgrade('heads')).toEqual({ heads: [], target: 'heads' });
    expect(graph.offlineUpgrade('base:x1')).toEqual({ heads: [], target: 'x1' });
    expect(graph.offlineUpgrade('x:+1')).toEqual({ heads: ['x1'], target: '+1' });
    expect(graph.offlineDowngrade('m:base')).toEqual({ heads: ['m'], target: 'base' });
    expect(graph.offlineStamp(['x1:x2', 'x1:y1', 'a'])).toEqual({ heads: ['x1'], targets: ['x2', 'y1', 'a'] });
    expect(graph.offlineStamp('heads')).toEqual({ heads: [], targets: ['heads'] });
  });

  test('ignore what the database holds', () => {
    expect(graph.upgradePath(['m'], 'x1:x2', { offline: true })).toEqual(up('x2'));
    expect(graph.downgradePath([], 'x2:a', { offline: true })).toEqual(down('x2', 'x1'));
    expect(graph.stampedHeads(['m'], 'x1:x2', { offline: true })).toEqual(['x2']);
  });
});

describe('stamping', () => {
  test('moves the rows of the target’s lineage and leaves the others', () => {
    expect(graph.stampedHeads(['x2', 'y1'], 'x1')).toEqual(['y1', 'x1']);
    expect(graph.stampedHeads(['x1', 'y1'], 'm')).toEqual(['m']);
    expect(graph.stampedHeads(['m'], 'y@base')).toEqual([]);
    expect(graph.stampedHeads([], ['x1', 'y1'])).toEqual(['x1', 'y1']);
    expect(graph.stampedHeads(['m'], [])).toEqual([]);
  });
});

describe('history ranges', () => {
  test('by name, empty, relative and current', () => {
    expect(graph.historyRange('a:x2')).toEqual(['x2', 'x1', 'a']);
    expect(graph.historyRange(':current', ['x1'])).toEqual(['x1', 'a']);
    expect(graph.historyRange('current:m', ['x1'])).toEqual(['m', 'x2', 'x1']);
    expect(graph.historyRange('x1:+1')).toEqual(['x2', 'x1']);
    expect(graph.historyRange('current:+1', ['x1'])).toEqual(['x2', 'x1']);
    expect(graph.historyRange(':', [])).toEqual(graph.historyRange(null));
    expect(graph.walk('x1', 'm')).toEqual(['m', 'x2', 'x1']);
  });
});

describe('a new revision', () => {
  test('follows the head, a named one, several, or none', () => {
    const line = new RevisionGraph(headers.slice(0, 3));
    expect(line.parentsOfNew()).toEqual({ downRevision: 'x2', dependsOn: [] });
    expect(graph.parentsOfNew({ head: 'lib@head' })).toEqual({ downRevision: 'lib1', dependsOn: [] });
    expect(graph.parentsOfNew({ merge: 'heads' })).toEqual({ downRevision: ['m', 'lib1'], dependsOn: [] });
    expect(graph.parentsOfNew({ head: 'base' })).toEqual({ downRevision: null, dependsOn: [] });
    expect(graph.parentsOfNew({ head: 'x1', splice: true })).toEqual({ downRevision: 'x1', dependsOn: [] });
  });

  test('depends on full ids, and on labels as labels', () => {
    expect(graph.parentsOfNew({ head: 'm', dependsOn: ['li', 'lib', 'a'] }).dependsOn).toEqual(['lib1', 'lib', 'a']);
  });

  test('is refused where its place, id or label is not free', () => {
    const refused = {
      'multiple-heads': {},
      'not-a-head-needs-splice': { head: 'x1' },
      'duplicate-heads-specified': { merge: ['m', 'm'] },
      'revision-not-found': { head: 'm', dependsOn: 'zz' },
      'illegal-revision-id': { head: 'm', revId: 'a-b' },
      'revision-id-too-long': { head: 'm', revId: 'x'.repeat(33) },
      'duplicate-revision': { head: 'm', revId: 'x1' },
      'duplicate-branch-label': { head: 'm', branchLabel: 'x' },
    };
    for (const [category, wanted] of Object.entries(refused)) {
      expect(() => graph.parentsOfNew(wanted)).toThrow(expect.objectContaining({ category }));
    }
    for (const branchLabel of [['new', 'new'], ['mine']]) {
      expect(() => graph.parentsOfNew({ head: 'm', revId: 'mine', branchLabel })).toThrow(
        expect.objectContaining({ category: 'duplicate-branch-label' }),
      );
    }
  });
});

function up(...ids: readonly string[]): Step[] {
  return ids.map(revision => ({ revision, direction: 'upgrade' }));
}

function down(...ids: readonly string[]): Step[] {
  return ids.map(revision => ({ revision, direction: 'downgrade' }));
}
