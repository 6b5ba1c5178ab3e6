import { partName, type QualifiedName } from '../sql/name.ts';
import { renamedOnTable } from './naming.ts';
import { RECREATE, type ObjectKind } from './object-kind.ts';
import { alike } from './shape.ts';
import { everyChange, usesTouched } from './touched.ts';
import { relationsUsed, type Using } from './uses.ts';

/** An object of a table or view, by its name there. */
export interface PartOfTable {
  readonly table: QualifiedName;
  readonly name: string;
}

/**
 * What policies, triggers and rules have in common: entities cannot declare them, so they only leave, and return, where
 * PostgreSQL refuses a change of something that they use.
 */
export const partOfTable = {
  undeclaredStays: true,
  nameOf: ({ table, name }) => partName(table, name),
  dependsOn: part => [`relation:${part.table}`, ...relationsUsed(part)],
  owner: ({ table }) => table,
  renamed: renamedOnTable,
  mustDetach: (part, comparison) => usesTouched(part, comparison, everyChange),
  alter: (before, after) => (alike(before, after) ? [] : RECREATE),
} satisfies Partial<ObjectKind<PartOfTable & Using, unknown>>;
