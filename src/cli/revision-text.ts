import type { RevisionGraph } from '../revisions/graph.ts';
import type { DatabaseStatus, Revisions } from '../runner/runner.ts';
import type { RevisionFile } from '../scripts/revision-file.ts';
import type { Style } from './style.ts';

/** A revision among its relatives: what commands say of one. */
export interface RevisionEntry {
  readonly revision: string;
  /** The revisions it follows. */
  readonly downRevisions: readonly string[];
  /** As its file says: ids or branch labels. */
  readonly dependsOn: readonly string[];
  /** The ids of these. */
  readonly dependencies: readonly string[];
  /** Its own labels, and those of its branch. */
  readonly branchLabels: readonly string[];
  /** The revisions that follow it. */
  readonly children: readonly string[];
  readonly message: string;
  readonly comment: string;
  readonly path: string;
  /** No revision follows it. */
  readonly isHead: boolean;
  /** No revision follows it or depends on it. */
  readonly isRealHead: boolean;
  readonly isBranchPoint: boolean;
  readonly isMergePoint: boolean;
  /** The version table holds it; left out where the database was not asked. */
  readonly isCurrent?: boolean;
  /** The direction of a run of it that was interrupted half way. */
  readonly interrupted?: string;
}

/** Describes revisions of a history; with the database's status, they know what they are there. */
export function entriesOf(
  { graph, files }: Revisions,
  status?: Pick<DatabaseStatus, 'heads' | 'unfinished'>,
): (revision: string) => RevisionEntry {
  const realHeads = new Set(graph.realHeads());
  return revision => {
    const file = files.get(revision)!;
    const relatives = relativesOf(graph, file);
    const open = status?.unfinished.find(each => each.revision === revision);
    return {
      ...relatives,
      dependsOn: file.dependsOn,
      dependencies: graph.dependencies(revision),
      branchLabels: graph.labelsOf(revision),
      message: file.message,
      comment: file.comment,
      path: file.path,
      isHead: relatives.children.length === 0,
      isRealHead: realHeads.has(revision),
      isBranchPoint: relatives.children.length > 1,
      isMergePoint: relatives.downRevisions.length > 1,
      ...(status && { isCurrent: status.heads.includes(revision) }),
      ...(open && { interrupted: open.direction }),
    };
  };
}

const relativesOf = (graph: RevisionGraph, { revision, downRevision }: RevisionFile) => ({
  revision,
  downRevisions: [downRevision ?? []].flat(),
  children: graph.children(revision),
});

/** Which parts a line has; Alembic's commands differ in these. */
export interface LineParts {
  readonly parents?: boolean;
  readonly labels?: boolean;
  /** `(branchpoint)` and `(mergepoint)`. */
  readonly tree?: boolean;
  readonly message?: boolean;
}

/** `<base> -> 3f2a9c1b7d44 (support) (head), create initial support tables`: Alembic's line, with the parts wanted. */
export function revisionLine(entry: RevisionEntry, parts: LineParts, style: Style): string {
  const dependencies = entry.dependsOn.length > 0 ? ` (${entry.dependsOn.join(', ')})` : '';
  const marks = [
    ...(parts.labels && entry.branchLabels.length > 0 ? [entry.branchLabels.join(', ')] : []),
    ...(entry.isRealHead ? ['head'] : entry.isHead ? ['effective head'] : []),
    ...(entry.isCurrent ? ['current'] : []),
    ...(entry.interrupted ? [`${entry.interrupted} interrupted half way, or under way`] : []),
    ...(parts.tree && entry.isBranchPoint ? ['branchpoint'] : []),
    ...(parts.tree && entry.isMergePoint ? ['mergepoint'] : []),
  ];
  return [
    ...(parts.parents ? [`${belowOf(entry)}${dependencies} -> `] : []),
    style.id(entry.revision),
    ...marks.map(mark => ` ${style.mark(`(${mark})`)}`),
    ...(parts.message ? [`, ${entry.message}`] : []),
  ].join('');
}

const belowOf = ({ downRevisions }: RevisionEntry): string => downRevisions.join(', ') || '<base>';

/** All there is to say of a revision, as Alembic's `show` says it. */
export function revisionParagraph(entry: RevisionEntry, style: Style): readonly string[] {
  const marks = [
    ...(entry.isHead ? ['(head)'] : []),
    ...(entry.isBranchPoint ? ['(branchpoint)'] : []),
    ...(entry.isMergePoint ? ['(mergepoint)'] : []),
    ...(entry.isCurrent ? ['(current)'] : []),
    ...(entry.interrupted ? [`(${entry.interrupted} interrupted half way, or under way)`] : []),
  ];
  const listed = (title: string, names: readonly string[]) =>
    names.length > 0 ? [`${title}: ${names.join(', ')}`] : [];
  return [
    `Rev: ${[style.id(entry.revision), ...marks.map(style.mark)].join(' ')}`,
    `${entry.isMergePoint ? 'Merges' : 'Parent'}: ${belowOf(entry)}`,
    ...listed('Also depends on', entry.dependsOn),
    ...listed('Branches into', entry.isBranchPoint ? entry.children : []),
    ...listed('Branch names', entry.branchLabels),
    `Path: ${entry.path}`,
    '',
    ...(entry.comment || entry.message).split('\n').map(line => (line === '' ? '' : `    ${line}`)),
    '',
  ];
}
