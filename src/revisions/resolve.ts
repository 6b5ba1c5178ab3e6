import {
  AmbiguousRevisionError,
  AppliedRevisionNotFoundError,
  BranchNotFoundError,
  MultipleHeadsError,
  NotMemberOfBranchError,
  RelativeOutOfRangeError,
  RevisionNotFoundError,
} from './errors.ts';
import { countsSteps } from './header.ts';
import { children, down, idsOf, parents, reachable, successors } from './reachable.ts';
import type { Revision, RevisionMap } from './revision.ts';
import { nearestTo } from '../suggestions.ts';
import { walkDown, type Walked } from './walk.ts';

/** A name without its symbols: `label@head` is the names of the heads on the branch `label`. */
interface Reading {
  readonly names: readonly string[];
  readonly branch: string | undefined;
}

interface LineageOptions {
  /** Whether `dependsOn` makes two revisions relatives, too. */
  readonly withDependencies?: boolean;
}

/** The shortest id or label that may be abbreviated, as in Alembic. */
const SHORTEST_ABBREVIATED = 4;

/**
 * The revisions a name stands for: an id, the beginning of one, a branch label, `head`, `heads`, `base` (none), each
 * possibly after `branch@`; or `-N` below the heads. Several names give the revisions of each.
 */
export function revisionsNamed(map: RevisionMap, name: string | readonly string[]): Revision[] {
  if (typeof name !== 'string') return name.flatMap(one => revisionsNamed(map, one));
  return walkedNamed(map, name).map(walked => {
    if (walked === undefined || walked === 'base') throw new RelativeOutOfRangeError(name);
    return walked;
  });
}

/** As revisionsNamed, for one name; where `-N` leads below the bases, it says so instead of throwing. */
export function walkedNamed(map: RevisionMap, name: string): Walked[] {
  const { names, branch } = read(map, name);
  const steps = names.length === 1 && /^-\d+$/.test(names[0]!) ? Number(names[0]) : 0;
  if (steps >= 0) return names.map(one => identified(map, one, branch));
  const heads = map.realHeads.filter(head => branch === undefined || head.labels.has(branch));
  return heads.map(head => walkDown(map, head, -steps));
}

/** The one revision a name stands for; undefined for `base`. Throws a MultipleHeadsError where it stands for several. */
export function revisionNamed(map: RevisionMap, name: string): Revision | undefined {
  const { names, branch } = read(map, name);
  if (names.length > 1) throw multipleHeads(map, name, names);
  if (names.length === 1) return identified(map, names[0]!, branch);
  if (branch) branchNamed(map, branch);
  return undefined;
}

/** The revisions with exactly these ids, which the version table holds. */
export function appliedRevisions(map: RevisionMap, ids: Iterable<string>): Revision[] {
  return Array.from(new Set(ids), id => {
    const revision = map.byName.get(id);
    if (revision?.id === id) return revision;
    throw new AppliedRevisionNotFoundError(id, nearestTo(id, map.byName.keys()));
  });
}

/** The revision with the given id, beginning of an id, or label; if a branch is given, on that branch. */
export function identified(map: RevisionMap, name: string, branch?: string): Revision {
  const start = branch ? branchNamed(map, branch) : undefined;
  const revision = map.byName.get(name) ?? abbreviated(map, name, branch);
  if (branch && start && !lineageOf([start]).has(revision)) throw new NotMemberOfBranchError(revision.id, branch);
  return revision;
}

/** The revision that stands for a branch: the one declaring the label, or the one with that id. */
export function branchNamed(map: RevisionMap, branch: string): Revision {
  const labelled = map.byName.get(branch);
  if (labelled) return labelled;
  try {
    return abbreviated(map, branch);
  } catch (cause) {
    if (!(cause instanceof RevisionNotFoundError || cause instanceof AmbiguousRevisionError)) throw cause;
    throw new BranchNotFoundError(branch, nearestTo(branch, map.byName.keys()));
  }
}

/** Those of the given revisions that lie above or below what `branch` names, or are it. */
export function onLineage(map: RevisionMap, revisions: readonly Revision[], branch: string): readonly Revision[] {
  return lineageFilter(map, branch)(revisions);
}

/** As onLineage, for many lists. A name is looked up when there is something to compare it with, `head` before that. */
export function lineageFilter(
  map: RevisionMap,
  branch: string,
  options: LineageOptions = {},
): (revisions: readonly Revision[]) => readonly Revision[] {
  let reading: Reading | undefined;
  let lineage: ReadonlySet<Revision> | undefined;
  return revisions => {
    reading ??= read(map, branch);
    if (revisions.length === 0) return revisions;
    const members = (lineage ??= lineageNamed(map, reading, options));
    return revisions.filter(revision => members.has(revision));
  };
}

function lineageNamed(map: RevisionMap, { names, branch }: Reading, options: LineageOptions): ReadonlySet<Revision> {
  const relatives = branch ? [branch, ...names] : names;
  if (relatives.length === 0) return new Set(map.revisions);
  return lineageOf(
    relatives.map(name => identified(map, name)),
    options,
  );
}

function lineageOf(
  revisions: readonly Revision[],
  { withDependencies = false }: LineageOptions = {},
): ReadonlySet<Revision> {
  const below = reachable(revisions, withDependencies ? parents : down);
  return new Set([...below, ...reachable(revisions, withDependencies ? successors : children)]);
}

function read(map: RevisionMap, name: string): Reading {
  const at = name.indexOf('@');
  const branch = at < 0 ? undefined : name.slice(0, at);
  const rest = name.slice(at + 1);
  if (rest === 'base') return { names: [], branch };
  if (rest === 'head') return { names: idsOf(singleHead(map, branch)), branch };
  if (rest !== 'heads') return { names: [rest], branch };
  return { names: idsOf(branch ? onLineage(map, map.heads, branch) : map.realHeads), branch };
}

function singleHead(map: RevisionMap, branch: string | undefined): readonly Revision[] {
  const heads = branch ? onLineage(map, map.heads, branch) : map.heads;
  if (heads.length > 1) throw multipleHeads(map, branch ? `${branch}@head` : 'head', idsOf(heads));
  return heads;
}

function multipleHeads(map: RevisionMap, argument: string, heads: readonly string[]): MultipleHeadsError {
  return new MultipleHeadsError(argument, heads, nameOfOne(map, heads));
}

/** `label@head` for a label that only one of the heads has, else the id of the first. */
function nameOfOne(map: RevisionMap, heads: readonly string[]): string {
  const labels = heads.flatMap(head => [...(map.byName.get(head)?.labels ?? [])]);
  const label = labels.find(one => labels.indexOf(one) === labels.lastIndexOf(one));
  return label === undefined ? heads[0]! : `${label}@head`;
}

function abbreviated(map: RevisionMap, beginning: string, branch?: string): Revision {
  const names = beginning === '' ? [] : [...map.byName.keys()].filter(name => isAbbreviation(beginning, name));
  const onBranch = branch
    ? new Set(
        onLineage(
          map,
          names.map(name => map.byName.get(name)!),
          branch,
        ),
      )
    : undefined;
  const members = names.filter(name => !onBranch || onBranch.has(map.byName.get(name)!));
  if (members.length > 1) throw new AmbiguousRevisionError(beginning, members);
  if (members.length === 1) return map.byName.get(members[0]!)!;
  if (countsSteps(beginning)) throw new RevisionNotFoundError(beginning, [], STEPS);
  throw new RevisionNotFoundError(beginning, nearestTo(beginning, map.byName.keys()));
}

const STEPS =
  'names that count steps (such as +1 and ID-1) are targets of `upgrade` and `downgrade` only, and cannot stand here: name the revision itself';

function isAbbreviation(beginning: string, name: string): boolean {
  return name.length >= SHORTEST_ABBREVIATED && name.startsWith(beginning);
}
