import { describe, expect, test } from '@jest/globals';
import { contextOf, setupOf } from '../../src/runner/context.ts';
import { silent } from '../../src/runner/logger.ts';
import { stampFound } from '../../src/runner/stamp.ts';
import { onDatabase, openRunner, rejection, table } from './project.ts';
import { runScript, writeScriptableProject } from './scripting.ts';

describe('stamp', () => {
  test(
    'writes down where the database is, and runs nothing',
    onDatabase(async (database, project) => {
      await writeScriptableProject(project);
      const { runner, said } = openRunner(database, project);
      expect(await runner.stamp('c1')).toEqual({ before: [], heads: ['c1'] });
      expect(await runner.stamp(['heads'])).toEqual({ before: ['c1'], heads: ['e1'] });
      expect(await runner.stamp('base')).toEqual({ before: ['e1'], heads: [] });
      expect(said).toEqual(['Running stamp -> c1', 'Running stamp c1 -> e1', 'Running stamp e1 ->']);
      expect(await database.query("SELECT to_regclass('ticket') AS ticket")).toEqual([{ ticket: null }]);
      expect(await database.query('SELECT revision, direction FROM alembic_version_log ORDER BY id')).toMatchObject([
        { revision: 'c1', direction: 'stamp' },
        {},
        { revision: 'base' },
      ]);
    }),
  );

  test(
    'rescues a version table that holds what nobody knows',
    onDatabase(async (database, project) => {
      await writeScriptableProject(project);
      const { runner } = openRunner(database, project);
      await runner.ensureVersionTable();
      await database.query("INSERT INTO alembic_version VALUES ('lost')");
      expect((await rejection(runner.upgrade())).message).toContain('lost');
      expect((await rejection(runner.stamp('a1'))).message).toContain('lost');
      expect(await runner.stamp('a1', { purge: true })).toEqual({ before: ['lost'], heads: ['a1'] });
      expect(await runner.current()).toEqual(['a1']);
    }),
  );

  test(
    'is told to onVersionApply',
    onDatabase(async (database, project) => {
      await writeScriptableProject(project);
      const told: unknown[] = [];
      const onVersionApply = ({ query: _, execute: __, isOffline: ___, ...applied }: any) => void told.push(applied);
      const { runner } = openRunner(database, project, { onVersionApply });
      await runner.stamp('a1');
      await runner.stamp('base');
      expect(told).toEqual([
        { direction: 'stamp', revision: 'a1', message: 'create tickets', heads: ['a1'] },
        { direction: 'stamp', revision: null, message: '', heads: [] },
      ]);
    }),
  );

  test.each(['stamp', 'its script', 'what adopting stamps'])('gives up a run that was interrupted: %s', how =>
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: "await op.execute('CREATE TABLE t ()'); throw new Error('told to');",
      });
      const { runner, dataSource } = openRunner(database, project);
      await rejection(runner.upgrade());
      if (how === 'stamp') await runner.stamp('a1');
      else if (how === 'its script') await runScript(database, await runner.stampSql('a1'));
      else {
        await database.query("INSERT INTO alembic_version VALUES ('a1')");
        const config = { versionLocations: [project.directory] };
        await stampFound(await contextOf(setupOf(dataSource, config, { logger: silent })), async () => ['a1']);
      }
      expect(await runner.status()).toMatchObject({ heads: ['a1'], isAtHeads: true, unfinished: [] });
      expect((await runner.upgrade()).steps).toEqual([]);
    })(),
  );

  test(
    'has a script that does the same',
    onDatabase(async (database, project) => {
      await writeScriptableProject(project);
      const { runner } = openRunner(database, project);
      await runScript(database, await runner.stampSql('b1'));
      expect(await runner.current()).toEqual(['b1']);
      await runScript(database, await runner.stampSql('b1:e1'));
      expect(await runner.current()).toEqual(['e1']);
    }),
  );
});

test.each([
  [
    'a query',
    async ({ query }: any) => void (await query('INSERT INTO audit VALUES (1)')),
    'relation "audit" does not exist',
  ],
  ['a statement that it refuses', async ({ execute }: any) => execute('COMMIT'), expect.stringContaining('COMMIT')],
  ['something else', () => Promise.reject(new Error('no audit')), 'no audit'],
])('a stamp says that onVersionApply failed in %s', (_, onVersionApply, reason) =>
  onDatabase(async (database, project) => {
    await project.write(table('a1'));
    const { runner } = openRunner(database, project, { onVersionApply });
    expect(await rejection(runner.stamp('heads'))).toMatchObject({
      name: 'VersionApplyError',
      cause: { message: reason },
      message: expect.stringMatching(
        /^onVersionApply of the configuration failed \(.*\), and nothing was stamped: correct it, and stamp again\.$/s,
      ),
    });
    expect(await runner.current()).toEqual([]);
  })(),
);
