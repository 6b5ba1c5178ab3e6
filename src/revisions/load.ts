import {
  CycleError,
  DependencyCycleError,
  DuplicateBranchLabelError,
  DuplicateRevisionError,
  LookalikeNamesError,
  MissingRevisionError,
  type NamedRevision,
} from './errors.ts';
import { type Declaration, readHeader } from './header.ts';
import { spreadLabels } from './labels.ts';
import { children, down, type Edges, idsOf, reachable, successors } from './reachable.ts';
import type { Revision, RevisionHeader, RevisionMap } from './revision.ts';
import { visibleName } from './visible-name.ts';

/** A revision while its relatives are being found. */
type Draft = {
  -readonly [Key in keyof Revision]: Revision[Key] extends readonly Revision[] ? Draft[] : Revision[Key];
} & {
  readonly labels: Set<string>;
};

/**
 * Links the revisions with the given headers, whose order is load order.
 * Throws an error of load-errors.ts where they make no history.
 */
export function mapOf(headers: Iterable<RevisionHeader>): RevisionMap {
  const declarations = Array.from(headers, readHeader);
  const drafts = declarations.map(draftOf);
  const byId = byIdOf(drafts);
  const byName = withLabels(byId, declarations);
  assertDistinct(byName);
  for (const [position, declaration] of declarations.entries()) link(drafts[position]!, declaration, byId, byName);
  assertNoCycles(drafts);
  dropInheritedDependencies(drafts);
  spreadLabels(drafts);
  return {
    revisions: drafts,
    byName,
    heads: drafts.filter(draft => draft.children.length === 0),
    realHeads: drafts.filter(draft => draft.successors.length === 0),
    bases: drafts.filter(draft => draft.down.length === 0),
  };
}

function draftOf({ header, labels }: Declaration, position: number): Draft {
  const relatives = { down: [], dependencies: [], parents: [], children: [], successors: [] };
  return { id: header.revision, position, header, ...relatives, labels: new Set(labels) };
}

function byIdOf(drafts: readonly Draft[]): ReadonlyMap<string, Draft> {
  const byId = new Map<string, Draft>();
  for (const draft of drafts) {
    const other = byId.get(draft.id);
    if (other) throw new DuplicateRevisionError(draft.id, [other.header.path, draft.header.path]);
    byId.set(draft.id, draft);
  }
  return byId;
}

function withLabels(byId: ReadonlyMap<string, Draft>, declarations: readonly Declaration[]): Map<string, Draft> {
  const byName = new Map(byId);
  for (const { header, labels } of declarations) {
    for (const label of labels) {
      const other = byName.get(label);
      if (other) throw new DuplicateBranchLabelError(label, header.revision, other.id);
      byName.set(label, byId.get(header.revision)!);
    }
  }
  return byName;
}

/** Names that read the same cannot be told apart by whoever names one of them in a command. */
function assertDistinct(byName: ReadonlyMap<string, Draft>): void {
  const names = [...byName.keys()];
  if (names.every(name => visibleName(name) === name)) return;
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(visibleName(name));
    if (other !== undefined) throw new LookalikeNamesError(named(byName, other), named(byName, name));
    seen.set(visibleName(name), name);
  }
}

const named = (byName: ReadonlyMap<string, Draft>, name: string): NamedRevision => ({
  name,
  header: byName.get(name)!.header,
});

function link(
  draft: Draft,
  declaration: Declaration,
  byId: ReadonlyMap<string, Draft>,
  byName: ReadonlyMap<string, Draft>,
): void {
  const find = (name: string, field: 'downRevision' | 'dependsOn', among: ReadonlyMap<string, Draft>) => {
    const found = among.get(name);
    if (!found) throw new MissingRevisionError(name, field, draft.header);
    return found;
  };
  draft.dependencies = unique(declaration.dependsOn.map(name => find(name, 'dependsOn', byName)));
  draft.down = unique(declaration.down.map(name => find(name, 'downRevision', byId)));
  for (const parent of draft.down) parent.children.push(draft);
  for (const parent of unique([...draft.down, ...draft.dependencies])) parent.successors.push(draft);
}

function assertNoCycles(drafts: readonly Draft[]): void {
  const cycle = cycleAlong(drafts, down, children);
  if (cycle) throw new CycleError(idsOf(cycle));
  if (drafts.every(({ dependencies }) => dependencies.length === 0)) return;
  const needs: Edges = revision => [...revision.down, ...revision.dependencies];
  const dependencyCycle = cycleAlong(drafts, needs, successors);
  if (dependencyCycle) throw new DependencyCycleError(idsOf(dependencyCycle));
}

/** A circle of revisions, each below the one before it; found by taking away what has nothing left below it. */
function cycleAlong(revisions: readonly Revision[], below: Edges, above: Edges): Revision[] | undefined {
  const waitingFor = new Map(revisions.map(revision => [revision, new Set(below(revision)).size]));
  const free = revisions.filter(revision => waitingFor.get(revision) === 0);
  for (const revision of free) {
    for (const next of above(revision)) {
      const left = waitingFor.get(next)! - 1;
      waitingFor.set(next, left);
      if (left === 0) free.push(next);
    }
  }
  const stuck = revisions.find(revision => waitingFor.get(revision)! > 0);
  return stuck && circleFrom(stuck, revision => below(revision).find(next => waitingFor.get(next)! > 0)!);
}

function circleFrom(start: Revision, next: (revision: Revision) => Revision): Revision[] {
  const path = new Set<Revision>();
  let revision = start;
  while (!path.has(revision)) {
    path.add(revision);
    revision = next(revision);
  }
  const walked = [...path];
  return walked.slice(walked.indexOf(revision));
}

/** A dependency that an ancestor has already says nothing new, and so is not a parent. */
function dropInheritedDependencies(drafts: readonly Draft[]): void {
  const dependents = new Map<Draft, Draft[]>();
  for (const draft of drafts) {
    for (const dependency of draft.dependencies) {
      const others = dependents.get(dependency);
      if (others) others.push(draft);
      else dependents.set(dependency, [draft]);
    }
  }
  const heirs = new Map<Draft, ReadonlySet<Revision>>();
  for (const [dependency, dependent] of dependents) {
    if (dependent.length > 1) heirs.set(dependency, reachable(dependent.flatMap(children), children));
  }
  for (const draft of drafts) {
    const own = draft.dependencies.filter(dependency => !heirs.get(dependency)?.has(draft));
    draft.parents = unique([...draft.down, ...own]);
  }
}

function unique<Item>(items: Item[]): Item[] {
  return items.length < 2 ? items : [...new Set(items)];
}
