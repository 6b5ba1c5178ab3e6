import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table, type TestProject } from './project.ts';

/** Newer code has migrated to `c1`; what is left in the folder is older code, whose head is `b1`. */
async function rollBack(database: TestDatabase, project: TestProject) {
  await project.write(table('a1'), table('b1'), table('c1'));
  await openRunner(database, project).runner.upgrade();
  await rm(join(project.directory, 'c1.mjs'));
}

const columns = async (database: TestDatabase): Promise<readonly unknown[]> =>
  database.query(
    "SELECT attname FROM pg_attribute WHERE attrelid = 'alembic_version_log'::regclass AND attname = 'parents' AND NOT attisdropped",
  );

describe('older code on a newer database', () => {
  test(
    'serves: an upgrade does nothing, warns and says so',
    onDatabase(async (database, project) => {
      await rollBack(database, project);
      const { runner, said } = openRunner(database, project);
      expect(await runner.upgrade()).toEqual({ steps: [], heads: ['c1'], isAhead: true });
      expect(said).toEqual([
        'Warning: The database is at c1, which is newer than this code (at b1); nothing is to be done',
      ]);
      expect(await runner.upgrade('a1')).toMatchObject({ steps: [], isAhead: true });
      expect(await runner.plan()).toEqual([]);
      expect(await runner.status()).toMatchObject({ heads: ['c1'], target: ['b1'], isAtHeads: false, isAhead: true });
      expect(await runner.current()).toEqual(['c1']);
      expect(await runner.changedSince()).toEqual([]);
      expect((await runner.history(':current')).map(({ revision }) => revision)).toEqual(['b1', 'a1']);
    }),
  );

  test.each([
    ['a downgrade', (runner: any) => runner.downgrade('-1')],
    ['a stamp', (runner: any) => runner.stamp('a1')],
    ['a check', (runner: any) => runner.check()],
    ['an upgrade that is to fail', (_: any, strict: any) => strict.upgrade()],
  ])('refuses %s, and names the revision that it lacks', (_, ask) =>
    onDatabase(async (database, project) => {
      await rollBack(database, project);
      const strict = openRunner(database, project, { whenAhead: 'fail' }).runner;
      const error = await rejection(ask(openRunner(database, project).runner, strict));
      expect(error).toMatchObject({ name: 'DatabaseAheadError', unknown: ['c1'], heads: ['b1'] });
      expect(error.message).toContain('run this with the code that has c1');
      expect(await strict.current()).toEqual(['c1']);
    })(),
  );

  test(
    'is told from one that has gone another way, which is an error',
    onDatabase(async (database, project) => {
      await rollBack(database, project);
      await project.write({ ...table('b2'), down: 'b1' });
      const { runner } = openRunner(database, project);
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({ name: 'DatabaseDivergedError', unknown: ['c1'], pending: ['b2'] });
      expect(await runner.status()).toMatchObject({ isAtHeads: false, isAhead: false });
      expect(await runner.upgrade('b1')).toMatchObject({ isAhead: true });
    }),
  );

  test(
    'is told from a revision that nobody can place, with no advice that the next deployment would suffer from',
    onDatabase(async (database, project) => {
      await rollBack(database, project);
      await database.query('DELETE FROM alembic_version_log');
      const { runner } = openRunner(database, project);
      for (const asked of [runner.upgrade(), runner.status(), runner.current(), runner.plan(), runner.stamp('a1')]) {
        const error = await rejection(asked);
        expect(error).toMatchObject({ name: 'AppliedRevisionNotFoundError', identifier: 'c1' });
        expect(error.message).not.toMatch(/stamp|purge/);
      }
      expect((await runner.stamp('b1', { purge: true })).heads).toEqual(['b1']);
    }),
  );

  test.each(['all', 'none', 'each'] as const)(
    'is understood whatever a transaction is (%s), stamps included',
    transaction =>
      onDatabase(async (database, project) => {
        await project.write(table('a1'), table('b1'), { ...table('c1'), dependsOn: ['a1'] }, table('d1'));
        const { runner } = openRunner(database, project, { transaction });
        await runner.upgrade('a1');
        await runner.stamp('c1');
        await runner.upgrade();
        expect(await database.query('SELECT revision, parents FROM alembic_version_log ORDER BY id')).toEqual([
          { revision: 'a1', parents: [] },
          { revision: 'c1', parents: ['a1', 'b1'] },
          { revision: 'd1', parents: ['c1'] },
        ]);
        for (const gone of ['d1', 'c1', 'b1']) {
          await rm(join(project.directory, `${gone}.mjs`));
          expect(await runner.upgrade()).toEqual({ steps: [], heads: ['d1'], isAhead: true });
        }
      })(),
  );
});

describe('a log that an earlier version made', () => {
  test(
    'is understood without parents, and has them from the next write on, not from reading',
    onDatabase(async (database, project) => {
      await rollBack(database, project);
      await database.query('ALTER TABLE alembic_version_log DROP COLUMN parents');
      const { runner } = openRunner(database, project);
      expect(await runner.upgrade()).toMatchObject({ isAhead: true });
      expect(await runner.status()).toMatchObject({ isAhead: true });
      expect(await columns(database)).toEqual([]);
      await project.write({ ...table('c1'), down: 'b1' }, { ...table('d1'), transactional: false });
      await runner.upgrade();
      expect(await columns(database)).toHaveLength(1);
      await rm(join(project.directory, 'd1.mjs'));
      expect(await runner.upgrade()).toMatchObject({ isAhead: true, heads: ['d1'] });
    }),
  );

  test(
    'is written as it is by a role that may not change it',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      await openRunner(database, project).runner.upgrade();
      const role = `app_${database.name}`;
      await database.query('ALTER TABLE alembic_version_log DROP COLUMN parents');
      await database.query(`CREATE ROLE "${role}"; GRANT CREATE ON SCHEMA public TO "${role}";
        GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role}"`);
      try {
        await project.write(table('b1'));
        const { runner } = openRunner(database, project, {}, { extra: { options: `-c role=${role}` } });
        expect((await runner.upgrade()).heads).toEqual(['b1']);
        expect(await columns(database)).toEqual([]);
      } finally {
        await database.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
      }
    }),
  );
});
