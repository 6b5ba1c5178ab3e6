import { aText, checkArgument } from '../call-arguments.ts';
import { knownHeadsBelow, type LoggedRun } from './ahead.ts';
import { downgradePath, isAmbiguousDowngrade } from './downgrade.ts';
import { RevisionNotFoundError } from './errors.ts';
import { argumentsOf, online, pathArguments, type PathOptions, someHeaders } from './graph-arguments.ts';
import { AppliedRevisions, currentTips, maximalOf } from './heads.ts';
import { historyRange, revisionsBetween } from './history.ts';
import { mapOf } from './load.ts';
import { type Inserted, insertedBelow, type Repeated, repeatedByLog } from './logged.ts';
import { type NewRevision, type Parents, parentsOfNew } from './new-revision.ts';
import { type Course, offlineDowngrade, offlineStamp, offlineUpgrade } from './offline.ts';
import { originOf } from './origin.ts';
import { idsOf, parents, reachable, successors } from './reachable.ts';
import { appliedRevisions, revisionNamed, revisionsNamed } from './resolve.ts';
import type { Revision, RevisionHeader, RevisionMap, Step } from './revision.ts';
import { stampedHeads } from './stamp.ts';
import { nearestTo } from '../suggestions.ts';
import { upgradePath, upgradeTargets } from './upgrade.ts';

/** The content of the version table while steps run; a step costs no walk through the history. */
export interface HeadsTracker {
  /** The current heads, in load order. */
  readonly heads: () => string[];
  readonly take: (step: Step) => void;
}

/**
 * The revision history as a graph that never changes. Everything is answered in ids, and every error is a RevisionError.
 * `currentHeads` is always what the version table holds.
 *
 * @example
 * const graph = new RevisionGraph([{ revision: 'a', downRevision: null }, { revision: 'b', downRevision: 'a' }]);
 * graph.upgradePath([], 'head'); // [{ revision: 'a', direction: 'upgrade' }, { revision: 'b', direction: 'upgrade' }]
 */
export class RevisionGraph {
  readonly #map: RevisionMap;
  #latest: { readonly heads: readonly string[]; readonly applied: AppliedRevisions } | undefined;

  /**
   * @param headers in load order, which decides ties
   * @throws an error of load-errors.ts where they make no history
   */
  constructor(headers: Iterable<RevisionHeader>) {
    checkArgument('new RevisionGraph', 'headers', headers, someHeaders);
    this.#map = mapOf(headers);
  }

  /** All headers, in load order. */
  all(): RevisionHeader[] {
    return this.#map.revisions.map(({ header }) => header);
  }

  has(id: string): boolean {
    return this.#map.byName.get(id)?.id === id;
  }

  /** The header of the one revision a name stands for; undefined for `base`. */
  get(name: string): RevisionHeader | undefined {
    argumentsOf('get').text('name', name);
    return revisionNamed(this.#map, name)?.header;
  }

  /** The ends of the branches; with `resolveDependencies` only those that no other branch depends on. */
  heads(options: { readonly resolveDependencies?: boolean | undefined } = {}): string[] {
    argumentsOf('heads').options(options);
    const { resolveDependencies = false } = options;
    return idsOf(resolveDependencies ? this.#map.realHeads : this.#map.heads);
  }

  /** What the version table holds when everything is applied. */
  realHeads(): string[] {
    return idsOf(this.#map.realHeads);
  }

  bases(): string[] {
    return idsOf(this.#map.bases);
  }

  /** Bases that depend on nothing. */
  realBases(): string[] {
    return idsOf(this.#map.bases.filter(base => base.dependencies.length === 0));
  }

  /** Revisions that several follow. */
  branchPoints(): string[] {
    return idsOf(this.#map.revisions.filter(revision => revision.children.length > 1));
  }

  /** Revisions that follow several. */
  mergePoints(): string[] {
    return idsOf(this.#map.revisions.filter(revision => revision.down.length > 1));
  }

  /** The revisions that have the given one as a down revision. */
  children(id: string): string[] {
    return idsOf(this.#at(id).children).sort((a, b) => this.#at(a).position - this.#at(b).position);
  }

  /** The revisions the given one follows and depends on, labels resolved. */
  parents(id: string): string[] {
    return [...new Set(idsOf([...this.#at(id).down, ...this.#at(id).dependencies]))];
  }

  /** The revisions the given one depends on, labels resolved. */
  dependencies(id: string): string[] {
    return idsOf(this.#at(id).dependencies);
  }

  /** The given revision and all that need it, by down revision or dependency, in load order. */
  needing(id: string): string[] {
    return this.#inLoadOrder(reachable([this.#at(id)], successors));
  }

  /** The branch labels of a revision: its own, and those of its branch. */
  labelsOf(id: string): string[] {
    return [...this.#at(id).labels].sort();
  }

  /**
   * The revisions a name stands for, none for `base`. With current heads, a relative name counts from these as in
   * `upgrade`; without, `branch@-N` counts down from the heads.
   */
  resolve(target: string | readonly string[], currentHeads?: Iterable<string>): string[] {
    const given = argumentsOf('resolve');
    given.names('target', target);
    const heads = currentHeads === undefined ? undefined : given.ids('currentHeads', currentHeads);
    if (heads === undefined || typeof target !== 'string') return idsOf(revisionsNamed(this.#map, target));
    return idsOf(upgradeTargets(this.#map, originOf(this.#map, heads), target));
  }

  /** The steps of `upgrade target`, in the order to run them. */
  upgradePath(currentHeads: Iterable<string>, target: string, options: PathOptions = {}): Step[] {
    const heads = pathArguments('upgradePath', currentHeads, target, options);
    const course = options.offline ? this.offlineUpgrade(target) : online(heads, target);
    return upgradePath(this.#map, course.heads, course.target);
  }

  /** The steps of `downgrade target`, in the order to run them. */
  downgradePath(currentHeads: Iterable<string>, target: string, options: PathOptions = {}): Step[] {
    const heads = pathArguments('downgradePath', currentHeads, target, options);
    const course = options.offline ? this.offlineDowngrade(target) : online(heads, target);
    return downgradePath(this.#map, course.heads, course.target);
  }

  /** True where `-N` goes down from the first of several current revisions: worth a warning. */
  isAmbiguousDowngrade(currentHeads: Iterable<string>, target: string): boolean {
    return isAmbiguousDowngrade(pathArguments('isAmbiguousDowngrade', currentHeads, target), target);
  }

  /** From which heads to where the script of `upgrade --sql` leads. */
  offlineUpgrade(target: string): Course {
    argumentsOf('offlineUpgrade').text('target', target);
    return offlineUpgrade(this.#map, target);
  }

  /** From which heads to where the script of `downgrade --sql` leads. */
  offlineDowngrade(target: string): Course {
    argumentsOf('offlineDowngrade').text('target', target);
    return offlineDowngrade(this.#map, target);
  }

  /** From which heads to where the script of `stamp --sql` leads. */
  offlineStamp(targets: string | readonly string[]): {
    readonly heads: readonly string[];
    readonly targets: readonly string[];
  } {
    argumentsOf('offlineStamp').names('targets', targets);
    return offlineStamp(this.#map, typeof targets === 'string' ? [targets] : targets);
  }

  /** What the version table holds after `stamp`; with `purge`, whatever it held before. */
  stampedHeads(
    currentHeads: Iterable<string>,
    targets: string | readonly string[],
    options: PathOptions & { readonly purge?: boolean | undefined } = {},
  ): string[] {
    const given = argumentsOf('stampedHeads');
    given.options(options);
    given.names('targets', targets);
    const { purge = false, offline = false } = options;
    const requested = typeof targets === 'string' ? [targets] : targets;
    // What is purged may make no sense.
    const rows = purge ? [] : given.ids('currentHeads', currentHeads);
    const course = offline ? offlineStamp(this.#map, requested, { purge }) : { heads: rows, targets: requested };
    return stampedHeads(this.#map, course.heads, course.targets);
  }

  /**
   * What the version table holds after a step: the applied revisions that no other applied one needs, by down revision
   * or dependency. Asked step by step, it continues from its last answer.
   */
  headsAfter(heads: Iterable<string>, step: Step): string[] {
    const given = argumentsOf('headsAfter');
    const before = given.ids('heads', heads);
    given.step(step);
    const applied = this.#appliedWith(before);
    applied.take(this.#at(step.revision), step.direction);
    const after = this.#inLoadOrder(applied.heads);
    this.#latest = { heads: after, applied };
    return [...after];
  }

  /** Follows many steps at the price of one walk. */
  trackHeads(heads: Iterable<string>): HeadsTracker {
    const applied = new AppliedRevisions(appliedRevisions(this.#map, argumentsOf('trackHeads').ids('heads', heads)));
    return {
      heads: () => this.#inLoadOrder(applied.heads),
      take: step => applied.take(this.#at(step.revision), step.direction),
    };
  }

  /** Everything that is applied where the version table holds the given heads, in load order. */
  appliedAt(heads: Iterable<string>): string[] {
    return this.#inLoadOrder(
      reachable(appliedRevisions(this.#map, argumentsOf('appliedAt').ids('heads', heads)), parents),
    );
  }

  /** The revisions among the applied ones that no other of them needs: the inverse of appliedAt. */
  headsOf(applied: Iterable<string>): string[] {
    return this.#inLoadOrder(
      maximalOf(new Set(appliedRevisions(this.#map, argumentsOf('headsOf').ids('applied', applied)))),
    );
  }

  /**
   * The heads of the known part of what is applied where the version table holds revisions that only newer code has, as the
   * log of runs tells it; undefined where it does not tell.
   */
  knownHeadsBelow(heads: readonly string[], log: readonly LoggedRun[]): string[] | undefined {
    return knownHeadsBelow(this, heads, log);
  }

  /** Which of the revisions a log of runs says are applied, and the heads of all that it or the version table says are. */
  repeatedByLog(
    log: readonly LoggedRun[],
    rows: readonly string[],
    revisions: readonly string[],
  ): Repeated | undefined {
    return repeatedByLog(this, log, rows, revisions);
  }

  /** What was put below the given revisions after they were applied, as far as a log of runs proves it. */
  insertedBelow(log: readonly LoggedRun[], changed: readonly string[]): readonly Inserted[] {
    return insertedBelow(this, log, changed);
  }

  /** What `current` lists: the last applied revision of each branch, also where another branch depends on it. */
  current(currentHeads: Iterable<string>): string[] {
    return this.#inLoadOrder(
      currentTips(appliedRevisions(this.#map, argumentsOf('current').ids('currentHeads', currentHeads))),
    );
  }

  /** What `history -r range` lists, newest first; everything without a range. */
  historyRange(range?: string | null, currentHeads: Iterable<string> = []): string[] {
    const given = argumentsOf('historyRange');
    if (range != null) given.text('range', range);
    return idsOf(historyRange(this.#map, range ?? undefined, given.ids('currentHeads', currentHeads)));
  }

  /** The revisions between two names, both included, newest first. */
  walk(base = 'base', head = 'heads'): string[] {
    for (const [name, value] of Object.entries({ base, head })) argumentsOf('walk').text(name, value);
    return idsOf(revisionsBetween(this.#map, base, head));
  }

  /** What a new revision's header refers to. */
  parentsOfNew(wanted: NewRevision = {}): Parents {
    const given = argumentsOf('parentsOfNew');
    given.options(wanted);
    for (const name of ['head', 'merge', 'dependsOn', 'branchLabel'] as const)
      if (wanted[name] !== undefined) given.names(name, wanted[name]);
    return parentsOfNew(this.#map, wanted);
  }

  #at(id: string): Revision {
    checkArgument('RevisionGraph', 'id', id, aText);
    const revision = this.#map.byName.get(id);
    if (revision?.id !== id) throw new RevisionNotFoundError(id, nearestTo(id, this.#map.byName.keys()));
    return revision;
  }

  #appliedWith(heads: readonly string[]): AppliedRevisions {
    const latest = this.#latest;
    this.#latest = undefined;
    const same = latest?.heads.length === heads.length && latest.heads.every((head, index) => head === heads[index]);
    return same ? latest.applied : new AppliedRevisions(appliedRevisions(this.#map, heads));
  }

  #inLoadOrder(revisions: Iterable<Revision>): string[] {
    return idsOf([...revisions].sort((a, b) => a.position - b.position));
  }
}
