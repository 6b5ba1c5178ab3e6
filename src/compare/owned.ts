import type { Address } from '../objects/address.ts';
import type { FilterType } from '../objects/object-kind.ts';

/** Something that a revision created, and the kind whose operation did. */
export interface OwnedObject extends Address {
  readonly kind: FilterType;
}

/** What the revisions of a project have created, by identity: `relation:ticket`, `column:ticket.title`. */
export type Owned = ReadonlyMap<string, OwnedObject>;
