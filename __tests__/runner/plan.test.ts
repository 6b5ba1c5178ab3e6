import { describe, expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { writeCrashProject } from './crash-project.ts';
import { onDatabase, openRunner, rejection, withProject } from './project.ts';
import { writeScriptableProject } from './scripting.ts';

describe('a plan', () => {
  test(
    'lists exactly what the run sends',
    onDatabase(async (database, project) => {
      await writeScriptableProject(project);
      const { runner, queries } = openRunner(database, project);
      for (const [direction, target] of [
        ['upgrade', 'heads'],
        ['downgrade', 'base'],
      ] as const) {
        const planned = await runner.plan(target, { direction });
        queries.length = 0;
        const { steps } = await runner[direction](target);
        expect(planned.map(({ revision }) => revision)).toEqual(steps.map(({ revision }) => revision));
        const sent = queries.filter(query => !isBookkeeping(query));
        const expected = planned.flatMap(({ statements, versionStatements }) => [
          ...statements.map(({ sql }) => sql),
          // A run counts what it inserts.
          ...versionStatements.map(({ sql }) => (sql.startsWith('INSERT') ? `${sql} RETURNING 1` : sql)),
        ]);
        expect(sent).toEqual(expected);
      }
    }),
  );

  test(
    'names hazards, and what it cannot know',
    onDatabase(async (database, project) => {
      await writeCrashProject(project);
      await project.write({
        id: 'd1',
        upgrade: `await op.execute('SELECT 1'); await op.query('SELECT 2');`,
        downgrade: `await op.dropTable({ name: 'ticket' });`,
      });
      const { runner } = openRunner(database, project);
      const planned = await runner.plan();
      expect(planned.map(({ transactional, needsDatabase }) => ({ transactional, needsDatabase }))).toEqual([
        { transactional: true, needsDatabase: false },
        { transactional: false, needsDatabase: true },
        { transactional: true, needsDatabase: false },
        { transactional: true, needsDatabase: true },
      ]);
      expect(planned[3]!.statements.map(({ sql }) => sql)).toEqual(['SELECT 1']);
      expect(await database.query("SELECT to_regclass('alembic_version') AS v")).toEqual([{ v: null }]);
      await runner.stamp('heads');
      const [down] = await runner.plan('-1', { direction: 'downgrade' });
      expect(down).toMatchObject({ revision: 'd1', path: `${project.directory}/d1.mjs` });
      expect(down!.hazards).toContainEqual(expect.objectContaining({ type: 'deletesData' }));
    }),
  );

  test('is refused what the run would be refused', () =>
    withDatabase(database =>
      withProject(async project => {
        await project.write({ id: 'a1', upgrade: "await op.execute('VACUUM');" });
        const error = await rejection(openRunner(database, project).runner.plan());
        expect(error).toMatchObject({ name: 'RevisionFailedError', statement: 'VACUUM' });
        expect(error.message).toMatch(/; nothing was run\.$/);
      }),
    ));
});

/** What the runner sends beside what a plan lists: transactions, the lock, the log. */
const isBookkeeping = (query: string): boolean =>
  /^(BEGIN|COMMIT|RESET|SELECT (version|seen\.facts|session_user|n\.nspname|true AS schema|pg_try|pg_advisory|set_config|version_num|to_regclass|id::|revision, direction|DISTINCT|indisvalid|pg_catalog\.|CASE WHEN EXISTS|coalesce|name, setting|\(SELECT setting|\(SELECT pg_catalog\.json_agg|EXISTS \(SELECT FROM pg_catalog\.pg_proc))/.test(
    query,
  ) ||
  /^(CREATE TABLE IF NOT EXISTS|INSERT INTO|UPDATE) ("public"\.)?"alembic_version(_log)?" \(?(version_num VARCHAR|id|revision|SET progress|SET finished)/.test(
    query,
  ) ||
  query.startsWith('SELECT * FROM current_');
