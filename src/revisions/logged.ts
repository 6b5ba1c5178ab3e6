import type { LoggedRun } from './ahead.ts';
import type { RevisionHeader } from './revision.ts';

/** What a history is asked for to read a log by. */
interface KnownHistory {
  has(id: string): boolean;
  get(id: string): RevisionHeader | undefined;
  parents(id: string): readonly string[];
  appliedAt(heads: Iterable<string>): string[];
  headsOf(applied: Iterable<string>): string[];
}

/**
 * The revisions that a log of runs says are applied, with what each follows: those that were run upward or stamped, and not
 * taken back since. Those of which it tells nothing are left out, whatever follows them.
 * @param log in the order of the runs
 */
function appliedByLog(history: KnownHistory, log: readonly LoggedRun[]): ReadonlyMap<string, readonly string[]> {
  let applied = new Map<string, readonly string[]>();
  const parentsOf = (id: string): readonly string[] => (history.has(id) ? history.parents(id) : []);
  for (const { revision, direction, parents } of log) {
    if (direction === 'upgrade') applied.set(revision, parents ?? parentsOf(revision));
    if (direction === 'downgrade') applied.delete(revision);
    if (direction === 'stamp') {
      const heads = revision === 'base' ? [] : revision.split(', ');
      const below = parents ?? history.appliedAt(heads.filter(id => history.has(id)));
      applied = new Map([...below, ...heads].map(id => [id, parentsOf(id)]));
    }
  }
  return applied;
}

/** Revisions that are about to be run, though a log says that they are applied, and the heads of all that it says are. */
export interface Repeated {
  readonly revisions: readonly string[];
  readonly heads: readonly string[];
  /** Rows and heads that only other code has: no command here can name them. */
  readonly unknown: readonly string[];
}

/**
 * Undefined where none of the revisions would be run twice.
 * @param rows of the version table, whose heads count as well
 */
export function repeatedByLog(
  history: KnownHistory,
  log: readonly LoggedRun[],
  rows: readonly string[],
  revisions: readonly string[],
): Repeated | undefined {
  const applied = appliedByLog(history, log);
  const repeated = revisions.filter(id => applied.has(id));
  if (repeated.length === 0) return undefined;
  const below = new Set([...applied.values()].flat());
  const all = [...new Set([...applied.keys(), ...rows])];
  // Of what this code has, it knows what is below what, also where lines are missing in the log.
  const known = history.appliedAt(all.filter(id => history.has(id)));
  const unknown = all.filter(id => !history.has(id));
  const heads = [...history.headsOf(known), ...unknown].filter(id => !below.has(id));
  return { revisions: repeated, heads, unknown: unknown.filter(id => heads.includes(id) || rows.includes(id)) };
}

/** A revision that counts as applied and was not run: it came below one that had been applied before. */
export interface Inserted {
  readonly revision: string;
  readonly above: string;
}

/**
 * What was put below applied revisions after they were applied, as far as a log proves it: it has what they followed then,
 * all of which is still in this history, and never names what they follow now.
 * @param changed revisions whose files are not what they were
 */
export function insertedBelow(
  history: KnownHistory,
  log: readonly LoggedRun[],
  changed: readonly string[],
): readonly Inserted[] {
  // What such a stamp of an earlier version took for applied is not written down.
  if (log.some(({ direction, parents }) => direction === 'stamp' && !parents)) return [];
  const named = new Set(log.flatMap(({ revision, parents }) => [...revision.split(', '), ...(parents ?? [])]));
  return changed.flatMap(above => {
    const parents = log.findLast(run => run.revision === above && run.direction === 'upgrade')?.parents;
    if (!parents?.every(id => history.has(id))) return [];
    const before = new Set(history.appliedAt(parents));
    const now = history.appliedAt(statedParents(history, above)).filter(id => !before.has(id) && !named.has(id));
    return now.map(revision => ({ revision, above }));
  });
}

/** What a header itself names: what a label stands for may change. */
function statedParents(history: KnownHistory, id: string): readonly string[] {
  const { downRevision, dependsOn } = history.get(id) ?? {};
  return [downRevision ?? [], dependsOn ?? []].flat().filter(each => history.has(each));
}
