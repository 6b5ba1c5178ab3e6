import type { Operation } from '../objects/kinds.ts';
import { operationWords } from '../objects/operation-words.ts';
import { usesOf, type Using } from '../objects/uses.ts';
import { tokensOf } from '../sql/lexer.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName, unquoteIdentifier } from '../sql/name.ts';
import type { Obstacle } from './obstacles.ts';

/**
 * Objects that are created again from their text in the database, where that text mentions a name that the renames change.
 * Only PostgreSQL can write the text with the new name, and it does not make the renames here.
 * @param reason why it does not
 */
export function unspelled(
  operations: readonly Operation[],
  renames: readonly Operation[],
  reason: string,
): readonly Obstacle[] {
  const changed = new Set(renames.flatMap(namesChangedBy));
  return operations.flatMap(operation => {
    if (usesOf(operation as Using).length === 0) return [];
    const { op, name, table } = operation as { readonly op: string; readonly name?: string; readonly table?: string };
    const mentioned = textsIn(operation).flatMap(tokensOf).map(unquoteIdentifier);
    const old = mentioned.find(word => changed.has(word));
    if (old === undefined) return [];
    const what = operationWords(op.replace('create', ''));
    const dependent = `${what} ${name}${table === undefined ? '' : ` of ${table}`}`;
    return [{ dependent, on: `the name ${old}, whose change PostgreSQL refuses to try here (${reason})` }];
  });
}

/** A label is mentioned as a text. */
function namesChangedBy(operation: Operation): readonly string[] {
  switch (operation.op) {
    case 'renameEnumValue':
      return [quoteText(operation.from)];
    case 'moveTable':
      return [bareName(operation.table)];
    case 'moveEnum':
      return [bareName(operation.name)];
    case 'renameTable':
    case 'renameEnum':
      return [bareName(operation.from)];
    case 'renameColumn':
      return [operation.from];
    default:
      return [];
  }
}

/** The texts of an operation. What stands in a list by itself is a name, as are those of what is created and where. */
function textsIn(payload: unknown): readonly string[] {
  if (typeof payload !== 'object' || payload === null) return [];
  return Object.entries(payload).flatMap(([key, value]) => {
    if (typeof value !== 'string') return textsIn(value);
    return Array.isArray(payload) || ['op', 'name', 'table'].includes(key) ? [] : [value];
  });
}
