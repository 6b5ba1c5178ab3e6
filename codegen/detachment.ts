import type { Operation } from '../src/objects/kinds.ts';

/** What can be dropped without losing rows, in words, and the operation that creates it again. */
const RETURNING: Readonly<Record<string, readonly [what: string, creation: string]>> = {
  dropView: ['view', 'createView'],
  dropMaterializedView: ['materialized view', 'createMaterializedView'],
  dropPolicy: ['policy', 'createPolicy'],
  dropTrigger: ['trigger', 'createTrigger'],
  dropRule: ['rule', 'createRule'],
  dropIndex: ['index', 'createIndex'],
  dropStatistics: ['statistics object', 'createStatistics'],
};

/**
 * What to say of a drop: that the object is created again below or, in an upgrade, that this is the end of it.
 * @param all the operations of the same direction
 */
export function detachment(
  operation: Operation,
  all: readonly Operation[],
  direction: 'upgrade' | 'downgrade',
): readonly string[] {
  const [what, creation] = RETURNING[operation.op] ?? [];
  if (what === undefined) return [];
  const { name, table } = operation as { readonly name: string; readonly table?: string };
  const returns = all.some(each => {
    const other = each as { readonly name?: string; readonly table?: string };
    return each.op === creation && other.name === name && (table === undefined || other.table === table);
  });
  if (returns) return [`The ${what} ${name} is created again below: PostgreSQL refuses the change while it is there.`];
  return direction === 'upgrade' ? [`Drops the ${what} ${name}, which is declared no longer.`] : [];
}
