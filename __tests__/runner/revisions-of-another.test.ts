import { expect, test } from '@jest/globals';
import { createRunner } from '../../src/runner/create-runner.ts';
import { silent } from '../../src/runner/logger.ts';
import { withDatabase } from '../support/index.ts';
import { openRunner, table, withProject } from './project.ts';

test("one runner's revisions migrate the other's own database", () =>
  withDatabase(first =>
    withDatabase(second =>
      withProject(async project => {
        await project.write(table('a1'));
        const { runner } = openRunner(first, project);
        expect(Object.keys(await runner.revisions()).sort()).toEqual(['files', 'graph']);
        const other = createRunner(
          second.dataSource(),
          { versionTable: 'other_version' },
          { logger: silent, revisions: () => runner.revisions() },
        );
        expect((await other.upgrade()).heads).toEqual(['a1']);
        expect(await first.query("SELECT to_regclass('a1') AS name")).toEqual([{ name: null }]);
        expect(await second.query("SELECT to_regclass('a1')::text AS name")).toEqual([{ name: 'a1' }]);
        expect(await second.query('SELECT version_num FROM other_version')).toEqual([{ version_num: 'a1' }]);
      }),
    ),
  ));

test('whatever else a source of revisions answers with changes nothing', () =>
  withDatabase(first =>
    withDatabase(second =>
      withProject(async project => {
        await project.write(table('a1'));
        const { runner, dataSource } = openRunner(first, project);
        const revisions = async () => ({ ...(await runner.revisions()), dataSource, tables: { versions: 'wrong' } });
        await createRunner(second.dataSource(), {}, { logger: silent, revisions }).upgrade();
        expect(await first.query("SELECT to_regclass('a1') AS name")).toEqual([{ name: null }]);
        expect(await second.query("SELECT to_regclass('a1')::text AS name")).toEqual([{ name: 'a1' }]);
      }),
    ),
  ));
