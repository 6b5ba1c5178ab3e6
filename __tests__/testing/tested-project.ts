import { expect } from '@jest/globals';
import { type TestDatabase, entitiesFrom, withDatabase } from '../support/index.ts';
import { listenTo, type TestProject, type TestRevision, withProject } from '../runner/project.ts';
import type { TestedProject } from '../../src/testing/index.ts';

/** What the good revisions make. */
export const entities = entitiesFrom(`
  import { Column, Entity, PrimaryColumn } from 'typeorm';
  @Entity({ name: 'ticket' }) export class Ticket {
    @PrimaryColumn({ primaryKeyConstraintName: 'ticket_pkey' }) id: number;
    @Column({ type: 'enum', enum: ['low', 'high'], enumName: 'level' }) level: string;
    @Column({ nullable: true }) title?: string;
  }`);

export const good: readonly TestRevision[] = [
  {
    id: 'a1',
    upgrade: `await op.createEnum({ name: 'level', labels: ['low', 'high'] });
      await op.createTable({ name: 'ticket', columns: [
        { name: 'id', type: 'integer', nullable: false },
        { name: 'level', type: 'level', nullable: false },
      ], primaryKey: { name: 'ticket_pkey', columns: ['id'] } });`,
    downgrade: `await op.dropTable({ name: 'ticket' }); await op.dropEnum({ name: 'level' });`,
  },
  {
    id: 'b1',
    upgrade: `await op.addColumn({ table: 'ticket', column: { name: 'title', type: 'character varying', nullable: true } });
      await op.execute("UPDATE ticket SET title = 'level ' || level");`,
    downgrade: `await op.dropColumn({ table: 'ticket', name: 'title' });`,
  },
];

/** A project as a user has it, whose own database holds something: it must be left alone, and nothing left beside it. */
export const onProject =
  (
    revisions: readonly TestRevision[],
    work: (project: TestedProject, database: TestDatabase, files: TestProject) => Promise<void>,
  ) =>
  () =>
    withDatabase(async database => {
      await database.query('CREATE TABLE precious (id int)');
      const queries: string[] = [];
      await withProject(async files => {
        await files.write(...revisions);
        await work(projectOn(database, files, queries), database, files);
      });
      expect(
        await database.query(`SELECT relname FROM pg_class WHERE relkind IN ('r', 'S')
        AND relnamespace = 'public'::regnamespace`),
      ).toEqual([{ relname: 'precious' }]);
      const made = queries.flatMap(query => /^CREATE DATABASE "(.*)"$/.exec(query)?.[1] ?? []);
      expect(await database.query('SELECT datname FROM pg_database WHERE datname = ANY($1)', [made])).toEqual([]);
    });

export const projectOn = (
  database: Pick<TestDatabase, 'dataSource'>,
  { directory }: TestProject,
  queries: string[] = [],
): TestedProject => ({
  dataSource: database.dataSource({
    entities: [...entities],
    synchronize: true,
    migrationsRun: true,
    logger: listenTo(queries),
  }),
  config: { versionLocations: [directory] },
});
