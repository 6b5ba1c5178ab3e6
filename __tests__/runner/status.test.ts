import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { onDatabase, openRunner, rejection, table } from './project.ts';

describe('what a runner tells without changing anything', () => {
  test(
    'the history, the heads, and where the database is between them',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), table('b1'), table('c1'), { ...table('c2'), down: 'b1' });
      const { runner } = openRunner(database, project);
      const ids = async (range?: string) => (await runner.history(range)).map(({ revision }) => revision);
      expect(await runner.heads()).toEqual(['c1', 'c2']);
      expect(await ids()).toEqual(['c1', 'c2', 'b1', 'a1']);
      expect(await ids('a1:c1')).toEqual(['c1', 'b1', 'a1']);
      expect((await rejection(runner.upgrade('head'))).name).toBe('MultipleHeadsError');
      await runner.upgrade('b1');
      expect(await ids('current:c1')).toEqual(['c1', 'b1']);
      expect(await ids(':current')).toEqual(['b1', 'a1']);
      expect(await runner.status()).toEqual({
        heads: ['b1'],
        target: ['c1', 'c2'],
        isAtHeads: false,
        isAhead: false,
        unfinished: [],
      });
      await runner.upgrade();
      expect(await runner.status()).toMatchObject({ heads: ['c1', 'c2'], isAtHeads: true });
      const { graph, files } = await runner.revisions();
      expect(graph.branchPoints()).toEqual(['b1']);
      expect(files.get('c2')).toMatchObject({ message: 'create c2', path: `${project.directory}/c2.mjs` });
    }),
  );

  test(
    'nothing of a database that has no version table',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const { runner } = openRunner(database, project);
      expect(await runner.current()).toEqual([]);
      expect(await runner.status()).toEqual({
        heads: [],
        target: ['a1'],
        isAtHeads: false,
        isAhead: false,
        unfinished: [],
      });
      expect(await runner.changedSince()).toEqual([]);
      expect((await runner.plan()).map(({ revision }) => revision)).toEqual(['a1']);
      expect(await database.query("SELECT to_regclass('alembic_version') AS v")).toEqual([{ v: null }]);
    }),
  );

  test(
    'which files were changed, and not which were compiled',
    onDatabase(async (database, project) => {
      const path = join(project.directory, 'a1.mjs');
      await writeFile(path, source("op => op.execute('CREATE TABLE a1 (id integer)')"));
      const { runner } = openRunner(database, project);
      await runner.upgrade();
      await rename(path, path.replace('.mjs', '.mts'));
      expect(await runner.changedSince()).toEqual([]);
      await rename(path.replace('.mjs', '.mts'), path);
      await writeFile(path, source("op => op.execute('CREATE TABLE a1 (id bigint)')"));
      expect((await runner.changedSince()).map(({ revision }) => revision)).toEqual(['a1']);
    }),
  );
});

/** A revision whose functions hand on the promise of their one operation. */
const source = (upgrade: string) =>
  `export const revision = 'a1';\nexport const downRevision = null;\nexport const upgrade = ${upgrade};\nexport const downgrade = op => op.dropTable({ name: 'a1' });\n`;
