import { CodeBlockWriter } from 'ts-morph';
import type { Operation } from '../src/objects/kinds.ts';
import { renderOperation } from './render.ts';

/** Operations as the lines that would make them in a revision. */
export function operationsText(operations: readonly Operation[]): string {
  const writer = new CodeBlockWriter({ indentNumberOfSpaces: 2, useSingleQuote: true });
  for (const operation of operations) {
    renderOperation(writer, operation);
    writer.newLine();
  }
  return writer.toString().trimEnd();
}
