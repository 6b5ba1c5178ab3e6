import { describe, expect, test } from '@jest/globals';
import { MigrationError } from '../../src/errors.ts';
import * as errors from '../../src/revisions/errors.ts';
import { RevisionGraph } from '../../src/revisions/graph.ts';
import type { RevisionHeader } from '../../src/revisions/revision.ts';

/** Two branches from one base, and a third that depends on one of them. */
const forked = new RevisionGraph([
  { revision: 'base0000', downRevision: null },
  { revision: 'cart0001', downRevision: 'base0000', branchLabels: 'cart' },
  { revision: 'cart0002', downRevision: 'cart0001' },
  { revision: 'mail0001', downRevision: 'base0000', branchLabels: ['mail'] },
  { revision: 'lib00001', downRevision: null, dependsOn: 'cart0001', branchLabels: ['lib'] },
]);

describe('a name that is none', () => {
  test('is told with the nearest ones', () => {
    const error = thrownBy(() => forked.resolve('cart0020'), errors.RevisionNotFoundError);
    expect(error).toMatchObject({ identifier: 'cart0020', category: 'revision-not-found' });
    expect(error.suggestions).toContain('cart0002');
    expect(error.message).toMatch(/^Can't locate revision identified by 'cart0020'; did you mean .*'cart0002'/);
  });

  test('that resembles nothing sends the reader to the history', () => {
    const error = thrownBy(() => forked.resolve('zzzzzzzz'), errors.RevisionNotFoundError);
    expect(error).toMatchObject({ suggestions: [] });
    expect(error.message).toContain('`history`');
  });

  test('in the version table asks for the code that has it', () => {
    for (const ask of [
      () => forked.upgradePath(['gone0000'], 'heads'),
      () => forked.downgradePath(['gone0000'], '-1'),
      () => forked.stampedHeads(['gone0000'], 'cart0001'),
      () => forked.current(['gone0000']),
      () => forked.historyRange('current:', ['gone0000']),
    ]) {
      const error = thrownBy(ask, errors.AppliedRevisionNotFoundError);
      expect(error).toBeInstanceOf(errors.RevisionNotFoundError);
      expect(error.message).toMatch(
        /^Can't locate revision identified by 'gone0000'.*run the code that has this revision\.$/,
      );
    }
  });

  test('in the version table is never completed: a row is an id', () => {
    expect(() => forked.upgradePath(['mail'], 'heads')).toThrow(errors.AppliedRevisionNotFoundError);
    expect(() => forked.upgradePath(['lib0'], 'heads')).toThrow(errors.AppliedRevisionNotFoundError);
    expect(() => forked.upgradePath(['head'], 'heads')).toThrow(errors.AppliedRevisionNotFoundError);
  });

  test('of a branch', () => {
    expect(thrownBy(() => forked.resolve('carr@cart0001'), errors.BranchNotFoundError)).toMatchObject({
      branch: 'carr',
      suggestions: ['cart', 'cart0001', 'cart0002'],
    });
  });

  test('of a revision that is on another branch', () => {
    expect(thrownBy(() => forked.resolve('mail@cart0002'), errors.NotMemberOfBranchError)).toMatchObject({
      revision: 'cart0002',
      branch: 'mail',
    });
  });

  test('that several begin with', () => {
    expect(thrownBy(() => forked.resolve('cart000'), errors.AmbiguousRevisionError)).toMatchObject({
      identifier: 'cart000',
      candidates: ['cart0001', 'cart0002'],
    });
  });

  test('that is empty', () => {
    for (const empty of ['', 'cart@']) expect(() => forked.resolve(empty)).toThrow(errors.RevisionNotFoundError);
  });
});

describe('several revisions where one is asked for', () => {
  test('are told with what to type instead', () => {
    const error = thrownBy(() => forked.upgradePath([], 'head'), errors.MultipleHeadsError);
    expect(error).toMatchObject({ argument: 'head', heads: ['cart0002', 'mail0001', 'lib00001'] });
    for (const advice of ['`upgrade cart@head`', '`upgrade heads`', '`merge heads`']) {
      expect(error.message).toContain(advice);
    }
  });

  test('are told by id where no label tells them apart', () => {
    const graph = new RevisionGraph(['a', 'b'].map(revision => ({ revision, downRevision: null })));
    expect(thrownBy(() => graph.get('head'), errors.MultipleHeadsError).message).toContain('`upgrade a`');
  });

  test('are ambiguous for relative targets', () => {
    expect(
      thrownBy(() => forked.upgradePath(['cart0001', 'mail0001'], '+1'), errors.AmbiguousUpgradeError),
    ).toMatchObject({ current: ['cart0001', 'mail0001'] });
    expect(thrownBy(() => forked.upgradePath(['base0000'], '+1'), errors.AmbiguousWalkError)).toMatchObject({
      from: 'base0000',
      candidates: ['cart0001', 'mail0001'],
    });
    expect(
      thrownBy(() => forked.downgradePath(['cart0002', 'mail0001'], 'base0000@-1'), errors.AmbiguousDowngradeError),
    ).toMatchObject({ branch: 'base0000', current: ['cart0002', 'mail0001'] });
    expect(thrownBy(() => forked.downgradePath([], 'cart@-1'), errors.AmbiguousDowngradeError).message).toContain(
      'none',
    );
  });

  test('a walk that is ambiguous names a command that works', () => {
    const commandsIn = (message: string) => [...message.matchAll(/`(upgrade|downgrade) (\S+)`/g)];
    const up = thrownBy(() => forked.upgradePath(['base0000'], '+1'), errors.AmbiguousWalkError);
    const merged = new RevisionGraph([
      { revision: 'base0000', downRevision: null },
      { revision: 'cart0001', downRevision: 'base0000' },
      { revision: 'mail0001', downRevision: 'base0000' },
      { revision: 'join0001', downRevision: ['cart0001', 'mail0001'] },
    ]);
    const down = thrownBy(() => merged.downgradePath(['join0001'], '-1'), errors.AmbiguousWalkError);
    expect(commandsIn(up.message).map(([, command]) => command)).toEqual(['upgrade', 'upgrade']);
    for (const [, , target] of commandsIn(up.message))
      expect(forked.upgradePath(['base0000'], target!)).toEqual([{ revision: 'cart0001', direction: 'upgrade' }]);
    expect(commandsIn(down.message).map(([, command]) => command)).toEqual(['downgrade']);
    for (const [, , target] of commandsIn(down.message))
      expect(merged.downgradePath(['join0001'], target!)).toEqual([{ revision: 'join0001', direction: 'downgrade' }]);
  });

  test('the wrong direction', () => {
    const up = thrownBy(() => forked.upgradePath(['mail0001'], '-1'), errors.RelativeOutOfRangeError);
    expect(up.message).toContain('the direction is wrong: `upgrade` goes up');
    const down = thrownBy(() => forked.downgradePath(['mail0001'], '+1'), errors.RelativeOutOfRangeError);
    expect(down.message).toContain('the direction is wrong: `downgrade` goes down');
    const far = thrownBy(() => forked.downgradePath(['mail0001'], '-5'), errors.RelativeOutOfRangeError);
    expect(far.message).not.toContain('direction');
  });

  test('overlap where one needs the other', () => {
    expect(
      thrownBy(() => forked.upgradePath(['cart0002', 'base0000'], 'heads'), errors.OverlappingRevisionsError),
    ).toMatchObject({ revision: 'cart0002', overlaps: ['base0000'] });
  });
});

describe('a target out of reach', () => {
  test('by counting too far from what is applied', () => {
    for (const target of ['+9', '-1', 'mail@+2', 'head-9', 'cart0002+1', '-0']) {
      expect(() => forked.upgradePath(['mail0001'], target.replace('head-', 'cart@head-'))).toThrow(
        errors.RelativeOutOfRangeError,
      );
    }
    expect(thrownBy(() => forked.downgradePath(['mail0001'], '-5'), errors.RelativeOutOfRangeError).message).toContain(
      "-5 didn't produce 5 migrations",
    );
    expect(() => forked.downgradePath(['mail0001'], '+1')).toThrow(errors.RelativeOutOfRangeError);
  });

  test('by counting too far from a revision', () => {
    expect(thrownBy(() => forked.downgradePath(['mail0001'], 'cart0001-5'), errors.WalkedTooFarError)).toMatchObject({
      target: 'cart0001-5',
    });
  });

  test('for a downgrade, because it is not applied', () => {
    expect(
      thrownBy(() => forked.downgradePath(['mail0001'], 'cart0001'), errors.DowngradeTargetNotAppliedError),
    ).toMatchObject({ target: 'cart0001', current: ['mail0001'], category: 'range-not-ancestor' });
  });

  test('for a downgrade, because the branch lies elsewhere', () => {
    expect(
      thrownBy(() => forked.downgradePath(['cart0002'], 'lib@base0000'), errors.InvalidDowngradeTargetError),
    ).toMatchObject({ target: 'lib@base0000', branch: 'lib' });
  });

  test('for a range', () => {
    expect(thrownBy(() => forked.walk('cart0002', 'cart0001'), errors.RangeNotAncestorError)).toMatchObject({
      start: 'cart0002',
      end: 'cart0001',
    });
    expect(() => forked.historyRange('cart0001')).toThrow(errors.HistoryRangeSyntaxError);
    expect(() => forked.historyRange('a:b:c')).toThrow(errors.HistoryRangeSyntaxError);
  });

  test('for a range that leaves its branch through a dependency', () => {
    const graph = new RevisionGraph([
      { revision: 'a1', downRevision: null },
      { revision: 'a2', downRevision: 'a1' },
      { revision: 'b1', downRevision: null, dependsOn: ['a2'] },
    ]);
    expect(thrownBy(() => graph.historyRange('a1:'), errors.DisconnectedRangeError).revisions).toEqual(['a2', 'a1']);
    expect(graph.historyRange('a1:a2')).toEqual(['a2', 'a1']);
  });
});

describe('files that make no history', () => {
  test('one id in two files, both named', () => {
    const error = thrownBy(
      () => graphOf({ revision: 'a', path: 'one.ts' }, { revision: 'a', path: 'two.ts' }),
      errors.DuplicateRevisionError,
    );
    expect(error).toMatchObject({ revision: 'a', paths: ['one.ts', 'two.ts'] });
    expect(error.message).toContain('one.ts and two.ts');
  });

  test('a reference to a revision that is not there', () => {
    expect(
      thrownBy(() => graphOf({ revision: 'b', downRevision: 'a', path: 'b.ts' }), errors.MissingRevisionError),
    ).toMatchObject({
      missing: 'a',
      referencedBy: 'b',
      field: 'downRevision',
      message: expect.stringContaining('b.ts'),
    });
    expect(thrownBy(() => graphOf({ revision: 'b', dependsOn: ['lib'] }), errors.MissingRevisionError)).toMatchObject({
      missing: 'lib',
      field: 'dependsOn',
    });
  });

  test('a branch label as down revision', () => {
    const headers = [
      { revision: 'a', branchLabels: 'lib' },
      { revision: 'b', downRevision: 'lib' },
    ];
    expect(() => graphOf(...headers)).toThrow(errors.MissingRevisionError);
  });

  test('a circle', () => {
    expect(() => graphOf({ revision: 'a', downRevision: 'a' })).toThrow(errors.SelfLoopError);
    expect(() => graphOf({ revision: 'a', dependsOn: 'a' })).toThrow(errors.DependencySelfLoopError);
    const circle = [
      { revision: 'a', downRevision: 'c' },
      { revision: 'b', downRevision: 'a' },
      { revision: 'c', downRevision: 'b' },
    ];
    expect(thrownBy(() => graphOf(...circle), errors.CycleError)).toMatchObject({
      revisions: ['a', 'c', 'b'],
      category: 'cycle',
    });
    const dependent = [
      { revision: 'a', dependsOn: 'b' },
      { revision: 'b', downRevision: 'a' },
    ];
    expect(thrownBy(() => graphOf(...dependent), errors.DependencyCycleError)).toMatchObject({ revisions: ['a', 'b'] });
  });

  test('a circle between a base and a head, which Alembic takes for a history', () => {
    expect(() =>
      graphOf(
        { revision: 'a' },
        { revision: 'b', downRevision: ['a', 'c'] },
        { revision: 'c', downRevision: 'b' },
        { revision: 'd', downRevision: 'c' },
      ),
    ).toThrow(errors.CycleError);
  });

  test('a label twice', () => {
    const headers = [
      { revision: 'a', branchLabels: 'lib' },
      { revision: 'b', branchLabels: ['lib'] },
    ];
    expect(thrownBy(() => graphOf(...headers), errors.DuplicateBranchLabelError)).toMatchObject({
      label: 'lib',
      revision: 'b',
      usedBy: 'a',
    });
    expect(() => graphOf({ revision: 'a', branchLabels: 'a' })).toThrow(errors.DuplicateBranchLabelError);
  });

  test('an id that cannot be one', () => {
    for (const character of ['@', '-', '+', ':']) {
      expect(thrownBy(() => graphOf({ revision: `a${character}b` }), errors.IllegalRevisionIdError)).toMatchObject({
        characters: [character],
      });
    }
    expect(() => graphOf({ revision: 'x'.repeat(33) })).toThrow(errors.RevisionIdTooLongError);
    expect(graphOf({ revision: 'x'.repeat(32) }).heads()).toEqual(['x'.repeat(32)]);
  });

  test('a header of the wrong shape', () => {
    const malformed: readonly [unknown, string][] = [
      [null, 'header'],
      [{ downRevision: null }, 'revision'],
      [{ revision: '', downRevision: null }, 'revision'],
      [{ revision: 7, downRevision: null }, 'revision'],
      [{ revision: 'a', path: 'a.ts' }, 'downRevision'],
      [{ revision: 'a', downRevision: 7 }, 'downRevision'],
      [{ revision: 'a', downRevision: [''] }, 'downRevision'],
      [{ revision: 'a', downRevision: null, dependsOn: {} }, 'dependsOn'],
      [{ revision: 'a', downRevision: null, branchLabels: [1] }, 'branchLabels'],
    ];
    for (const [header, field] of malformed) {
      const error = thrownBy(() => new RevisionGraph([header as RevisionHeader]), errors.MalformedRevisionError);
      expect(error.field).toBe(field);
    }
  });
});

describe('requests a command refuses', () => {
  test('a range where the database is', () => {
    expect(() => forked.upgradePath([], 'base:heads')).toThrow(errors.RangeNotAllowedError);
    expect(() => forked.downgradePath([], 'heads:base')).toThrow(errors.RangeNotAllowedError);
  });

  test('ranges of scripts that are none', () => {
    expect(() => forked.downgradePath([], 'base', { offline: true })).toThrow(errors.DowngradeNeedsRangeError);
    for (const range of ['a:b:c', ':heads']) {
      expect(() => forked.upgradePath([], range, { offline: true })).toThrow(errors.RangeSyntaxError);
    }
    expect(() => forked.upgradePath([], 'cart@base:heads', { offline: true })).toThrow(errors.RevisionNotFoundError);
    expect(thrownBy(() => forked.offlineStamp(['a:b', 'c:d']), errors.StampStartsError).starts).toEqual(['a', 'c']);
    expect(() => forked.stampedHeads([], 'heads', { purge: true, offline: true })).toThrow(errors.PurgeOfflineError);
  });

  test('stamping that would need a row twice', () => {
    expect(thrownBy(() => forked.stampedHeads([], ['cart0001', 'cart0001']), errors.StampConflictError)).toMatchObject({
      targets: ['cart0001', 'cart0001'],
      current: [],
    });
    expect(() => forked.stampedHeads(['cart0002'], ['cart0001', 'base0000'])).toThrow(errors.StampConflictError);
  });
});

test('every error is a MigrationError with a name, a category and one sentence', () => {
  const all = [() => forked.get('head'), () => forked.get('zz'), () => forked.walk('zz@base')];
  for (const ask of all) {
    const error = thrownBy(ask, errors.RevisionError);
    expect(MigrationError.is(error)).toBe(true);
    expect(error.name).toBe(error.constructor.name);
    expect(error.category).toMatch(/^[a-z-]+$/);
    expect(error.message).not.toMatch(/\. /);
  }
});

function graphOf(...headers: readonly Partial<RevisionHeader>[]): RevisionGraph {
  return new RevisionGraph(headers.map(header => ({ revision: 'unnamed', downRevision: null, ...header })));
}

function thrownBy<Class extends errors.RevisionError>(
  ask: () => unknown,
  kind: abstract new (...parameters: never[]) => Class,
): Class {
  try {
    ask();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`${kind.name} was expected`);
}
