import type { EntitySet } from './entity-set.ts';
import type { Random } from './random.ts';

/** The list with two of the candidates, where there are two, under each other's names. */
export function exchanged<Part extends { readonly name: string }>(
  list: readonly Part[],
  candidates: readonly Part[],
  random: Random,
): readonly Part[] | undefined {
  const [one, other] = random.some(candidates, 2, 2);
  if (!one || !other) return undefined;
  return list.map(part => {
    const name = part === one ? other.name : part === other ? one.name : part.name;
    return { ...part, name };
  });
}

/** Two named parts of any tables, of one kind or of two, under each other's names. */
export function withSwappedNames(set: EntitySet, random: Random): EntitySet | undefined {
  const named = set.tables.flatMap(({ indices, uniques, checks, exclusions }) =>
    [...indices, ...uniques, ...checks, ...exclusions].flatMap(({ id, name }) => (name ? [{ id, name }] : [])),
  );
  if (named.length < 2) return undefined;
  const [one, other] = random.some(named, 2, 2) as [{ id: string; name: string }, { id: string; name: string }];
  const swapped = <Part extends { readonly id: string; readonly name?: string }>(parts: readonly Part[]) =>
    parts.map(part => {
      if (part.id === one.id) return { ...part, name: other.name };
      return part.id === other.id ? { ...part, name: one.name } : part;
    });
  const tables = set.tables.map(table => ({
    ...table,
    indices: swapped(table.indices),
    uniques: swapped(table.uniques),
    checks: swapped(table.checks),
    exclusions: swapped(table.exclusions),
  }));
  return { ...set, tables };
}
