import type { Operation } from '../src/objects/kinds.ts';
import { literalText } from './literal.ts';

/** Operations as the lines that would make them in a revision. */
export const operationsText = (operations: readonly Operation[]): string =>
  operations.map(operation => operationText(operation)).join('\n');

/** `await op.createIndex({ … });`: an operation is printed as the call that makes it again. */
export const operationText = ({ op, ...payload }: Operation, indentation = ''): string =>
  `await op.${op}(${literalText(payload, indentation)});`;
