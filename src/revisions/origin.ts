import { appliedRevisions, identified, revisionNamed, revisionsNamed } from './resolve.ts';
import type { Revision, RevisionMap } from './revision.ts';

/** One end of a range: a name, or the rows of the version table. */
export type Bound = string | readonly string[];

/** What relative targets count from. */
export interface Origin {
  readonly names: readonly string[];
  /** The revision of its only name; undefined for `base`. */
  readonly single: () => Revision | undefined;
  readonly revisions: () => readonly Revision[];
  /** The revision of one of its names, on the branch if one is given. */
  readonly find: (name: string, branch?: string) => Revision | undefined;
}

export function originOf(map: RevisionMap, bound: Bound): Origin {
  return typeof bound === 'string' ? namedOrigin(map, bound) : rowsOrigin(map, bound);
}

function rowsOrigin(map: RevisionMap, rows: readonly string[]): Origin {
  const names = [...new Set(rows)];
  return {
    names,
    single: () => appliedRevisions(map, names)[0],
    revisions: () => appliedRevisions(map, names),
    find: name => appliedRevisions(map, [name])[0],
  };
}

function namedOrigin(map: RevisionMap, name: string): Origin {
  return {
    names: [name],
    single: () => revisionNamed(map, name),
    revisions: () => revisionsNamed(map, name),
    find: (one, branch) => (branch === undefined ? identified(map, one) : revisionNamed(map, `${branch}@${one}`)),
  };
}
