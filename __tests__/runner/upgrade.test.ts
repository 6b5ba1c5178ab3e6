import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { RevisionFailedError } from '../../src/runner/revision-failed.ts';
import { schemaDump, withPglite } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table, withProject } from './project.ts';

describe('upgrade and downgrade', () => {
  test(
    'run what is missing, take it back, and say so as Alembic does',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), table('b1'));
      const { runner, said } = openRunner(database, project);
      expect(await runner.upgrade()).toEqual({
        steps: [
          { revision: 'a1', direction: 'upgrade', message: 'create a1' },
          { revision: 'b1', direction: 'upgrade', message: 'create b1' },
        ],
        heads: ['b1'],
        isAhead: false,
      });
      expect(await database.query('SELECT * FROM alembic_version')).toEqual([{ version_num: 'b1' }]);
      expect(await runner.current()).toEqual(['b1']);
      const full = await schemaDump(database.url);
      expect((await runner.downgrade('base')).heads).toEqual([]);
      expect(await database.query("SELECT to_regclass('a1') AS a, to_regclass('b1') AS b")).toEqual([
        { a: null, b: null },
      ]);
      await runner.upgrade('+1');
      await runner.upgrade();
      expect(await schemaDump(database.url)).toBe(full);
      expect(said.slice(0, 4)).toEqual([
        'Running upgrade -> a1, create a1',
        'Running upgrade a1 -> b1, create b1',
        'Running downgrade b1 -> a1, create b1',
        'Running downgrade a1 -> , create a1',
      ]);
    }),
  );

  test('run on PGlite', () =>
    withPglite(database =>
      withProject(async project => {
        await project.write(table('a1'), { ...table('b1'), transactional: false });
        const { runner, dataSource } = openRunner(database, project);
        expect((await runner.upgrade()).heads).toEqual(['b1']);
        const full = await schemaDump(database);
        await dataSource.initialize();
        expect((await runner.downgrade('base')).heads).toEqual([]);
        expect((await runner.upgrade()).heads).toEqual(['b1']);
        expect(await schemaDump(database)).toBe(full);
      }),
    ));

  test(
    'follow branches, merges and dependencies',
    onDatabase(async (database, project) => {
      await project.write(
        table('a1'),
        { ...table('b1'), down: 'a1' },
        { ...table('b2'), down: 'a1' },
        { ...table('c1'), down: ['b1', 'b2'], message: 'merge' },
        { ...table('d1'), down: null, labels: ['billing'], dependsOn: ['b1'] },
      );
      const { runner, said } = openRunner(database, project);
      expect((await runner.upgrade('billing@head')).heads).toEqual(['d1']);
      expect(await runner.current()).toEqual(['b1', 'd1']);
      expect((await runner.upgrade()).heads).toEqual(['c1', 'd1']);
      expect(said).toContain('Running upgrade b1, b2 -> c1, merge');
      expect((await runner.downgrade('a1')).heads).toEqual(['a1']);
      expect((await runner.status()).isAtHeads).toBe(false);
    }),
  );

  test(
    'cost one query where there is nothing to do, lock nothing, load no revision, and read the log where one was changed',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      await openRunner(database, project).runner.upgrade();
      const { runner, dataSource, queries, said } = openRunner(database, project);
      await dataSource.initialize();
      queries.length = 0;
      expect(await runner.upgrade()).toEqual({ steps: [], heads: ['a1'], isAhead: false });
      expect(queries).toEqual([expect.stringContaining('FROM "alembic_version"')]);
      expect(said).toEqual([]);
      await project.write({ id: 'a1', down: null, upgrade: "} throw new Error('this file was run'); {" });
      queries.length = 0;
      expect(await runner.upgrade()).toEqual({ steps: [], heads: ['a1'], isAhead: false });
      expect(queries).toEqual(
        ['FROM "alembic_version"', 'to_regclass', 'FROM "alembic_version_log"'].map(text =>
          expect.stringContaining(text),
        ),
      );
      expect(said).toEqual([expect.stringContaining('Warning: Revision a1 was changed after it was applied')]);
    }),
  );

  test(
    'leave a database alone for which there are no revisions, and are meant to be none',
    onDatabase(async (database, project) => {
      const before = await schemaDump(database.url);
      const { runner } = openRunner(database, project, { allowNoRevisions: true });
      expect(await runner.upgrade()).toEqual({ steps: [], heads: [], isAhead: false });
      expect(await schemaDump(database.url)).toBe(before);
    }),
  );

  test(
    'take no step in a dry run',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), table('b1'));
      const before = await schemaDump(database.url);
      const { runner } = openRunner(database, project);
      const result = await runner.upgrade('heads', { dryRun: true });
      expect(result.steps.map(step => step.revision)).toEqual(['a1', 'b1']);
      expect(result.heads).toEqual(['b1']);
      expect(await schemaDump(database.url)).toBe(before);
    }),
  );

  test(
    'give revisions the arguments of the run',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), {
        id: 'b1',
        upgrade: `const { isOffline, tag, x, heads } = op.context;
          await op.execute('CREATE TABLE seen (context jsonb)');
          await op.execute('INSERT INTO seen VALUES ($1)', [{ isOffline, tag, x, heads }]);`,
      });
      const { runner } = openRunner(database, project);
      await runner.upgrade('a1');
      await runner.upgrade('heads', { tag: 'nightly', x: { data: 'true' } });
      expect(await database.query('SELECT context FROM seen')).toEqual([
        { context: { isOffline: false, tag: 'nightly', x: { data: 'true' }, heads: ['a1'] } },
      ]);
    }),
  );

  test(
    'log who ran what, and notice files that changed afterwards',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), table('b1'));
      const { runner } = openRunner(database, project);
      await runner.upgrade('a1');
      const log = await database.query(
        `SELECT revision, direction, executed_by, checksum ~ '^js:[0-9a-f]{64}$' AS has_checksum,
           finished_at > started_at AS took_time, duration = finished_at - started_at AS has_duration FROM alembic_version_log`,
      );
      const by = expect.stringMatching(/^postgres@./);
      expect(log).toEqual([
        {
          revision: 'a1',
          direction: 'upgrade',
          executed_by: by,
          has_checksum: true,
          took_time: true,
          has_duration: true,
        },
      ]);
      expect(await runner.changedSince()).toEqual([]);
      await project.write({ ...table('a1'), down: null, message: 'something else' });
      const later = openRunner(database, project);
      expect(await later.runner.changedSince()).toMatchObject([{ revision: 'a1' }]);
      await later.runner.upgrade();
      expect(later.said).toEqual([
        expect.stringMatching(/^Warning: Revision a1 was changed after it was applied.*a1\.mjs$/),
        'Running upgrade a1 -> b1, create b1',
      ]);
    }),
  );

  test(
    'warn of a DataSource that changes the schema by itself, without letting it',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const { runner, said, dataSource } = openRunner(
        database,
        project,
        {},
        { synchronize: true, migrationsRun: true },
      );
      await runner.upgrade();
      expect(said.filter(line => line.startsWith('Warning'))).toEqual([
        expect.stringContaining('synchronize: true'),
        expect.stringContaining('migrationsRun: true'),
      ]);
      expect(dataSource.isInitialized).toBe(false);
      await runner.downgrade('base');
      await runner.upgrade();
      expect(said.filter(line => line.startsWith('Warning'))).toHaveLength(2);
    }),
  );

  test(
    'tell onVersionApply of each step, in its transaction',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), { ...table('b1'), transactional: false });
      const calls: unknown[] = [];
      const onVersionApply = async ({ query, execute: _, ...applied }: any) => {
        const [{ exists }] = await query("SELECT to_regclass('a1') IS NOT NULL AS exists");
        const [{ version_num: version }] = await query('SELECT version_num FROM alembic_version');
        calls.push({ ...applied, exists, version });
        if (applied.revision === 'b1') throw new Error('not this one');
      };
      const { runner } = openRunner(database, project, { onVersionApply });
      const error = await rejection(runner.upgrade());
      expect(error).toBeInstanceOf(RevisionFailedError);
      expect(error.message).toContain('not this one');
      const online = { direction: 'upgrade', isOffline: false };
      expect(calls).toEqual([
        { ...online, revision: 'a1', message: 'create a1', heads: ['a1'], exists: true, version: 'a1' },
        { ...online, revision: 'b1', message: 'create b1', heads: ['b1'], exists: true, version: 'b1' },
      ]);
      expect(await database.query('SELECT version_num FROM alembic_version')).toEqual([{ version_num: 'a1' }]);
    }),
  );

  test(
    'keep the version table where the configuration says, under the name it says',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const config = { versionTable: 'My versions', versionTableSchema: 'ops' };
      const { runner } = openRunner(database, project, config);
      const error = await rejection(runner.upgrade());
      expect(error.name).toBe('MissingVersionSchemaError');
      await database.query('CREATE SCHEMA ops');
      expect((await runner.upgrade()).heads).toEqual(['a1']);
      expect(await database.query('SELECT version_num FROM ops."My versions"')).toEqual([{ version_num: 'a1' }]);
      expect((await runner.upgrade()).steps).toEqual([]);
    }),
  );

  test(
    'need a role that may make the version table, or one that is there',
    onDatabase(async (database, project) => {
      await project.write({ id: 'a1' }, { id: 'b1', transactional: false });
      const role = `${database.name}_guest`;
      await database.query(`CREATE ROLE "${role}" LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
      try {
        const guest = new DataSource({ type: 'postgres', url: database.url.replace(/\/\/[^@]+@/, `//${role}@`) });
        const { runner } = openRunner({ dataSource: () => guest }, project);
        const error = await rejection(runner.upgrade());
        expect(error).toMatchObject({ name: 'VersionTableError', cause: { code: '42501' } });
        await openRunner(database, project).runner.ensureVersionTable();
        await database.query(
          `GRANT SELECT, INSERT, UPDATE, DELETE ON alembic_version, alembic_version_log TO "${role}"`,
        );
        expect((await runner.upgrade()).heads).toEqual(['b1']);
      } finally {
        await database.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
      }
    }),
  );

  test(
    'go on where Alembic stopped',
    onDatabase(async (database, project) => {
      await database.query(
        'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))',
      );
      const theirs = await schemaDump(database.url);
      await database.query("INSERT INTO alembic_version VALUES ('a1')");
      await project.write(table('a1'), table('b1'));
      const { runner } = openRunner(database, project);
      await runner.upgrade();
      expect(await database.query('SELECT version_num FROM alembic_version')).toEqual([{ version_num: 'b1' }]);
      await database.query('DROP TABLE b1, alembic_version_log');
      expect(await schemaDump(database.url)).toBe(theirs);
    }),
  );

  test(
    'warn once of a target that means the first of several heads',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), table('b1'), { ...table('b2'), down: 'a1' });
      const { runner, said } = openRunner(database, project);
      await runner.upgrade();
      said.length = 0;
      await runner.downgrade('-1');
      expect(said.filter(line => line.startsWith('Warning'))).toHaveLength(1);
    }),
  );
});
