import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startUpgrade } from '../runner/processes.ts';
import { onDatabase, openRunner } from '../runner/project.ts';
import { withClient } from '../support/templates.ts';

const ROWS = 1_000_000;

const doubling = {
  id: 'b1',
  transactional: false as const,
  upgrade: `await op.backfill({ table: 'ticket', set: { doubled: 'coalesce(doubled, 0) + 2 * number', times: 'times + 1' } });
    await op.execute('ALTER TABLE ticket ALTER COLUMN doubled SET NOT NULL');`,
};

test(
  'a million rows are met once each, though the process is killed half way',
  onDatabase(async (database, project) => {
    await database.query(`CREATE TABLE ticket (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number int NOT NULL,
      times int NOT NULL DEFAULT 0, doubled bigint)`);
    await database.query(`INSERT INTO ticket (number) SELECT n FROM generate_series(1, ${ROWS}) n`);
    await project.write(doubling);

    const killed = await startUpgrade(database, project);
    const seen = `SELECT (progress->'batch'->>'key')::int AS key FROM alembic_version_log WHERE finished_at IS NULL`;
    while (((await database.query(seen).catch(() => []))[0]?.key ?? 0) < ROWS / 3) await setTimeout(20);
    killed.child.kill('SIGKILL');
    await once(killed.child, 'close');
    const [{ key }] = await database.query(seen);
    expect(key).toBeLessThan(ROWS);
    // What was committed and what was written down are the same rows.
    expect(await database.query('SELECT max(id)::int AS key FROM ticket WHERE times = 1')).toEqual([{ key }]);

    const { runner, queries } = openRunner(database, project);
    expect((await runner.upgrade()).heads).toEqual(['b1']);
    expect(queries.filter(query => query.startsWith('UPDATE "ticket"'))).toHaveLength((ROWS - key) / 10_000);
    const sums = 'SELECT count(*)::int, sum(doubled)::text AS doubled, min(times), max(times) FROM ticket';
    expect(await database.query(sums)).toEqual([{ count: ROWS, doubled: `${ROWS * (ROWS + 1)}`, min: 1, max: 1 }]);
  }),
  120_000,
);

test(
  'rows that others insert and change meanwhile are no obstacle',
  onDatabase(async (database, project) => {
    await database.query(
      'CREATE TABLE ticket (id serial PRIMARY KEY, number int NOT NULL, times int DEFAULT 0, doubled bigint)',
    );
    await database.query('INSERT INTO ticket (number) SELECT n FROM generate_series(1, 30000) n');
    await project.write({ ...doubling, upgrade: doubling.upgrade.replace('set:', 'batchSize: 500, set:') });
    const { runner } = openRunner(database, project);
    let isDone = false;
    const others = withClient(database.url, async client => {
      while (!isDone) {
        await client.query('INSERT INTO ticket (number, doubled, times) VALUES (7, 14, 1)');
        await client.query('UPDATE ticket SET number = number WHERE id = 1 + (random() * 29999)::int');
      }
    });
    await runner.upgrade().finally(() => (isDone = true));
    await others;
    const wrong =
      'SELECT count(*)::int AS wrong FROM ticket WHERE id <= 30000 AND (times <> 1 OR doubled <> 2 * number)';
    expect(await database.query(wrong)).toEqual([{ wrong: 0 }]);
  }),
);
