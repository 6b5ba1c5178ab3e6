import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestDatabase, withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const invalid = (database: TestDatabase) =>
  database.query('SELECT indexrelid::regclass::text AS index FROM pg_index WHERE NOT indisvalid');

const indexes = (database: TestDatabase) =>
  database.query("SELECT count(*)::int AS count FROM pg_index WHERE indrelid = 'it'::regclass");

const interrupted = "if (op.context.x.fail) throw new Error('told to');";

/** Fills a table so that a unique index on it cannot be built, and gives what makes it possible. */
async function withDuplicates(database: TestDatabase): Promise<() => Promise<unknown>> {
  await database.query('CREATE TABLE it (c int); INSERT INTO it VALUES (1), (1)');
  return () => database.query('DELETE FROM it WHERE ctid = (SELECT min(ctid) FROM it)');
}

describe('an index that was interrupted while it was built concurrently', () => {
  test.each([
    '-- why\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS it_c ON it (c)',
    'CREATE UNIQUE /* so */ INDEX CONCURRENTLY "it_C" ON public . it (c); -- done',
    'CREATE UNIQUE INDEX CONCURRENTLY ON it (c)',
  ])('is built anew, once and valid: %s', sql =>
    onDatabase(async (database, project) => {
      const mend = await withDuplicates(database);
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute(${JSON.stringify(sql)});`,
      });
      const { runner } = openRunner(database, project);
      for (let attempt = 0; attempt < 2; attempt++) {
        expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '23505' } });
        expect(await invalid(database)).toHaveLength(1);
      }
      await mend();
      await runner.upgrade();
      expect(await invalid(database)).toEqual([]);
      expect(await indexes(database)).toEqual([{ count: 1 }]);
    })(),
  );

  test(
    'is found without a name where only the journal did not know that it was done',
    onDatabase(async (database, project) => {
      await database.query('CREATE TABLE it (c int, d int); CREATE INDEX other ON it (d)');
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('CREATE INDEX CONCURRENTLY ON it (c)'); throw new Error('told to');`,
      });
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade());
      await database.query(
        `UPDATE alembic_version_log SET progress = jsonb_build_object('done', '[]'::jsonb, 'running', progress->'done'->0)`,
      );
      await rejection(runner.upgrade());
      expect(await indexes(database)).toEqual([{ count: 2 }]);
    }),
  );
});

describe('an index of the same name on another table', () => {
  const building =
    "op.createIndex({ name: 'by_k', table: 'aud.event', columns: ['k'], unique: true, concurrently: true })";
  const raw = (sql: string) => `op.execute('${sql}')`;

  test.each(
    shareOfToday([
      [building, 'aud.event'],
      [raw('CREATE UNIQUE INDEX CONCURRENTLY by_k ON aud.event (k)'), 'aud.event'],
      // The table is found in the second schema of the path, an index of that name in the first.
      [raw('CREATE UNIQUE INDEX CONCURRENTLY by_k ON event (k)'), 'aud.event'],
    ]),
  )('stays when the building is taken up again: %s', (operation, on) =>
    onDatabase(async (database, project) => {
      await database.query(
        `CREATE SCHEMA aud; CREATE TABLE aud.event (k int); INSERT INTO aud.event VALUES (1), (1);
         CREATE TABLE other (k int); CREATE UNIQUE INDEX by_k ON other (k)`,
      );
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('SET search_path TO public, aud'); await ${operation};`,
      });
      const { runner } = openRunner(database, project);
      for (let attempt = 0; attempt < 2; attempt++) {
        const { message } = await rejection(runner.upgrade());
        expect(message).toMatch(/index "?aud"?\."?by_k"? is left INVALID/);
      }
      await database.query('DELETE FROM aud.event WHERE ctid = (SELECT min(ctid) FROM aud.event)');
      await runner.upgrade();
      const found = 'SELECT indrelid::regclass::text AS on FROM pg_index WHERE indisvalid ORDER BY 1';
      expect(
        await database.query(`${found.replace('WHERE', "WHERE indexrelid::regclass::text ~ 'by_k' AND")}`),
      ).toEqual([{ on }, { on: 'other' }]);
    })(),
  );

  test.each([raw('DROP INDEX CONCURRENTLY by_k'), "op.dropIndex({ name: 'by_k', concurrently: true })"])(
    'stays when the dropping was done, and only the journal did not know: %s',
    operation =>
      onDatabase(async (database, project) => {
        await database.query(
          `CREATE SCHEMA aud; CREATE TABLE aud.event (k int); CREATE INDEX by_k ON aud.event (k);
           CREATE TABLE other (k int); CREATE INDEX by_k ON other (k)`,
        );
        await project.write({
          id: 'a1',
          transactional: false,
          upgrade: `await op.execute('SET search_path TO public, aud'); await ${operation}; ${interrupted}`,
        });
        const { runner } = openRunner(database, project);
        await rejection(runner.upgrade('heads', { x: { fail: 'here' } }));
        await database.query(
          `UPDATE alembic_version_log SET progress = jsonb_build_object('done', jsonb_build_array(progress->'done'->0),
             'running', progress->'done'->1, 'droppedIndex', $1::text)`,
          ['0'],
        );
        await runner.upgrade();
        expect(await database.query("SELECT to_regclass('aud.by_k')::text AS kept")).toEqual([{ kept: 'aud.by_k' }]);
      })(),
  );

  test(
    'is not what a drop that failed had dropped',
    onDatabase(async (database, project) => {
      await project.write({ id: 'a1', transactional: false, upgrade: `await ${raw('DROP INDEX CONCURRENTLY none')};` });
      const { runner } = openRunner(database, project);
      for (let attempt = 0; attempt < 2; attempt++)
        expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '42704' } });
    }),
  );
});

test.each(['INDEX CONCURRENTLY it_c', 'TABLE CONCURRENTLY it', '(CONCURRENTLY) SCHEMA public'])(
  'what an interrupted REINDEX %s left is dropped when it is run again',
  scope =>
    onDatabase(async (database, project) => {
      await database.query(
        `CREATE TABLE it (c int, t text); CREATE INDEX it_c ON it (c); INSERT INTO it VALUES (1, 'x')`,
      );
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('REINDEX ${scope}');`,
      });
      // Another transaction's snapshot makes it wait where its copy is not valid yet.
      const other = await database.client();
      await other.query('BEGIN; LOCK TABLE it IN ROW EXCLUSIVE MODE');
      const { runner } = openRunner(database, project, { statementTimeout: '1s' });
      expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '57014' } });
      await other.query('ROLLBACK');
      expect((await invalid(database)).length).toBeGreaterThan(0);
      await openRunner(database, project).runner.upgrade();
      expect(await invalid(database)).toEqual([]);
    })(),
);

test(
  'a partition whose detaching was interrupted is detached',
  onDatabase(async (database, project) => {
    const [{ major }] = await database.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
    if (major < 14) return;
    await database.query('CREATE TABLE m (id int) PARTITION BY RANGE (id)');
    await database.query('CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (1) TO (2)');
    await project.write({
      id: 'a1',
      transactional: false,
      upgrade: "await op.execute('ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY');",
    });
    const other = await database.client();
    await other.query('BEGIN; SELECT * FROM m');
    const { runner } = openRunner(database, project, { statementTimeout: '1s' });
    expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '57014' } });
    await other.query('ROLLBACK');
    expect(await database.query('SELECT inhdetachpending AS pending FROM pg_inherits')).toEqual([{ pending: true }]);
    await openRunner(database, project).runner.upgrade();
    expect(await database.query('SELECT FROM pg_inherits')).toEqual([]);
  }),
);

describe('an index that was built when the process died, before the journal knew', () => {
  const role = `builder_${process.pid}`;
  beforeAll(() => withDatabase(database => database.query(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role}`)));
  afterAll(() => withDatabase(database => database.query(`DROP ROLE ${role}`)));

  const definitions = [
    'INDEX CONCURRENTLY it_i ON it (c)',
    'INDEX CONCURRENTLY it_i ON it (score(it.*))',
    'INDEX CONCURRENTLY it_i ON it (c) WHERE it.flag',
    'UNIQUE INDEX CONCURRENTLY it_i ON public.it ((public.it.c + 1))',
    'INDEX CONCURRENTLY IF NOT EXISTS it_i ON it (c) WHERE it.flag',
    'INDEX CONCURRENTLY IF NOT EXISTS it_i ON it (score(it.*))',
  ];
  const cases = definitions.flatMap(each => [true, false].map(mayMakeTemporary => [each, mayMakeTemporary] as const));

  const setUp = (database: TestDatabase) =>
    database.query(
      `CREATE TABLE it (c int, flag boolean); INSERT INTO it VALUES (1, true), (2, false); ALTER TABLE it OWNER TO ${role};
       CREATE FUNCTION score(it) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.c'; GRANT ALL ON SCHEMA public TO ${role};
       REVOKE TEMPORARY ON DATABASE ${database.name} FROM PUBLIC`,
    );
  const asRole = { installExtensions: false, extra: { options: `-c role=${role}` } };
  const allow = (database: TestDatabase, mayMakeTemporary: boolean) =>
    mayMakeTemporary ? database.query(`GRANT TEMPORARY ON DATABASE ${database.name} TO ${role}`) : undefined;

  test.each(shareOfToday(cases))('counts as done: %s (may make temporary tables: %s)', (definition, mayMakeTemporary) =>
    onDatabase(async (database, project) => {
      await setUp(database);
      await allow(database, mayMakeTemporary);
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('CREATE ${definition}'); ${interrupted}`,
      });
      const { runner, said } = openRunner(database, project, {}, asRole);
      await rejection(runner.upgrade('heads', { x: { fail: 'here' } }));
      await database.query(
        `UPDATE alembic_version_log SET progress = jsonb_build_object('done', '[]'::jsonb, 'running', progress->'done'->0)`,
      );
      const built = await database.query("SELECT 'it_i'::regclass::oid AS id");
      await runner.upgrade();
      expect(await database.query("SELECT 'it_i'::regclass::oid AS id")).toEqual(built);
      expect(await indexes(database)).toEqual([{ count: 1 }]);
      const isCompared = mayMakeTemporary && !/score|public/.test(definition);
      const warned = said.filter(line => line.startsWith('Warning'));
      expect(warned).toEqual(
        isCompared || definition.includes('IF NOT') ? [] : [expect.stringContaining('could not compare')],
      );
    })(),
  );

  test.each(shareOfToday(cases.filter(([definition]) => definition.includes('IF NOT EXISTS'))))(
    'counts as done where nothing was interrupted: %s (may make temporary tables: %s)',
    (definition, mayMakeTemporary) =>
      onDatabase(async (database, project) => {
        await setUp(database);
        await allow(database, mayMakeTemporary);
        await database.query(`CREATE ${definition}`);
        await project.write({ id: 'a1', transactional: false, upgrade: `await op.execute('CREATE ${definition}');` });
        const { runner } = openRunner(database, project, {}, asRole);
        expect((await runner.upgrade()).heads).toEqual(['a1']);
        expect(await indexes(database)).toEqual([{ count: 1 }]);
      })(),
  );

  test.each([true, false])('is built anew without a name (may make temporary tables: %s)', mayMakeTemporary =>
    onDatabase(async (database, project) => {
      await setUp(database);
      await allow(database, mayMakeTemporary);
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('CREATE INDEX CONCURRENTLY ON it (score(it.*))'); ${interrupted}`,
      });
      const { runner, said } = openRunner(database, project, {}, asRole);
      await rejection(runner.upgrade('heads', { x: { fail: 'here' } }));
      await database.query(
        `UPDATE alembic_version_log SET progress = jsonb_build_object('done', '[]'::jsonb, 'running', progress->'done'->0)`,
      );
      await runner.upgrade();
      expect(said).toContainEqual(expect.stringContaining('drop the other one if there are two'));
    })(),
  );
});

test(
  'an index whose name PostgreSQL cuts off is known again',
  onDatabase(async (database, project) => {
    await database.query('CREATE TABLE it (c int); INSERT INTO it VALUES (1), (1)');
    const index = `{ name: '${'i'.repeat(70)}', table: 'it', columns: ['c'], unique: true, concurrently: true }`;
    await project.write({ id: 'a1', transactional: false, upgrade: `await op.createIndex(${index});` });
    const { runner } = openRunner(database, project);
    expect((await rejection(runner.upgrade())).message).toContain('left INVALID');
    await database.query('TRUNCATE it');
    expect((await runner.upgrade()).heads).toEqual(['a1']);
  }),
);
