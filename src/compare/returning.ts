import { addressText, type Address } from '../objects/address.ts';
import { effectOf } from '../objects/effects.ts';
import type { Operation, Registry } from '../objects/kinds.ts';
import { shapeText } from '../objects/shape.ts';

/** What a revision does, and how it undoes it. */
export interface RevisionOperations {
  readonly upgrade: readonly Operation[];
  readonly downgrade: readonly Operation[];
  /** The upgrade does more that is not known: it reads rows, or runs a migration of TypeORM's. */
  readonly isPartial?: boolean;
}

/** Whether an operation of the upgrade creates what is at an address as it was before the revision. */
export type Returns = (creation: Operation, address: Address) => boolean;

/**
 * Tells what a revision drops and creates again as it was from what it creates anew under the same name: its downgrade
 * creates what was there before. Where a downgrade does not create it, it counts as what it was. The two directions go by
 * different names around a rename, so that names that the revision changes do not count there.
 */
export function returnsIn(
  { upgrade, downgrade }: RevisionOperations,
  registry: Registry,
  defaultSchema: string,
): Returns {
  const text = textWithout(new Set([...upgrade, ...downgrade].flatMap(wordsOfRename)));
  const before = downgrade.flatMap(operation =>
    (effectOf(operation, registry, defaultSchema).creates ?? []).map(
      address => [text(addressText(address)), text(definitionOf(operation, address))] as const,
    ),
  );
  return (creation, address) => {
    const definitions = before.filter(([at]) => at === text(addressText(address))).map(([, definition]) => definition);
    return definitions.length === 0 || definitions.includes(text(definitionOf(creation, address)));
  };
}

/** True where an operation creates anything that one before it drops. */
export function recreates(operations: readonly Operation[], registry: Registry, defaultSchema: string): boolean {
  const dropped = new Set<string>();
  return operations.some(operation => {
    const { creates = [], drops = [] } = effectOf(operation, registry, defaultSchema);
    for (const address of drops) dropped.add(addressText(address));
    return creates.some(address => dropped.has(addressText(address)));
  });
}

/** Of a comment, which is made along with a table or column, its text. How an index is built is no part of it. */
const definitionOf = (operation: Operation, { place, name }: Address): string =>
  place === 'comment' ? commentIn(operation as Commented, name) : shapeText({ ...operation, concurrently: undefined });

interface Commented {
  readonly name?: string;
  readonly comment?: string | null;
  readonly column?: Commented;
  readonly columns?: readonly (Commented | string)[];
}

/** The comment that an operation makes on a column, or on the table itself where no name is given. */
function commentIn(operation: Commented, name: string): string {
  const { column, columns = [] } = operation;
  const parts = [column, ...columns].filter(each => typeof each === 'object');
  return (parts.find(each => name !== '' && each.name === name) ?? operation).comment ?? '';
}

const WORD = /[\p{L}\p{N}_$]+/gu;

const BESIDE_PUNCTUATION = /(?<![\p{L}\p{N}_$]) | (?![\p{L}\p{N}_$])/gu;

const wordsOfRename = (operation: Operation): readonly string[] =>
  /^(rename|move)[A-Z]/.test(operation.op)
    ? Object.values(operation).flatMap(each => String(each).match(WORD) ?? [])
    : [];

/**
 * A text without the names that are changed, and what stands around names: a blank is left between two words only. A renamed
 * column of a view gets an alias.
 */
function textWithout(renamed: ReadonlySet<string>): (text: string) => string {
  if (renamed.size === 0) return text => text;
  return text =>
    text
      .replaceAll(WORD, word => (renamed.has(word) || word === 'AS' ? '' : word))
      .replaceAll(/[\s."\\]+/g, ' ')
      .replaceAll(BESIDE_PUNCTUATION, '');
}
