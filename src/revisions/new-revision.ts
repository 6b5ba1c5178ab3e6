import {
  DuplicateBranchLabelError,
  DuplicateHeadsError,
  DuplicateRevisionError,
  NotAHeadError,
  RevisionNotFoundError,
} from './errors.ts';
import { assertNewBranchLabel, assertNewRevisionId, IllegalRevisionNameError } from './new-names.ts';
import { idsOf } from './reachable.ts';
import { revisionNamed, revisionsNamed } from './resolve.ts';
import type { RevisionMap } from './revision.ts';
import { escapedName, visibleName } from './visible-name.ts';

/** What is wanted of a revision that is about to be written. */
export interface NewRevision {
  /** Where it goes, `head` by default; `base` starts a branch without parents. */
  readonly head?: string | readonly string[] | undefined;
  /** The revisions it joins, in place of `head`. */
  readonly merge?: string | readonly string[] | undefined;
  /** Whether it may follow a revision that others follow already. */
  readonly splice?: boolean | undefined;
  readonly dependsOn?: string | readonly string[] | undefined;
  readonly branchLabel?: string | readonly string[] | undefined;
  /** Its id, where that is given by the user. */
  readonly revId?: string | undefined;
}

/** What its header says of other revisions. */
export interface Parents {
  readonly downRevision: null | string | string[];
  /** Full ids; a branch label stays a label. */
  readonly dependsOn: string[];
}

/** The header's references of a new revision. Throws where it has no clear place, or its id or label is taken. */
export function parentsOfNew(map: RevisionMap, wanted: NewRevision = {}): Parents {
  const id = wanted.revId;
  if (id !== undefined) assertNewRevisionId(id);
  for (const label of listOf(wanted.branchLabel)) assertNewBranchLabel(label);
  const heads = revisionsNamed(map, wanted.merge ?? wanted.head ?? 'head');
  if (new Set(heads).size < heads.length) throw new DuplicateHeadsError(idsOf(heads));
  const follower = heads.find(head => head.children.length > 0);
  if (follower && !wanted.splice) throw new NotAHeadError(follower.id);
  const dependsOn = listOf(wanted.dependsOn).map(name => dependencyNamed(map, name));
  if (id !== undefined) assertNewId(map, id);
  assertNewLabels(map, listOf(wanted.branchLabel), id);
  return { downRevision: scalar(idsOf(heads)), dependsOn };
}

function dependencyNamed(map: RevisionMap, name: string): string {
  const revision = revisionNamed(map, name);
  if (!revision) throw new RevisionNotFoundError(name, []);
  return revision.labels.has(name) ? name : revision.id;
}

function assertNewId(map: RevisionMap, id: string): void {
  const other = map.byName.get(id);
  if (other?.id === id) throw new DuplicateRevisionError(id, [other.header.path]);
  assertLooksNew(map, 'revision identifier', id);
}

function assertNewLabels(map: RevisionMap, labels: readonly string[], id = 'to be written'): void {
  for (const [index, label] of labels.entries()) {
    const usedBy = map.byName.get(label)?.id ?? (label === id || labels.indexOf(label) < index ? id : undefined);
    if (usedBy !== undefined) throw new DuplicateBranchLabelError(label, id, usedBy);
    assertLooksNew(map, 'branch label', label);
  }
}

/** A file may have an id or label that reads as this one, and is spelled in other characters. */
function assertLooksNew(map: RevisionMap, what: 'revision identifier' | 'branch label', name: string): void {
  const alike = [...map.byName.keys()].find(each => each !== name && visibleName(each) === name);
  if (alike !== undefined)
    throw new IllegalRevisionNameError(what, name, `${escapedName(alike)} is there, which reads the same`);
}

function listOf(names: string | readonly string[] | undefined): readonly string[] {
  return typeof names === 'string' ? [names] : (names ?? []);
}

function scalar(ids: string[]): null | string | string[] {
  return ids.length > 1 ? ids : (ids[0] ?? null);
}
