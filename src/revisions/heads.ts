import { parents, reachable } from './reachable.ts';
import type { Revision, Step } from './revision.ts';

/** The revisions that none of the others needs: what the version table holds when they are applied. */
export function maximalOf(applied: ReadonlySet<Revision>): Revision[] {
  return [...applied].filter(revision => !revision.successors.some(above => applied.has(above)));
}

/** The last applied revision of each branch, also where another branch depends on it: what `current` lists. */
export function currentTips(rows: readonly Revision[]): Revision[] {
  const applied = reachable(rows, parents);
  return [...applied].filter(revision => !revision.children.some(above => applied.has(above)));
}

/**
 * Keeps the content of the version table while steps run: the applied revisions that no other applied one needs.
 * A step costs as much as the revision has relatives, not as much as the history is long.
 */
export class AppliedRevisions {
  readonly #heads = new Set<Revision>();
  /** How many applied revisions stand directly above each applied one. */
  readonly #above = new Map<Revision, number>();

  constructor(heads: Iterable<Revision>) {
    for (const head of heads) this.add(head);
  }

  get heads(): ReadonlySet<Revision> {
    return this.#heads;
  }

  has(revision: Revision): boolean {
    return this.#above.has(revision);
  }

  take(revision: Revision, direction: Step['direction']): void {
    if (direction === 'upgrade') this.add(revision);
    else this.remove(revision);
  }

  /** Marks a revision and all it needs as applied. */
  add(revision: Revision): void {
    const added = [revision].filter(one => !this.has(one));
    for (const one of added) {
      if (this.has(one)) continue;
      const above = one.successors.filter(successor => this.has(successor)).length;
      this.#above.set(one, above);
      if (above === 0) this.#heads.add(one);
      for (const parent of needsOf(one)) {
        if (this.has(parent)) this.#count(parent, 1);
        else added.push(parent);
      }
    }
  }

  /** Marks a revision and all that needs it as not applied. */
  remove(revision: Revision): void {
    const removed = [revision];
    for (const one of removed) {
      if (!this.has(one)) continue;
      for (const successor of one.successors) removed.push(successor);
      this.#above.delete(one);
      this.#heads.delete(one);
      for (const parent of needsOf(one)) if (this.has(parent)) this.#count(parent, -1);
    }
  }

  #count(revision: Revision, change: 1 | -1): void {
    const above = this.#above.get(revision)! + change;
    this.#above.set(revision, above);
    if (above === 0) this.#heads.add(revision);
    else this.#heads.delete(revision);
  }
}

function needsOf(revision: Revision): ReadonlySet<Revision> {
  return new Set([...revision.down, ...revision.dependencies]);
}
