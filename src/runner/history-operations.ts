import { recreates, type RevisionOperations } from '../compare/returning.ts';
import { builtIn, type Operation } from '../objects/kinds.ts';
import { operationsInto, type Operations } from '../operations/operations.ts';
import { loadRevision } from '../scripts/load-revision.ts';
import type { RunnerContext } from './context.ts';

/** The operations of each revision that is applied, in order; asked for only where something might be dropped. */
export type History = () => Promise<readonly RevisionOperations[]>;

/** What the upgrades of a history do, in order. */
export const upgradesIn = async (history: History): Promise<readonly Operation[]> =>
  (await history()).flatMap(({ upgrade }) => upgrade);

/**
 * The operations of each revision that is applied, in their order: each `upgrade` is run as for a script, and nothing is
 * sent anywhere. A revision that needs rows tells what it does up to there. A `downgrade` is run only where the upgrade
 * drops and creates something under one name.
 */
export async function historyOperations(
  { graph, files, config }: RunnerContext,
  heads: readonly string[],
  defaultSchema: string,
): Promise<readonly RevisionOperations[]> {
  const applied = new Set(graph.appliedAt(heads));
  const { kinds } = config;
  const history: RevisionOperations[] = [];
  for (const { revision } of graph.upgradePath([], 'heads')) {
    const file = files.get(revision);
    if (!file || !applied.has(revision)) continue;
    const module = await loadRevision<Operations>(file);
    const { made: upgrade, isPartial } = await operationsOf(module.upgrade, kinds);
    const isRecreating = recreates(upgrade, kinds ?? builtIn, defaultSchema);
    const downgrade = isRecreating ? (await operationsOf(module.downgrade, kinds)).made : [];
    history.push({ upgrade, downgrade, ...(isPartial && { isPartial }) });
  }
  return history;
}

/** What a revision of data does without its data is nobody's concern here: what it does before is told. */
async function operationsOf(
  work: (op: Operations) => Promise<void> | void,
  kinds: RunnerContext['config']['kinds'],
): Promise<{ readonly made: readonly Operation[]; readonly isPartial: boolean }> {
  const made: Operation[] = [];
  const context = { isOffline: true, x: {}, heads: [] };
  const op = operationsInto({ sink: async () => {}, context, kinds, onOperation: each => made.push(each) });
  try {
    await work(op);
    return { made, isPartial: false };
  } catch {
    return { made, isPartial: true };
  }
}
