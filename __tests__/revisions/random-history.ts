import fc from 'fast-check';

/** A header with every list spelled out. */
export interface PlainHeader {
  readonly revision: string;
  readonly downRevision: null | string | string[];
  readonly dependsOn: string[];
  readonly branchLabels: string[];
}

/** Any history: several bases, branches, merges and dependencies, redundant ones among them, in any load order. */
export function histories({ maxLength = 14 } = {}): fc.Arbitrary<PlainHeader[]> {
  const picks = fc.record({
    down: fc.array(fc.nat(), { maxLength: 3 }),
    near: fc.boolean(),
    dependsOn: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(fc.nat(), { maxLength: 2 })),
    labelled: fc.nat({ max: 5 }).map(one => one === 0),
  });
  return fc
    .array(picks, { minLength: 1, maxLength })
    .map(all =>
      all.map(({ down, near, dependsOn, labelled }, index) => ({
        revision: idAt(index),
        downRevision: scalar(chosen(near ? [...down, 0].slice(0, 1) : down, index)),
        dependsOn: chosen(dependsOn, index),
        branchLabels: labelled ? [`label${index}`] : [],
      })),
    )
    .chain(headers => fc.shuffledSubarray(headers, { minLength: headers.length }));
}

/** A history, and a state of a database that ran any upgrades and downgrades of it. */
export function historiesWithHeads(): fc.Arbitrary<{ headers: PlainHeader[]; heads: string[] }> {
  return histories().chain(headers =>
    fc
      .subarray(headers.map(({ revision }) => revision))
      .map(some => ({ headers, heads: maximal(headers, closure(headers, some)) })),
  );
}

/** What the given revisions are above of, themselves included: by definition, without regard to speed. */
export function closure(headers: readonly PlainHeader[], ids: Iterable<string>): Set<string> {
  const reached = new Set(ids);
  for (const id of reached) for (const parent of needsOf(headers, id)) reached.add(parent);
  return reached;
}

/** All revisions that need one of the given ones, these included. */
export function needing(headers: readonly PlainHeader[], ids: readonly string[]): Set<string> {
  const all = headers.map(({ revision }) => revision);
  return new Set(all.filter(id => ids.some(needed => closure(headers, [id]).has(needed))));
}

/** Those of the given revisions that no other of them needs. */
export function maximal(headers: readonly PlainHeader[], ids: Iterable<string>): string[] {
  const some = [...ids];
  return some.filter(id => !some.some(other => other !== id && closure(headers, [other]).has(id)));
}

export function needsOf(headers: readonly PlainHeader[], id: string): string[] {
  const header = headers.find(({ revision }) => revision === id)!;
  return [...parentsOf(header), ...header.dependsOn];
}

export function parentsOf({ downRevision }: PlainHeader): readonly string[] {
  return downRevision === null ? [] : [downRevision].flat();
}

function chosen(picks: readonly number[], index: number): string[] {
  return index === 0 ? [] : [...new Set(picks.map(pick => idAt(index - 1 - (pick % index))))];
}

function idAt(index: number): string {
  return `rev${String(index).padStart(3, '0')}`;
}

function scalar(ids: string[]): null | string | string[] {
  return ids.length > 1 ? ids : (ids[0] ?? null);
}
