import { isDeepStrictEqual } from 'node:util';
import { RevisionError } from '../../src/revisions/errors.ts';
import { RevisionGraph } from '../../src/revisions/graph.ts';
import type { RevisionHeader, Step } from '../../src/revisions/revision.ts';

type Direction = 'up' | 'down';
type AlembicStep = readonly [revision: string, direction: Direction];

/** What was asked of Alembic. */
export type Query =
  | { kind: 'upgrade' | 'downgrade'; target: string; currentHeads: string[]; sql?: boolean }
  | { kind: 'stamp'; targets: string[]; currentHeads: string[]; purge?: boolean; sql?: boolean }
  | { kind: 'heads' | 'bases' | 'branches' | 'labels' | 'validate' }
  | { kind: 'current'; currentHeads: string[] }
  | { kind: 'getRevision' | 'getRevisions'; target: string }
  | { kind: 'walk'; base?: string; head?: string }
  | { kind: 'history'; range: string | null; currentHeads: string[] }
  | { kind: 'iterate'; upper: string; lower: string; inclusive: true }
  | ({ kind: 'newRevision'; splice?: boolean; dependsOn?: string[]; branchLabel?: string; revId?: string } & (
      { merge: true; heads: string | string[] } | { merge?: never; head: string }
    ));

/** What it answered. */
export interface Expected {
  readonly category?: string;
  /** Alembic died of an exception of Python's. */
  readonly crash?: boolean;
  /** It died while writing its version table; these steps it had planned. */
  readonly plannedSteps?: readonly AlembicStep[];
  /** What the version table should hold where Alembic's did not. */
  readonly idealHeadsAfter?: readonly string[];
  readonly [answer: string]: unknown;
}

/** One question and its answer. */
export interface AlembicCase {
  readonly id: string;
  readonly revisions: readonly (RevisionHeader & { readonly dependsOn: readonly string[] })[];
  readonly query: Query;
  readonly expect: Expected;
}

/** Whether our answer is Alembic's, or where that died or kept a wrong table, a clean error or the right table. */
export function isRight(ours: Readonly<Record<string, unknown>>, expected: Expected): boolean {
  if ('category' in ours) return expected.crash === true || ours['category'] === expected.category;
  const { steps, plannedSteps = steps, headsAfter, idealHeadsAfter = headsAfter } = expected;
  const wanted: Expected = { ...expected, steps: plannedSteps, headsAfter: idealHeadsAfter };
  return Object.entries(ours).every(([key, answer]) => isDeepStrictEqual(answer, wanted[key]));
}

/** Our answer in the form of Alembic's: `{ category }` for an error. Other errors than the history's own are thrown on. */
export function answerTo({ revisions, query }: Pick<AlembicCase, 'revisions' | 'query'>): Record<string, unknown> {
  try {
    return answer(new RevisionGraph(revisions), query);
  } catch (error) {
    if (error instanceof RevisionError) return { category: error.category };
    throw error;
  }
}

function answer(graph: RevisionGraph, query: Query): Record<string, unknown> {
  switch (query.kind) {
    case 'upgrade':
    case 'downgrade':
      return stepsAndHeads(graph, query);
    case 'stamp':
      return { headsAfter: stamped(graph, query).sort() };
    case 'heads':
      return { heads: graph.heads(), realHeads: graph.realHeads() };
    case 'bases':
      return { bases: graph.bases(), realBases: graph.realBases() };
    case 'branches':
      return { branches: branchesOf(graph), merges: graph.mergePoints().sort() };
    case 'labels':
      return { labels: labelsOf(graph) };
    case 'current':
      return { current: graph.current(query.currentHeads).sort() };
    case 'getRevision':
      return { revision: graph.get(query.target)?.revision ?? null };
    case 'getRevisions':
      return { revisions: graph.resolve(query.target) };
    case 'walk':
      return { order: graph.walk(query.base, query.head) };
    case 'history':
      return { order: graph.historyRange(query.range, query.currentHeads) };
    case 'iterate':
      return { order: graph.walk(query.lower, query.upper) };
    case 'newRevision':
      return newRevision(graph, query);
    case 'validate':
      return { ok: true };
  }
}

function stepsAndHeads(graph: RevisionGraph, query: Query & { kind: 'upgrade' | 'downgrade' }) {
  const { kind, target, currentHeads, sql: offline = false } = query;
  const steps =
    kind === 'upgrade'
      ? graph.upgradePath(currentHeads, target, { offline })
      : graph.downgradePath(currentHeads, target, { offline });
  if (!offline) return { steps: steps.map(alembicStep), headsAfter: headsAfter(graph, currentHeads, steps) };
  const { heads } = kind === 'upgrade' ? graph.offlineUpgrade(target) : graph.offlineDowngrade(target);
  return { steps: steps.map(alembicStep), headsAfter: steps.length > 0 ? headsAfter(graph, heads, steps) : null };
}

function headsAfter(graph: RevisionGraph, heads: readonly string[], steps: readonly Step[]): readonly string[] {
  const after = steps.reduce((before, step) => graph.headsAfter(before, step), [...heads]);
  return after.sort();
}

function alembicStep({ revision, direction }: Step): AlembicStep {
  return [revision, direction === 'upgrade' ? 'up' : 'down'];
}

function stamped(graph: RevisionGraph, query: Query & { kind: 'stamp' }): string[] {
  const { currentHeads, targets, purge, sql } = query;
  return graph.stampedHeads(currentHeads, targets, { purge, offline: sql });
}

function branchesOf(graph: RevisionGraph) {
  return Object.fromEntries(graph.branchPoints().map(id => [id, graph.children(id).sort()]));
}

function labelsOf(graph: RevisionGraph) {
  const labelled = graph.all().map(({ revision }) => [revision, graph.labelsOf(revision)] as const);
  return Object.fromEntries(labelled.filter(([, labels]) => labels.length > 0));
}

function newRevision(graph: RevisionGraph, query: Query & { kind: 'newRevision' }) {
  const { revId, splice, dependsOn, branchLabel } = query;
  const place = query.merge ? { merge: query.heads } : { head: query.head };
  const parents = graph.parentsOfNew({ ...place, revId, splice, dependsOn, branchLabel });
  const header = { revision: revId ?? 'newrev000001', ...parents, branchLabels: branchLabel ?? [] };
  return { ...parents, headsAfter: new RevisionGraph([...graph.all(), header]).heads().sort() };
}
