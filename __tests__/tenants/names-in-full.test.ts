import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRunner, silent } from 'typeorm-alembic';
import { catalogFingerprint, entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** A revision that names each object of its own schema with a prefix: `app.client`, or none. */
const revision = (prefix: string, schema?: string, isTransactional = true) => `
  export const revision = 'a1'; export const downRevision = null; ${isTransactional ? '' : 'export const transactional = false;'}
  const n = name => '${prefix}' + name;
  export async function upgrade(op) {
    ${schema === undefined ? '' : `await op.createSchema({ name: '${schema}' });`}
    await op.createEnum({ name: n('mood'), labels: ['a'] });
    await op.createTable({ name: n('old'), columns: [{ name: 'id', type: 'integer', nullable: false }, { name: 'mood', type: n('mood'), nullable: true }],
      primaryKey: { name: 'old_pkey', columns: ['id'] }, checks: [{ name: 'positive', expression: 'id > 0' }] });
    await op.renameTable({ from: n('old'), to: n('client') });
    await op.addColumn({ table: n('client'), column: { name: 'mail', type: 'text', nullable: true } });
    await op.renameColumn({ table: n('client'), from: 'mail', to: 'e_mail' });
    await op.createUniqueConstraint({ table: n('client'), name: 'one', columns: ['e_mail'] });
    await op.createIndex({ name: n('by_mail'), table: n('client'), columns: ['e_mail'] });
    await op.renameIndex({ from: n('by_mail'), to: n('mails') });
    await op.createTable({ name: n('deal'), columns: [{ name: 'id', type: 'integer', nullable: false }] });
    await op.createForeignKey({ name: 'of', table: n('deal'), columns: ['id'], references: { table: n('client'), columns: ['id'] } });
    await op.createView({ name: n('seen'), definition: 'SELECT id FROM ' + n('deal') });
    await op.createTable({ name: n('gone'), columns: [{ name: 'id', type: 'integer', nullable: false }] });
    await op.dropTable({ name: n('gone') });
  }
  export async function downgrade(op) {
    await op.dropView({ name: n('seen') });
    await op.dropTable({ name: n('deal') });
    await op.dropTable({ name: n('client') });
    await op.dropEnum({ name: n('mood') });
    ${schema === undefined ? '' : `await op.dropSchema({ name: '${schema}' });`}
  }`;

const entities = entitiesFrom(
  "import { Entity, PrimaryColumn } from 'typeorm'; @Entity('client') export class Client { @PrimaryColumn() id!: number }",
);

interface Found {
  readonly operations: unknown;
  readonly structure: string;
  readonly scripted: string;
  readonly afterwards: string;
}

/** What a history does and owns: run, as a script through psql, and taken back. */
async function found(source: string, schema: string | undefined): Promise<Found> {
  const directory = await mkdtemp(join(tmpdir(), 'names-'));
  await writeFile(join(directory, 'a1.mjs'), source);
  const runnerOn = (database: TestDatabase) =>
    createRunner(
      database.dataSource({ entities: [...entities] as never, ...(schema !== undefined && { schema }) }),
      { versionLocations: ['.'] },
      { directory, logger: silent },
    );
  try {
    return await withDatabase(async database => {
      const runner = runnerOn(database);
      await runner.upgrade();
      // Of the same name as a table that the revision dropped, and not its own.
      await database.query(`CREATE TABLE ${schema ?? 'public'}.gone (id integer)`);
      const { operations } = await runner.check();
      await database.query(`DROP TABLE ${schema ?? 'public'}.gone`);
      const structure = await catalogFingerprint(database);
      const script = await runner.sql('upgrade', 'heads');
      await runner.downgrade('base');
      const afterwards = await catalogFingerprint(database);
      const scripted = await withDatabase(async other => {
        execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-', other.url], {
          input: script,
          stdio: 'pipe',
        });
        return catalogFingerprint(other);
      });
      return { operations, structure, scripted, afterwards };
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe.each(shareOfToday([['app'], [undefined]], 1))('names of the connection’s own schema (%s)', schema => {
  test.each([
    ['in one transaction', true],
    ['statement by statement', false],
  ])('mean in full what they mean bare, %s', async (_, isTransactional) => {
    const bare = await found(revision('', undefined, isTransactional), schema);
    const full = await found(revision(`${schema ?? 'public'}.`, schema, isTransactional), schema);
    expect(full).toEqual(bare);
    expect(full.scripted).toBe(full.structure);
    const changes = bare.operations as { op: string }[];
    expect(changes.map(({ op }) => op)).toEqual(
      expect.arrayContaining(['dropView', 'dropTable', 'dropEnum', 'dropColumn', 'dropConstraint']),
    );
    expect(JSON.stringify(changes)).not.toContain('gone');
  });
});
