import type { Operation } from '../src/objects/kinds.ts';

/**
 * What to run again with, where an object goes and another one comes that may be the same under a new name: a comparison
 * cannot tell, and a guess could lose rows or keep the wrong ones.
 */
export function renameHint(operation: Operation, operations: readonly Operation[]): string | undefined {
  const [from, candidates] = renaming(operation, operations);
  if (candidates.length === 0) return undefined;
  const told = candidates.map(to => `--rename "${from}:${to}"`).join(' or ');
  return `Was it renamed? Then generate this again with ${told}, and its rows stay.`;
}

function renaming(
  operation: Operation,
  operations: readonly Operation[],
): readonly [from: string, candidates: readonly string[]] {
  if (operation.op === 'dropColumn') {
    const { table, name } = operation;
    return [
      `${table}.${name}`,
      operations.flatMap(each => (each.op === 'addColumn' && each.table === table ? [each.column.name] : [])),
    ];
  }
  if (operation.op === 'dropTable') {
    return [operation.name, operations.flatMap(each => (each.op === 'createTable' ? [each.name] : []))];
  }
  return ['', []];
}
