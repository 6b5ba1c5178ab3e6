import { addressText, type Address, type Renaming } from '../objects/address.ts';
import { effectOf } from '../objects/effects.ts';
import type { Registry } from '../objects/kinds.ts';
import { nameParts, qualify, splitPartName, type QualifiedName } from '../sql/name.ts';
import type { Renames } from './renames.ts';
import type { RevisionOperations } from './returning.ts';

interface Options {
  readonly defaultSchema: string;
  readonly kinds: Registry;
}

/**
 * Of some renames, those that revisions have made, from the same old name to the same new one. What a column or label
 * belongs to may have had any of its names.
 * @param renames as `applyRenames` gives them: new names of parts are paths
 */
export function renamedBefore(renames: Renames, history: readonly RevisionOperations[], options: Options): Renames {
  const made = history.map(({ upgrade }) => netRenames(renamingsIn(upgrade, options)));
  const all = made.flat();
  const isSame = sameThing(all);
  const objects = (names: Readonly<Record<string, string>> = {}, place: Address['place']) =>
    where(names, (from, to) =>
      all.some(([old, now]) => old.place === place && old.name === spelled(from) && now.name === spelled(to)),
    );
  const parts = (names: Readonly<Record<string, string>> = {}, place: Place, owner: Address['place']) =>
    where(names, (from, to) => {
      const [old, now] = [splitPartName(from), splitPartName(to).name];
      return all.some(
        ([was, is]) =>
          was.place === place &&
          was.name === old.name &&
          is.name === now &&
          isSame(owner, was.table!, spelled(old.owner)),
      );
    });
  return {
    tables: objects(renames.tables, 'relation'),
    enums: objects(renames.enums, 'type'),
    columns: parts(renames.columns, 'column', 'relation'),
    enumLabels: parts(renames.enumLabels, LABEL, 'type'),
  };
}

/** A label has no address of its own: it is a part of its type as a column is one of its table. */
const LABEL = 'comment';
type Place = 'column' | typeof LABEL;

const where = (
  names: Readonly<Record<string, string>>,
  holds: (from: string, to: string) => boolean,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(names).filter(([from, to]) => holds(from, to)));

const renamingsIn = (upgrade: RevisionOperations['upgrade'], { kinds, defaultSchema }: Options): readonly Renaming[] =>
  upgrade.flatMap(operation =>
    operation.op === 'renameEnumValue'
      ? [[labelOf(operation.name, operation.from), labelOf(operation.name, operation.to)] as const]
      : (effectOf(operation, kinds, defaultSchema).renames ?? []),
  );

const labelOf = (type: QualifiedName, name: string): Address => ({ place: LABEL, table: type, name });

/** From the first name to the last one: in a ring something goes by a passing name. */
function netRenames(renamings: readonly Renaming[]): readonly Renaming[] {
  const last = new Map<string, Renaming>();
  for (const [from, to] of renamings) {
    const begun = last.get(addressText(from));
    last.delete(addressText(from));
    last.set(addressText(to), [begun?.[0] ?? from, to]);
  }
  return [...last.values()];
}

/** Whether two names were ever names of one table or type. */
function sameThing(made: readonly Renaming[]): (place: Address['place'], one: string, other: string) => boolean {
  const groups: Set<string>[] = [];
  for (const [from, to] of made) {
    const names = [from, to].map(({ place, name }) => `${place}:${name}`);
    const joined = groups.filter(group => names.some(name => group.has(name)));
    groups.push(new Set([...joined.flatMap(group => [...group]), ...names]));
  }
  return (place, one, other) =>
    one === other || groups.some(group => group.has(`${place}:${one}`) && group.has(`${place}:${other}`));
}

const spelled = (name: QualifiedName): QualifiedName => {
  const { schema, name: bare } = nameParts(name);
  return qualify(schema, bare);
};
