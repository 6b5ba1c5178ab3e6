/** What a revision file says about itself, as constants at its top. */
export interface RevisionHeader {
  /** The id: at most 32 characters, none of `@ - + :`. */
  readonly revision: string;
  /** The revision this one follows: null at a base, several at a merge point. */
  readonly downRevision: null | string | readonly string[];
  /** Ids or branch labels of revisions that must be applied before this one without being its parents. */
  readonly dependsOn?: null | string | readonly string[];
  /** Names for the branch this revision is on. */
  readonly branchLabels?: null | string | readonly string[];
  readonly message?: string;
  /** Where the file lies; named in errors. */
  readonly path?: string;
}

/** One revision to run, and which of its two functions. */
export interface Step {
  readonly revision: string;
  readonly direction: 'upgrade' | 'downgrade';
}

/** A revision among its relatives. Two kinds of edges lead down: `down` (its parents) and `dependencies`. */
export interface Revision {
  readonly id: string;
  /** Its place in load order, which decides ties. */
  readonly position: number;
  readonly header: RevisionHeader;
  readonly down: readonly Revision[];
  /** What `dependsOn` names. */
  readonly dependencies: readonly Revision[];
  /** `down`, then the dependencies that no ancestor along `down` has already. */
  readonly parents: readonly Revision[];
  /** Those that have this one in `down`. */
  readonly children: readonly Revision[];
  /** Those that have this one in `down` or in `dependencies`. */
  readonly successors: readonly Revision[];
  /** Its own branch labels and those its branch gives it. */
  readonly labels: ReadonlySet<string>;
}

/** All revisions, linked and checked. Lists are in load order. */
export interface RevisionMap {
  readonly revisions: readonly Revision[];
  /** By id, then by branch label: one namespace. */
  readonly byName: ReadonlyMap<string, Revision>;
  /** Revisions without children: the ends of the branches. */
  readonly heads: readonly Revision[];
  /** Revisions nothing follows and nothing depends on: what the version table holds when all is applied. */
  readonly realHeads: readonly Revision[];
  readonly bases: readonly Revision[];
}
