import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { schemaDump, type TestDatabase, withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, type TestProject } from './project.ts';

/** Runs a script with a psql that goes on after errors and has variables, and gives what it said. */
function psql(database: TestDatabase, script: string, cwd: string): string {
  const args = ['-X', '-q', '-v', 'n=1', '-v', 'x=injected', '-f', '-', database.url];
  return execFileSync('psql', args, { input: script, cwd, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] });
}

/** What would be run where the text before it ended. */
const attack = '\\! touch injected\nCREATE TABLE injected ();';
const breaks = ['\n', '\r', '\r\n', '\u2028', '\u2029', '\u0085', '\v', '\f'];
const endings = ["'", '"', '*/', '$$', ';', '', "\\'", '\\', '--'];
const hostile = [
  ...breaks.flatMap(each => [`a${each}${attack}`, `a';${each}${attack}`]),
  ...endings.map(each => `b${each}\n${attack}`),
  ...[':x', ":'x'", ':"x"', ':{?x}', '\\gexec', '\\.', '\\q', '%', '$1', '$x$', "E'\\", "U&'\\"],
];

const literal = (text: unknown) => JSON.stringify(text);

/** A revision that has the text in every place that takes any text. */
const revisionWith = (text: string, i: number) => {
  const name = `${text.slice(0, 40)}${i}`;
  return {
    id: `r${i}`,
    message: text.replaceAll('*/', '* /'),
    upgrade: `await op.createTable({ name: ${literal(name.replaceAll(/[."]/g, '_'))}, comment: ${literal(text)}, columns: [
        { name: ${literal(text.slice(0, 50))}, type: 'text', nullable: true, comment: ${literal(text)},
          default: ${literal(`E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)} }] });
      await op.createEnum({ name: 'e${i}', labels: [${literal(text.slice(0, 50))}] });
      await op.bulkInsert({ table: 'kept', rows: [{ value: ${literal(text)} }] });
      await op.execute('INSERT INTO kept VALUES ($1), ($2::jsonb)', [${literal(text)}, ${literal({ text })}]);
      await op.execute(${literal(`INSERT INTO kept VALUES ('x') /* ${text.replaceAll('*/', '').replaceAll('\\', '')} */`)});`,
  };
};

const write = (project: TestProject, texts: readonly string[]) =>
  project.write(
    { id: 'start', upgrade: "await op.execute('CREATE TABLE kept (value text)');" },
    ...texts.map(revisionWith),
  );

test(
  'text of others is text to psql, wherever it stands',
  onDatabase(async (scripted, project) => {
    await write(project, hostile);
    const { runner } = openRunner(scripted, project);
    psql(scripted, await runner.sql('upgrade', 'heads'), project.directory);
    await withDatabase(async online => {
      await openRunner(online, project).runner.upgrade();
      const rows = 'SELECT value FROM kept ORDER BY ctid';
      expect(await scripted.query(rows)).toEqual(await online.query(rows));
      expect(await schemaDump(scripted.url)).toBe(await schemaDump(online.url));
    });
    expect(await scripted.query("SELECT to_regclass('injected') AS injected")).toEqual([{ injected: null }]);
    expect(existsSync(join(project.directory, 'injected'))).toBe(false);
  }),
);

test(
  'a slice is no variable of psql, and a comment ends where the server ends it',
  onDatabase(async (database, project) => {
    await project.write({
      id: 'a1',
      upgrade: `await op.execute('CREATE TABLE s AS SELECT (ARRAY[5,6,7])[n:n] AS a, (ARRAY[5,6,7])[1:"n"] AS b, n::text AS c FROM (SELECT 2 AS n) t');
        await op.execute("CREATE TABLE c (a int) -- one\\rWITH (fillfactor = 70)");`,
    });
    psql(database, await openRunner(database, project).runner.sql('upgrade', 'heads'), project.directory);
    expect(await database.query('SELECT * FROM s')).toEqual([{ a: [6], b: [5, 6], c: '2' }]);
    expect(await database.query("SELECT reloptions FROM pg_class WHERE relname = 'c'")).toEqual([
      { reloptions: ['fillfactor=70'] },
    ]);
  }),
);

describe('a statement that means something else to psql is refused', () => {
  test.each([
    ['a backslash', 'SELECT 1\n\\! touch injected'],
    ['a backslash', 'SELECT 1 \\gexec'],
    ['a quote', "SELECT 'a"],
    ['a quote', "SELECT E'a\\'"],
    ['a quote', 'SELECT "a'],
    ['a quote', 'SELECT $x$ a $y$'],
    ['a quote', 'SELECT 1 /* a /* b */'],
    ['a parenthesis', 'SELECT (1'],
    ['a character of code zero', "SELECT 'a\0'"],
    ['rows of its own', 'COPY kept FROM STDIN'],
  ])('%s: %s', (flaw, sql) =>
    onDatabase(async (database, project) => {
      await project.write({ id: 'a1', upgrade: `await op.execute(${literal(sql)});` });
      const error = await rejection(openRunner(database, project).runner.sql('upgrade', 'heads'));
      expect(error).toMatchObject({ name: 'RevisionFailedError', cause: { name: 'UnscriptableStatementError' } });
      expect(error.message).toContain(flaw);
    })(),
  );
});
