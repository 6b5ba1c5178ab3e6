import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRunner } from 'typeorm-alembic';
import { entitiesFrom, type TestDatabase, testRun, withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table, type TestProject } from './project.ts';

/** A role of an application; roles are the whole server's. */
const role = `reader_${process.pid}`;
beforeAll(() => withDatabase(database => database.query(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role}`)));
afterAll(() => withDatabase(database => database.query(`DROP ROLE ${role}`)));

/** Every connection takes the role, as if it had logged in by it. */
const asRole = (entities: readonly unknown[] = []) => ({
  entities: entities as never,
  installExtensions: false,
  extra: { options: `-c role=${role}` },
});

const migrated = async (database: TestDatabase, project: TestProject, schema?: string) => {
  await project.write(table('a1'));
  await openRunner(database, project, schema === undefined ? {} : { versionTableSchema: schema }).runner.upgrade();
};

describe('a role with few privileges', () => {
  test(
    'reads the status with the privileges that are documented, and is told what it cannot know without the last',
    onDatabase(async (database, project) => {
      await migrated(database, project);
      const { runner, said } = openRunner(database, project, {}, asRole());
      await database.query(`GRANT SELECT ON alembic_version TO ${role}`);
      expect(await runner.status()).toMatchObject({ heads: ['a1'], isAtHeads: true, unfinished: [] });
      expect(said).toEqual([
        expect.stringMatching(/^Warning: .*permission denied for table alembic_version_log.*GRANT/),
      ]);
      await database.query(`GRANT SELECT ON alembic_version_log TO ${role}`);
      expect(await runner.status()).toMatchObject({ heads: ['a1'], isAtHeads: true, unfinished: [] });
      expect(await runner.current()).toEqual(['a1']);
      expect(await runner.upgrade()).toEqual(expect.objectContaining({ steps: [], heads: ['a1'] }));
      expect(said).toHaveLength(1);
    }),
  );

  test(
    'is not told that nothing is applied where it may not look',
    onDatabase(async (database, project) => {
      await migrated(database, project);
      const { runner } = openRunner(database, project, {}, asRole());
      for (const call of [() => runner.status(), () => runner.current(), () => runner.upgrade(), () => runner.plan()]) {
        expect(await rejection(call())).toMatchObject({ name: 'AccessDeniedError', table: 'alembic_version' });
      }
    }),
  );

  test.each([[undefined], ['kept']])('is not told so of a schema that it may not use either (%s)', versionTableSchema =>
    onDatabase(async (database, project) => {
      await database.query(`CREATE SCHEMA kept; ALTER DATABASE ${database.name} SET search_path = kept, public`);
      await migrated(database, project, versionTableSchema);
      const config = versionTableSchema === undefined ? {} : { versionTableSchema };
      const { runner } = openRunner(database, project, config, asRole());
      const error = await rejection(runner.status());
      expect(error).toMatchObject({ name: 'AccessDeniedError' });
      expect(error.message).toContain('permission denied for schema kept');
    })(),
  );
});

const entities = `import { Check, Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, ViewEntity } from 'typeorm';
  @Entity('agent') export class Agent { @PrimaryGeneratedColumn() id!: number; @Column({ unique: true }) name!: string; }
  @Entity({ name: 'note', schema: 'audit' }) export class Note { @PrimaryGeneratedColumn() id!: number; @Column() text!: string; }
  @Entity('ticket') @Check('positive', '"count" > 0') export class Ticket { @PrimaryGeneratedColumn() id!: number;
    @Column({ default: 5 }) count!: number; @Index() @Column({ type: 'enum', enum: ['a', 'b'], default: 'a' }) state!: string;
    @Column({ generatedType: 'STORED', asExpression: '"count" * 2' }) twice!: number; @ManyToOne(() => Agent) agent!: Agent; }
  @ViewEntity({ name: 'open_ticket', expression: 'SELECT id FROM ticket WHERE count > 1' }) export class OpenTicket {}`;

describe('what a role has no privilege on', () => {
  const everything = `GRANT SELECT ON ALL TABLES IN SCHEMA public, audit TO ${role}; GRANT USAGE ON SCHEMA audit TO ${role}`;
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [`REVOKE SELECT ON ticket FROM ${role}`, ['table ticket']],
    [`REVOKE SELECT ON audit.note, agent FROM ${role}`, ['table agent', 'table audit.note']],
    [
      `REVOKE SELECT ON ticket FROM ${role}; GRANT SELECT (id, state, twice, "agentId") ON ticket TO ${role}`,
      ['column ticket.count'],
    ],
    [
      `REVOKE USAGE ON SCHEMA audit FROM ${role}; REVOKE SELECT ON audit.note FROM ${role}`,
      ['schema audit', 'table audit.note'],
    ],
    [
      `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role}; GRANT SELECT ON alembic_version TO ${role}`,
      ['table agent', 'table ticket'],
    ],
  ];

  test(
    'is named and never taken for missing',
    onDatabase(async (database, project) => {
      await database.query('CREATE SCHEMA audit');
      const classes = [...entitiesFrom(entities)];
      const owner = await database.dataSource({ entities: classes as never, installExtensions: false }).initialize();
      await owner.synchronize();
      await database.query('CREATE TABLE alembic_version (version_num varchar(32))');
      const { runner } = openRunner(database, project, {}, asRole(classes));
      await database.query(everything);
      expect((await runner.check()).operations).toEqual([]);
      for (const [sql, objects] of cases) {
        await database.query(sql);
        const error = await rejection(runner.check());
        expect([error.name, [...error.objects].sort()]).toEqual(['HiddenObjectsError', objects]);
        expect(error.message).toContain(role);
        await database.query(everything);
      }
      await database.query(`REVOKE SELECT ON ticket FROM ${role}`);
      const { runner: renaming } = openRunner(
        database,
        project,
        { renames: { tables: { ticket: 'issue' } } },
        asRole(classes),
      );
      expect(await rejection(renaming.check())).toMatchObject({
        name: 'HiddenObjectsError',
        objects: ['table ticket'],
      });
    }),
  );
});

test('a role is told what it is not the owner of', () =>
  withDatabase(async database => {
    await database.query(`CREATE TABLE ours (id int PRIMARY KEY); CREATE TABLE "Their" (id int PRIMARY KEY); CREATE VIEW seen AS SELECT id FROM ours; ALTER TABLE ours ADD n int;
      CREATE STATISTICS together ON id, n FROM ours;
      ALTER TABLE ours OWNER TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}; GRANT ALL ON SCHEMA public TO ${role};
      GRANT TEMP ON DATABASE "${database.name}" TO ${role}`);
    const entities = entitiesFrom(`import { Column, Entity, PrimaryColumn } from 'typeorm';
      @Entity('ours') export class Ours { @PrimaryColumn('bigint') id!: string; @Column({ nullable: true }) n!: number; @Column({ nullable: true }) more!: string }
      @Entity('Their') export class Their { @PrimaryColumn() id!: number; @Column({ nullable: true }) more!: string }
      @Entity('fresh') export class Fresh { @PrimaryColumn() id!: number }`);
    const warnings: string[] = [];
    const options = {
      directory: testRun().directory,
      logger: { info() {}, warn: (line: string) => warnings.push(line) },
    };
    const config = { allowNoRevisions: true, versionLocations: ['.'] };
    await createRunner(database.dataSource(asRole(entities)), config, options).check();
    const [{ owner }] = await database.query('SELECT current_user AS owner');
    expect(warnings.filter(line => line.includes('owner'))).toEqual([
      `Only its owner may change table Their: the revision has to be run by a member of ${owner}, which ${role} is not.`,
      `Only its owner may change view seen: the revision has to be run by a member of ${owner}, which ${role} is not.`,
      `Only its owner may change statistics object together: the revision has to be run by a member of ${owner}, which ${role} is not.`,
    ]);
  }));
