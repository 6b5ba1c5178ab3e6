import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createRunner, defineConfig, silent } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { catalogFingerprint, entitiesFrom, withDatabase, withPglite, type TestDatabase } from '../support/index.ts';
import { support } from './entities.ts';

type Database = Pick<TestDatabase, 'query' | 'dataSource'>;

const config = defineConfig({
  includeName: (name, type) => type !== 'table' || !/^(test|temp)_/.test(name ?? ''),
});

/** A project on one database: its entities change, and revisions are written into its folder. */
class Project {
  readonly database: Database;
  readonly directory: string;
  entities = '';

  constructor(database: Database, directory: string) {
    this.database = database;
    this.directory = directory;
  }

  dataSource(): DataSource {
    return this.database.dataSource({
      entities: [...entitiesFrom(this.entities)] as never,
      uuidExtension: 'pgcrypto',
      installExtensions: false,
    });
  }

  runner() {
    return createRunner(this.dataSource(), config, { directory: this.directory, logger: silent });
  }

  async write(revision: string, source: string): Promise<void> {
    await mkdir(join(this.directory, 'migrations'), { recursive: true });
    await writeFile(join(this.directory, 'migrations', `${revision}.mjs`), source);
  }

  async generate(revision: string, message: string): Promise<string> {
    const script = await autogenerate(this.dataSource(), {
      message,
      revision,
      config,
      directory: this.directory,
      logger: silent,
    });
    if (!script) throw new Error('Nothing differs.');
    const source = renderRevision(script, 'esm');
    await this.write(revision, source);
    return source;
  }
}

const byHand = `/** create tickets by hand */
export const revision = '0001';
export const downRevision = null;

export async function upgrade(op) {
  await op.createEnum({ name: 'ticket_status', labels: ['open', 'pending', 'resolved', 'closed'] });
  await op.createTable({
    name: 'ticket',
    columns: [
      { name: 'id', type: 'integer', nullable: false, identity: 'by default' },
      { name: 'subject', type: 'character varying(200)', nullable: false },
      { name: 'status', type: 'ticket_status', nullable: false, default: "'open'" },
      { name: 'priority', type: 'character varying(10)', nullable: false, default: "'normal'" },
      { name: 'created_at', type: 'timestamp with time zone', nullable: false, default: 'now()' },
    ],
    primaryKey: { name: 'pk_ticket', columns: ['id'] },
  });
}

export async function downgrade(op) {
  await op.dropTable({ name: 'ticket' });
  await op.dropEnum({ name: 'ticket_status' });
}
`;

const highToUrgent = `/** call high priority urgent */
export const revision = '0004';
export const downRevision = '0003';

export async function upgrade(op) {
  await op.execute('UPDATE ticket SET priority = $1 WHERE priority = $2', ['urgent', 'high']);
}

export async function downgrade(op) {
  await op.execute('UPDATE ticket SET priority = $1 WHERE priority = $2', ['high', 'urgent']);
}
`;

const priorities = async (database: Database) =>
  (await database.query<{ priority: string }>('SELECT priority FROM ticket ORDER BY id')).map(
    ({ priority }) => priority,
  );

async function tour(database: Database): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tour-'));
  try {
    await walk(new Project(database, directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function walk(project: Project): Promise<void> {
  const { database } = project;
  await database.query('CREATE TABLE test_leftover (id integer); CREATE TABLE temp_import (id integer)');

  // Tickets by hand; the entity says the same but for the name of the key, which is renamed in place.
  await project.write('0001', byHand);
  project.entities = support({});
  await project.runner().upgrade();
  expect(await project.generate('0002', 'name the key as the entities do')).toContain('op.renameConstraint');
  await project.runner().upgrade();
  await database.query("INSERT INTO ticket (subject, priority) VALUES ('printer', 'high'), ('login', 'normal')");

  project.entities = support({ indexes: true, rating: true });
  const indexes = await project.generate('0003', 'index tickets and rate them');
  expect(indexes).toContain("op.createIndex({ name: 'ix_ticket_status', table: 'ticket', columns: ['status'] })");
  expect(indexes).toContain("column: { name: 'satisfaction_rating', type: 'smallint', nullable: true }");
  await project.runner().upgrade();

  await project.write('0004', highToUrgent);
  await project.runner().upgrade('+1');
  expect(await priorities(database)).toEqual(['urgent', 'normal']);
  await project.runner().downgrade('-1');
  expect(await priorities(database)).toEqual(['high', 'normal']);
  await project.runner().upgrade('heads');

  project.entities = support({ indexes: true, rating: true, agent: true });
  expect(await project.generate('0005', 'assign agents')).toContain("onDelete: 'set null'");
  await project.runner().upgrade();
  await database.query(
    "INSERT INTO agent (name) VALUES ('Ada'); UPDATE ticket SET assigned_agent_id = 1; DELETE FROM agent",
  );
  expect(await database.query('SELECT count(*)::int AS n FROM ticket WHERE assigned_agent_id IS NULL')).toEqual([
    { n: 2 },
  ]);

  project.entities = support({ indexes: true, rating: true, agent: true, resolution: true });
  await project.generate('0006', 'track resolution');
  await project.runner().upgrade();
  await database.query("UPDATE ticket SET resolved_at = created_at + interval '90 minutes' WHERE id = 1");
  expect(await database.query('SELECT resolution_minutes FROM ticket WHERE id = 1')).toEqual([
    { resolution_minutes: 90 },
  ]);

  const beforeSurveys = await catalogFingerprint(database as TestDatabase);
  project.entities = support({ indexes: true, rating: true, agent: true, resolution: true, surveys: true });
  await project.generate('0007', 'add satisfaction surveys');
  const { heads } = await project.runner().upgrade();
  expect(heads).toEqual(['0007']);
  await expect(database.query('INSERT INTO satisfaction_survey (ticket_id, rating) VALUES (1, 6)')).rejects.toThrow(
    'chk_survey_rating',
  );
  expect((await project.runner().check()).isEmpty).toBe(true);
  const whole = await catalogFingerprint(database as TestDatabase);

  await project.runner().downgrade('-1');
  expect(await catalogFingerprint(database as TestDatabase)).toBe(beforeSurveys);
  await project.runner().downgrade('base');
  expect(await project.runner().current()).toEqual([]);
  expect(
    await database.query(
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ '^alembic' ORDER BY 1",
    ),
  ).toEqual([{ relname: 'temp_import' }, { relname: 'test_leftover' }]);
  await project.runner().upgrade();
  expect(await catalogFingerprint(database as TestDatabase)).toBe(whole);
}

describe('the tour of a support system', () => {
  test('on PostgreSQL', () => withDatabase(tour));
  test('on PGlite', () => withPglite(database => tour(database)), 120_000);
});
