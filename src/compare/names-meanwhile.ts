import { addressText, type Address } from '../objects/address.ts';
import { effectOf } from '../objects/effects.ts';
import { kindMaking, type Operation, type Registry } from '../objects/kinds.ts';
import { sequenceMeanwhile } from '../objects/tables/feeding.ts';
import { besides, type QualifiedName } from '../sql/name.ts';
import type { NewName } from './new-names.ts';

/**
 * The names that operations give and free again: what an enum is called while another one takes its place, or a table
 * between two names. No schema has them, so that nothing else looks whether they are free.
 * @param gone operations that come before
 */
export function namesMeanwhile(
  operations: readonly Operation[],
  { kinds, defaultSchema, gone = [] }: { kinds: Registry; defaultSchema: string; gone?: readonly Operation[] },
): readonly NewName[] {
  const [first, last] = [new Map<string, number>(), new Map<string, number>()];
  [...gone, ...operations].forEach((operation, i) =>
    freedBy(operation, kinds, defaultSchema).forEach(address => {
      if (!first.has(address)) first.set(address, i - gone.length);
      last.set(address, i - gone.length);
    }),
  );
  const isPassing = (to: Address, i: number): boolean =>
    (last.get(addressText(to)) ?? i) > i && first.get(addressText(to))! >= i;
  return operations.flatMap((operation, i): readonly NewName[] => {
    const { renames = [] } = effectOf(operation, kinds, defaultSchema);
    const passing = renames.filter(([, to]) => isPassing(to, i));
    return [...passing.flatMap(([from, to]) => newNamesOf(operation, from, to, kinds)), ...sequencesIn(operation)];
  });
}

function freedBy(operation: Operation, kinds: Registry, defaultSchema: string): readonly string[] {
  const { drops = [], renames = [] } = effectOf(operation, kinds, defaultSchema);
  return [...drops, ...renames.map(([from]) => from)].map(addressText);
}

/** The index of a key is a relation of its name. */
function newNamesOf({ op }: Operation, from: Address, to: Address, kinds: Registry): readonly NewName[] {
  const kind = kindMaking(op, kinds);
  if (to.place === 'constraint' && to.table !== undefined)
    return [meanwhile('relation', besides(to.table, to.name), `constraint ${besides(to.table, from.name)}`)];
  if (!kind || (to.place !== 'relation' && to.place !== 'type')) return [];
  const owner = `${kind.filterType.replaceAll('_', ' ')} ${from.name}`;
  return [meanwhile(to.place, to.name, owner), ...(kind.makesType ? [meanwhile('type', to.name, owner)] : [])];
}

function sequencesIn(operation: Operation): readonly NewName[] {
  if (operation.op !== 'alterColumn') return [];
  const name = sequenceMeanwhile(operation);
  return name === undefined
    ? []
    : [meanwhile('relation', name, `the sequence of ${operation.table}.${operation.name}`)];
}

const meanwhile = (namespace: 'relation' | 'type', name: QualifiedName, owner: string): NewName => ({
  namespace,
  name,
  owner,
  meanwhile: true,
});
