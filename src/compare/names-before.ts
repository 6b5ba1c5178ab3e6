import { renamedAddress, type Address } from '../objects/address.ts';
import { effectOf } from '../objects/effects.ts';
import type { Operation, Registry } from '../objects/kinds.ts';

/** The name that the database has before any operation has run, for what the operation at that place names. */
export type NameBefore = (address: Address, at: number) => Address | undefined;

/**
 * Follow the renames of operations back to the names of the database, through names that change hands. Undefined for what
 * the database does not have: a new object under a name that an earlier operation has freed.
 */
export function namesBefore(
  operations: readonly Operation[],
  { kinds, defaultSchema }: { readonly kinds: Registry; readonly defaultSchema: string },
): NameBefore {
  const latestFirst = operations
    .flatMap((each, place) => (effectOf(each, kinds, defaultSchema).renames ?? []).map(rename => ({ place, rename })))
    .toReversed();
  return (address, at) => {
    let name = address;
    for (const { place, rename } of latestFirst) {
      if (place >= at) continue;
      const [from, to] = rename;
      const before = renamedAddress(name, to, from);
      if (before === name && renamedAddress(name, from, to) !== name) return undefined;
      name = before;
    }
    return name;
  };
}
