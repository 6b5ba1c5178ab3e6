import type { RevisionGraph } from '../../revisions/graph.ts';
import { defineCommand } from '../command.ts';
import { nameDatabase } from '../name-database.ts';
import { UsageError } from '../usage-error.ts';

export const stamp = defineCommand({
  name: 'stamp',
  describe: 'Write down which revisions the database is at, and run nothing',
  details: 'For a database whose schema came another way: from a dump, or from before there were revisions.',
  positionals: {
    revisions: { required: true, several: true, describe: 'Ids, heads or base; with --sql each may be FROM:TO' },
  },
  options: {
    sql: { type: 'boolean', describe: 'Print a script for psql instead of connecting to a database' },
    purge: { type: 'boolean', describe: 'Empty the version table first, whatever it holds' },
  },
  examples: [
    ['stamp heads', 'the schema is up to date'],
    ['stamp base', 'nothing is applied'],
    ['stamp --purge 3f2a', 'when the version table holds revisions nobody has any more'],
  ],
  async run(context, { revisions, sql, purge = false }) {
    if (revisions.length > 1) refuseCovered(revisions, (await context.revisions()).graph);
    const runner = await context.runner();
    if (sql) {
      if (purge) throw new (await import('../../revisions/errors.ts')).PurgeOfflineError();
      const script = await runner.stampSql(revisions);
      return { json: { sql: script }, verbatim: script.trimEnd() };
    }
    await nameDatabase(context);
    const result = await runner.stamp(revisions, { purge });
    const at = result.heads.map(head => context.style.id(head)).join(', ') || 'base';
    return { json: result, summary: `Stamped: the database is at ${at}.` };
  },
});

/** A revision that another target is or needs is applied with that one: a row for it would say nothing more. */
function refuseCovered(targets: readonly string[], graph: RevisionGraph): void {
  const named = targets.map(target => {
    const ids = graph.stampedHeads([], target.slice(target.indexOf(':') + 1));
    return { target, ids, applied: graph.appliedAt(ids) };
  });
  for (const { target, ids } of named) {
    const over = named.find(
      each => each.target !== target && ids.length > 0 && ids.every(id => each.applied.includes(id)),
    );
    if (over)
      throw new UsageError(`"${target}" is applied where "${over.target}" is; stamp with "${over.target}" alone.`);
  }
}
