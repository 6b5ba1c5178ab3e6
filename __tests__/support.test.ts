import { describe, expect, test } from '@jest/globals';
import { testRun, withDatabase } from './support/index.ts';

describe('withDatabase', () => {
  test('gives each test a database of its own and drops it', async () => {
    const names = await Promise.all(
      [1, 2].map(value =>
        withDatabase(async db => {
          await db.query('CREATE TABLE t (v int)');
          await db.query('INSERT INTO t VALUES ($1)', [value]);
          expect(await db.query('SELECT v FROM t')).toEqual([{ v: value }]);
          return db.name;
        }),
      ),
    );
    await withDatabase(async db => {
      expect(await db.query('SELECT datname FROM pg_database WHERE datname = ANY ($1)', [names])).toEqual([]);
    });
  });

  test('clones the extensions template', async () => {
    await withDatabase(
      async db => {
        const rows = await db.query<{ extname: string }>(`SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'`);
        expect(rows.map(row => row.extname).sort()).toEqual([...testRun().extensions].sort());
      },
      { template: 'extensions' },
    );
  });

  test('closes what the test left open, also when it fails', async () => {
    const failure = withDatabase(async db => {
      const dataSource = await db.dataSource().initialize();
      const other = await db.client();
      await other.query('BEGIN');
      expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      throw new Error(`failed in ${db.name}`);
    });
    await expect(failure).rejects.toThrow(/failed in typeorm_alembic_/);
  });
});
