import { describe, expect, test } from '@jest/globals';
import { createRunner } from '../../src/runner/create-runner.ts';
import { silent } from '../../src/runner/logger.ts';
import { schemaDump, withDatabase, type TestDatabase } from '../support/index.ts';
import { withProject, type TestProject } from './project.ts';

const onBoth = (work: (database: TestDatabase, project: TestProject) => Promise<void>) => () =>
  withDatabase(database => withProject(project => work(database, project)));

const runnerOn = (database: TestDatabase, { directory }: TestProject) =>
  createRunner(database.dataSource(), { versionLocations: [directory] }, { logger: silent });

describe('upgrade and downgrade', () => {
  test(
    'run what is missing, and take it back',
    onBoth(async (database, project) => {
      await project.write(
        {
          id: 'a1',
          upgrade: "await op.execute('CREATE TABLE a (id int)');",
          downgrade: "await op.execute('DROP TABLE a');",
        },
        {
          id: 'b1',
          upgrade: "await op.execute('CREATE TABLE b (id int)');",
          downgrade: "await op.execute('DROP TABLE b');",
        },
      );
      const runner = runnerOn(database, project);
      expect(await runner.upgrade()).toEqual({
        steps: [
          { revision: 'a1', direction: 'upgrade', message: 'revision a1' },
          { revision: 'b1', direction: 'upgrade', message: 'revision b1' },
        ],
        heads: ['b1'],
      });
      expect(await database.query('SELECT * FROM alembic_version')).toEqual([{ version_num: 'b1' }]);
      expect(await runner.current()).toEqual(['b1']);
      const full = await schemaDump(database.url);
      expect((await runner.downgrade('base')).heads).toEqual([]);
      expect(await database.query("SELECT to_regclass('a') AS a, to_regclass('b') AS b")).toEqual([
        { a: null, b: null },
      ]);
      await runner.upgrade('+1');
      await runner.upgrade();
      expect(await schemaDump(database.url)).toBe(full);
    }),
  );
});
