import type { Operation } from '../objects/kinds.ts';
import { nameParts, qualify } from '../sql/name.ts';

/**
 * An operation whose names of the connection's own schema go without it, as everywhere else: a revision may name that
 * schema in full, by hand or because it was written when the schema was another connection's.
 */
export function withBareNames(operation: Operation, defaultSchema: string): Operation {
  const bare = (value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    const { schema, name } = nameParts(value);
    return schema === defaultSchema ? qualify(undefined, name) : value;
  };
  const keys = ['table', ...(namesObject.test(operation.op) ? ['name', 'from', ...toName(operation.op)] : [])];
  const names = Object.entries(operation).filter(([key]) => keys.includes(key));
  return { ...operation, ...Object.fromEntries(names.map(([key, value]) => [key, bare(value)])) } as Operation;
}

/** Operations whose `name` lies in a schema: that of a column or constraint lies in its table. */
const namesObject = /^(create|drop|rename|move|alter)(Table|View|MaterializedView|Index|Enum|Sequence)$/;

/** What is moved, is moved `to` a schema. */
const toName = (op: Operation['op']): readonly string[] => (op.startsWith('move') ? [] : ['to']);
