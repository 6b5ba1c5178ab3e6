import { replacedName } from '../objects/enums.ts';
import type { AnyOperation } from '../objects/object-kind.ts';
import { bareName, besides, type QualifiedName } from '../sql/name.ts';

interface Renaming {
  readonly from: QualifiedName;
  readonly to: QualifiedName;
}

/**
 * The operations with each rename before whatever takes the name that it sets free. Where names change hands in a ring,
 * one of their holders goes by a name of its own meanwhile.
 * @param contested the names among relations that one object takes from another
 */
export function withRenamesInTime(
  operations: readonly AnyOperation[],
  contested: ReadonlySet<QualifiedName>,
): AnyOperation[] {
  if (contested.size === 0) return [...operations];
  const ordered = [...operations];
  for (let at = 0; at < ordered.length; at += 1) {
    for (const name of namesTakenBy(ordered[at]!).filter(each => contested.has(each))) {
      const late = ordered.findIndex((each, i) => i > at && renamingIn(each)?.from === name);
      if (late === -1) continue;
      const [rename] = ordered.splice(late, 1) as [AnyOperation];
      const { to } = renamingIn(rename)!;
      const isFree = ordered.slice(at).every(each => !namesFreedBy(each).includes(to));
      if (isFree) ordered.splice(at, 0, rename);
      else {
        const meanwhile = replacedName(name);
        ordered.splice(late, 0, renamed(rename, { from: meanwhile, to }));
        ordered.splice(at, 0, renamed(rename, { from: name, to: meanwhile }));
      }
      at += 1;
    }
  }
  return ordered;
}

/** What an operation may hold, as far as names among relations go. */
interface Naming {
  readonly op: string;
  readonly table?: QualifiedName;
  readonly name?: string;
  readonly from?: string;
  readonly to?: string;
  readonly primaryKey?: { readonly name: string };
  readonly uniques?: readonly { readonly name: string }[];
  readonly exclusions?: readonly { readonly name: string }[];
}

function renamingIn(operation: AnyOperation): Renaming | undefined {
  const { op, table, from, to } = operation as Naming;
  if (op === 'renameIndex') return { from: from!, to: besides(from!, bareName(to!)) };
  return op === 'renameConstraint' ? { from: besides(table!, from!), to: besides(table!, to!) } : undefined;
}

const renamed = (operation: AnyOperation, { from, to }: Renaming): AnyOperation =>
  operation.op === 'renameIndex'
    ? ({ ...operation, from, to } as AnyOperation)
    : ({ ...operation, from: bareName(from), to: bareName(to) } as AnyOperation);

function namesTakenBy(operation: AnyOperation): readonly QualifiedName[] {
  const renaming = renamingIn(operation);
  if (renaming) return [renaming.to];
  const { op, table, name, primaryKey, uniques = [], exclusions = [] } = operation as Naming;
  if (!op.startsWith('create') || name === undefined) return [];
  if (table !== undefined) return [besides(table, bareName(name))];
  const keys = [...(primaryKey ? [primaryKey] : []), ...uniques, ...exclusions];
  return [name, ...keys.map(key => besides(name, key.name))];
}

function namesFreedBy(operation: AnyOperation): readonly QualifiedName[] {
  const renaming = renamingIn(operation);
  if (renaming) return [renaming.from];
  const { op, table, name } = operation as Naming;
  if (!op.startsWith('drop') || name === undefined) return [];
  return [table === undefined ? name : besides(table, name)];
}
