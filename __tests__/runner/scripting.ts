import { execFileSync, spawnSync } from 'node:child_process';
import { statementsIn } from '../../src/sql/lexer.ts';
import type { TestDatabase } from '../support/index.ts';
import { table, type TestProject } from './project.ts';

export const hasPsql = spawnSync('psql', ['--version']).status === 0;

/** Runs a script as a database administrator would; statement by statement where there is no psql. */
export async function runScript(database: TestDatabase, script: string): Promise<void> {
  if (hasPsql) {
    const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-', database.url];
    execFileSync('psql', args, { input: script, stdio: ['pipe', 'pipe', 'pipe'] });
    return;
  }
  for (const { sql } of statementsIn(script)) await database.query(sql);
}

/** Without what only a run can do: read rows, and backfill. */
export async function writeScriptableProject(project: TestProject): Promise<void> {
  await project.write(
    {
      id: 'a1',
      message: 'create tickets',
      upgrade: `await op.createTable({ name: 'ticket', columns: [
          { name: 'id', type: 'integer', nullable: false, identity: 'by default' },
          { name: 'title', type: 'text', nullable: true }, { name: 'data', type: 'jsonb', nullable: true },
        ], primaryKey: { name: 'ticket_pkey', columns: ['id'] } });
        await op.bulkInsert({ table: 'ticket', rows: [{ title: "it's; -- one" }, { title: 'a\\\\b' }] });`,
      downgrade: `await op.dropTable({ name: 'ticket' });`,
    },
    {
      id: 'b1',
      message: 'describe\n * in detail',
      upgrade: `await op.execute("INSERT INTO ticket (title, data) SELECT '$1 ' || $1, $2::jsonb -- $2", ['$2;', { a: ["'"] }]);
        await op.execute("UPDATE ticket SET title = title || $body$;$1$body$ WHERE id = ANY($1) -- done", [[1, 2]]);
        await op.execute('CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;');`,
      downgrade: `await op.execute('DROP FUNCTION f'); await op.execute('DELETE FROM ticket WHERE id > 2');`,
    },
    {
      id: 'c1',
      transactional: false,
      upgrade: `await op.createIndex({ name: 'ticket_title', table: 'ticket', columns: ['title'], concurrently: true });`,
      downgrade: `await op.dropIndex({ name: 'ticket_title', concurrently: true });`,
    },
    { ...table('d1'), down: 'a1', labels: ['side'] },
    { id: 'e1', down: ['c1', 'd1'] },
  );
}
