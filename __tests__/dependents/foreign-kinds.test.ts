import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { statementsOf } from 'typeorm-alembic';
import { ormconfig, withProject } from '../cli/project.ts';
import { testRun, withDatabase, type TestDatabase } from '../support/index.ts';

/** An object of a sort that no kind knows, on what a revision changes. */
interface Dependent {
  readonly create: string;
  readonly drop: string;
  /** As PostgreSQL describes it. */
  readonly description: string;
  readonly on: string;
  /** What PostgreSQL makes along with it. */
  readonly also?: readonly string[];
}

/** On an enum that loses a label, and on what is created again around it. */
const onTypes: readonly Dependent[] = [
  {
    create: 'CREATE DOMAIN feeling AS mood',
    drop: 'DROP DOMAIN feeling',
    description: 'type feeling',
    on: 'type mood',
  },
  {
    create: 'CREATE TYPE duo AS (one mood, other integer)',
    drop: 'DROP TYPE duo',
    description: 'column one of composite type duo',
    on: 'type mood',
  },
  {
    create: 'CREATE TABLE aside.entry (kept mood)',
    drop: 'DROP TABLE aside.entry',
    description: 'column kept of table aside.entry',
    on: 'type mood',
  },
  {
    create: `CREATE FUNCTION told(given mood) RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    drop: 'DROP FUNCTION told',
    description: 'function told(mood)',
    on: 'type mood',
  },
  {
    create: `CREATE FUNCTION several(given mood[]) RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    drop: 'DROP FUNCTION several',
    description: 'function several(mood[])',
    on: 'type mood',
  },
  {
    create: `CREATE TYPE span AS RANGE (subtype = mood)`,
    drop: 'DROP TYPE span',
    description: 'type span',
    on: 'type mood',
    also: ['function span(mood,mood)', 'function span(mood,mood,text)'],
  },
  {
    create: `CREATE FUNCTION reported() RETURNS SETOF report LANGUAGE sql AS 'SELECT NULL::report'`,
    drop: 'DROP FUNCTION reported',
    description: 'function reported()',
    on: 'relation report',
  },
  {
    create: `CREATE TABLE aside.copied (whole report)`,
    drop: 'DROP TABLE aside.copied',
    description: 'column whole of table aside.copied',
    on: 'relation report',
  },
];

/** On a column that goes, and on one that gets another type. */
const onColumns: readonly Dependent[] = [
  {
    create: 'CREATE PUBLICATION listing FOR TABLE ticket (id, gone)',
    drop: 'DROP PUBLICATION listing',
    description: 'publication of table ticket in publication listing',
    on: 'column ticket.gone',
  },
  {
    create: 'CREATE PUBLICATION filtering FOR TABLE ticket WHERE (points > 1)',
    drop: 'DROP PUBLICATION filtering',
    description: 'publication of table ticket in publication filtering',
    on: 'column ticket.points',
  },
];
const dependents = testRun().serverMajor >= 15 ? [...onTypes, ...onColumns] : onTypes;

const ticket = (labels: string, points: string, more = '') => `
  entities.push(new EntitySchema({ name: 'ticket', columns: { id: { type: 'int', primary: true },
    state: { type: 'enum', enum: [${labels}], enumName: 'mood' }, points: { type: '${points}' }, ${more} } }));`;

const wordsOf = ({ description, also = [], on }: Dependent) =>
  [description, ...also].map(each => `${each} depends on ${on}`);

/** Whether PostgreSQL carries the statements out; nothing of them stays. */
async function isRefused(database: TestDatabase, sql: readonly string[]): Promise<string | undefined> {
  try {
    for (const each of ['BEGIN', ...sql]) await database.query(each);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await database.query('ROLLBACK');
  }
}

test('objects of sorts that no kind knows are named by check and by the refusal, as PostgreSQL refuses for each', () =>
  withDatabase(database =>
    withProject(ormconfig(database.url, ticket(`'a', 'b'`, 'int', `gone: { type: 'int' }`)), async project => {
      const { run, json, write, directory } = project;
      await run('revision', '--autogenerate', '-m', 'one', '--rev-id', 'one');
      await run('upgrade');
      await database.query(`CREATE SCHEMA aside; CREATE VIEW report AS SELECT state FROM ticket`);
      for (const { create } of dependents) await database.query(create);
      write({ 'later.mjs': ormconfig(database.url, ticket(`'a'`, 'bigint'))['ormconfig.mjs']! });
      const later = ['--config', 'later.mjs'];
      const expected = dependents.flatMap(wordsOf).sort();

      const check = await run('check', ...later);
      expect(check.exitCode).toBe(2);
      const warned = [...check.stderr.matchAll(/^Warning: PostgreSQL would refuse this: (.*)$/gm)];
      expect(warned.map(([, words]) => words!).sort()).toEqual(expected);
      const { operations, obstacles } = await json('check', ...later);
      expect(obstacles.map(({ dependent, on }: any) => `${dependent} depends on ${on}`).sort()).toEqual(expected);

      const refusal = await run('revision', '--autogenerate', '-m', 'two', ...later);
      expect(refusal.exitCode).toBe(1);
      for (const words of expected) expect(refusal.stderr).toContain(words);
      expect(readdirSync(join(directory, 'migrations'))).toHaveLength(1);

      const statements = operations.flatMap((each: any) => statementsOf(each)).map(({ sql }: any) => sql as string);
      for (const each of dependents) {
        const others = dependents.filter(other => other !== each).map(({ drop }) => drop);
        expect([each.description, await isRefused(database, [...others, ...statements])]).toEqual([
          each.description,
          expect.stringMatching(/depend|cannot alter type of a column used by a publication/),
        ]);
      }
      const all = dependents.map(({ drop }) => drop);
      expect(await isRefused(database, [...all, ...statements])).toBeUndefined();
      await database.query(all.join(';'));
      expect((await run('check', ...later)).stderr).toBe('');
    }),
  ));
