import type { Operation } from '../src/objects/kinds.ts';
import { remarksOn, type Losing } from '../src/objects/lost.ts';
import { inlineLiteral, literalText } from './literal.ts';
import { isCall, type OperationCall } from './revision-script.ts';

/** Operations as the lines that would make them in a revision. */
export const operationsText = (operations: readonly Operation[]): string =>
  operations.map(operation => operationText(operation)).join('\n');

/** `await op.createIndex({ … });`: an operation is printed as the call that makes it again. */
export function operationText(operation: Operation | OperationCall, indentation = ''): string {
  if (isCall(operation)) return `await op.${operation.op}(${operation.arguments.map(inlineLiteral).join(', ')});`;
  const { op, ...payload } = operation;
  const remarks = remarksOn(operation as Losing);
  const others = remarks ? `, ${literalText(remarks, indentation)}` : '';
  return `await op.${op}(${literalText(payload, indentation)}${others});`;
}
