import { operationsInto, type Operations } from '../operations/operations.ts';
import type { Operation } from '../objects/kinds.ts';
import { loadRevision } from '../scripts/load-revision.ts';
import type { RunnerContext } from './context.ts';

/** The operations of each revision that is applied, in order; asked for only where something might be dropped. */
export type History = () => Promise<readonly (readonly Operation[])[]>;

/**
 * The operations of each revision that is applied, in their order: each `upgrade` is run as for a script, and nothing is
 * sent anywhere. A revision that needs rows tells what it does up to there.
 */
export async function historyOperations(
  { graph, files, config }: RunnerContext,
  heads: readonly string[],
): Promise<readonly (readonly Operation[])[]> {
  const applied = new Set(graph.appliedAt(heads));
  const history: Operation[][] = [];
  const context = { isOffline: true, x: {}, heads: [] };
  const op = operationsInto({
    sink: async () => {},
    context,
    kinds: config.kinds,
    onOperation: operation => history.at(-1)?.push(operation),
  });
  for (const { revision } of graph.upgradePath([], 'heads')) {
    const file = files.get(revision);
    if (!file || !applied.has(revision)) continue;
    const { upgrade } = await loadRevision<Operations>(file);
    history.push([]);
    await attempt(() => upgrade(op));
  }
  return history;
}

/** What a revision of data does without its data is nobody's concern here. */
async function attempt(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch {
    // What it did before is told.
  }
}
