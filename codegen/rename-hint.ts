import type { Operation } from '../src/objects/kinds.ts';

/**
 * What to run again with, where an object goes and another one comes that may be the same under a new name: a comparison
 * cannot tell, and a guess could lose rows or keep the wrong ones. `comers` are the operations that make tables and columns.
 */
export function renameHint(operation: Operation, comers: readonly Operation[]): string | undefined {
  const [from, candidates] = renaming(operation, comers);
  if (candidates.length === 0) return undefined;
  const told = candidates.map(to => `--rename "${from}:${to}"`).join(' or ');
  return `Was it renamed? Then generate this again with ${told}, and its rows stay.`;
}

function renaming(
  operation: Operation,
  comers: readonly Operation[],
): readonly [from: string, candidates: readonly string[]] {
  if (operation.op === 'dropColumn') {
    const { table, name } = operation;
    return [
      `${table}.${name}`,
      comers.flatMap(each => (each.op === 'addColumn' && each.table === table ? [each.column.name] : [])),
    ];
  }
  if (operation.op === 'dropTable') {
    return [operation.name, comers.flatMap(each => (each.op === 'createTable' ? [each.name] : []))];
  }
  return ['', []];
}
