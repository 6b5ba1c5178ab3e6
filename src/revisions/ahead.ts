/** A line of the log of runs: a revision that was run, or the heads that were stamped. */
export interface LoggedRun {
  /** A revision; after a stamp the heads, with commas, or `base`. */
  readonly revision: string;
  readonly direction: 'upgrade' | 'downgrade' | 'stamp';
  /**
   * What the revision follows and depends on; of a stamp, all that is applied below the heads. Null where it was written
   * by a version that did not write it down, and for downgrades.
   */
  readonly parents: readonly string[] | null;
}

/** What a history is asked for to find a place in it. */
interface KnownHistory {
  has(id: string): boolean;
  appliedAt(heads: Iterable<string>): string[];
  headsOf(applied: Iterable<string>): string[];
}

/**
 * The heads of the known part of what is applied, where the version table holds revisions that are not known here because
 * newer code has run them: the log says what they follow. Undefined where it does not, or where none of it is known.
 * @param log in the order of the runs
 */
export function knownHeadsBelow(
  history: KnownHistory,
  heads: readonly string[],
  log: readonly LoggedRun[],
): string[] | undefined {
  const recorded = recordedParents(log);
  const unknown = heads.filter(id => !history.has(id));
  if (unknown.some(id => !recorded.has(id))) return undefined;
  const { known, isComplete } = walkDown(history, unknown, recorded);
  const below = [...heads.filter(id => history.has(id)), ...known, ...(isComplete ? [] : replay(history, log))];
  return below.length > 0 ? history.headsOf(history.appliedAt(below)) : undefined;
}

function recordedParents(log: readonly LoggedRun[]): ReadonlyMap<string, readonly string[] | null> {
  const recorded = new Map<string, readonly string[] | null>();
  for (const { revision, direction, parents } of log) {
    if (direction === 'upgrade') recorded.set(revision, parents);
    if (direction === 'stamp') for (const head of stamped(revision)) recorded.set(head, recorded.get(head) ?? parents);
  }
  return recorded;
}

/** The known revisions that the unknown ones follow; incomplete where it is not written down what one of them follows. */
function walkDown(
  history: KnownHistory,
  unknown: readonly string[],
  recorded: ReadonlyMap<string, readonly string[] | null>,
): { readonly known: readonly string[]; readonly isComplete: boolean } {
  const met = new Set(unknown);
  const known: string[] = [];
  let isComplete = true;
  for (const id of met) {
    const parents = recorded.get(id);
    if (history.has(id)) known.push(id);
    else if (parents) for (const parent of parents) met.add(parent);
    else isComplete = false;
  }
  return { known, isComplete };
}

/** What the log has applied of the known revisions: all of it lies below the heads. */
function replay(history: KnownHistory, log: readonly LoggedRun[]): ReadonlySet<string> {
  let applied = new Set<string>();
  for (const { revision, direction, parents } of log) {
    const ids = direction === 'stamp' ? [...stamped(revision), ...(parents ?? [])] : [revision];
    const known = ids.filter(id => history.has(id));
    if (direction === 'downgrade') applied.delete(revision);
    if (direction === 'upgrade') for (const id of history.appliedAt(known)) applied.add(id);
    if (direction === 'stamp') applied = new Set(history.appliedAt(known));
  }
  return applied;
}

const stamped = (revision: string): readonly string[] => revision.split(', ').filter(id => id !== 'base');
