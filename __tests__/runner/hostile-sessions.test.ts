import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { silent } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { draftAdoption } from '../../src/adoption/adopt.ts';
import { contextOf, setupOf } from '../../src/runner/context.ts';
import { entitiesFrom, type TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, type TestProject } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** Settings that a database or a role may have, under which SQL is read, or values are printed, otherwise than usual. */
const settings: Readonly<Record<string, string>> = {
  DateStyle: `'SQL, DMY'`,
  IntervalStyle: `'sql_standard'`,
  TimeZone: `'Asia/Jakarta'`,
  extra_float_digits: '-10',
  bytea_output: 'escape',
  quote_all_identifiers: 'on',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  row_security: 'off',
};

/** Two operand types, and the result's. */
const operators: readonly (readonly [string, string, string, string])[] = [
  ...[
    'name name',
    'name text',
    'text text',
    'varchar varchar',
    'varchar text',
    'oid oid',
    'int8 int4',
    'int2 int4',
    '"char" "char"',
  ].flatMap(types => {
    const [left, right] = types.split(' ') as [string, string];
    return ['=', '<>', '>', '<='].map(name => [name, left, right, 'bool'] as const);
  }),
  ...['name text', 'text text'].map(types => ['||', ...(types.split(' ') as [string, string]), 'text'] as const),
  ['-', 'timestamptz', 'timestamptz', 'interval'],
  ['+', 'int8', 'int4', 'int8'],
  ['~', 'name', 'text', 'bool'],
  ['!~', 'name', 'text', 'bool'],
];

const functions: readonly (readonly [string, string, string])[] = [
  ['now', '', 'timestamptz'],
  ['clock_timestamp', '', 'timestamptz'],
  ['to_regclass', 'text', 'regclass'],
  ['set_config', 'text, text, bool', 'text'],
  ['current_setting', 'text', 'text'],
  ['pg_backend_pid', '', 'int4'],
  ['pg_try_advisory_lock', 'int4, int4', 'bool'],
  ['pg_advisory_unlock', 'int4, int4', 'bool'],
  ['format_type', 'oid, int4', 'text'],
  ['pg_get_expr', 'pg_node_tree, oid', 'text'],
  ['pg_get_indexdef', 'oid', 'text'],
  ['pg_my_temp_schema', '', 'oid'],
  ['timezone', 'text, timestamptz', 'timestamp'],
  ['to_char', 'timestamp, text', 'text'],
  ['unnest', 'text[]', 'text'],
];

/** Functions, operators, aggregates and types in the place of the server's own: whoever calls one is recorded. */
const traps = [
  'CREATE SCHEMA trap; CREATE TABLE trap.calls (what text)',
  `CREATE FUNCTION trap.step(pg_catalog.text, name) RETURNS pg_catalog.text LANGUAGE plpgsql AS
    $$BEGIN INSERT INTO trap.calls VALUES ('json_agg'); RETURN ''; END$$`,
  `CREATE AGGREGATE trap.json_agg(name) (SFUNC = trap.step, STYPE = pg_catalog.text)`,
  `CREATE AGGREGATE trap.array_agg(name) (SFUNC = trap.step, STYPE = pg_catalog.text)`,
  ...operators.map(([name, left, right, result], i) => {
    const body = `$$BEGIN INSERT INTO trap.calls VALUES ('${left} ${name} ${right}'); RETURN NULL; END$$`;
    return `CREATE FUNCTION trap.operator_${i}(pg_catalog.${left}, pg_catalog.${right}) RETURNS pg_catalog.${result} LANGUAGE plpgsql AS ${body};
      CREATE OPERATOR trap.${name} (LEFTARG = pg_catalog.${left}, RIGHTARG = pg_catalog.${right}, FUNCTION = trap.operator_${i})`;
  }),
  ...functions.map(
    ([name, types, result]) =>
      `CREATE FUNCTION trap.${name}(${types}) RETURNS ${result} LANGUAGE plpgsql AS $$BEGIN INSERT INTO trap.calls VALUES ('${name}'); RETURN NULL; END$$`,
  ),
  ...['timestamptz', 'jsonb', 'regclass', 'name', 'oid'].map(
    name => `CREATE DOMAIN trap.${name} AS pg_catalog.${name}`,
  ),
].join(';\n');

const entities = `import { Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, ViewEntity } from 'typeorm';
  @Entity('agent') export class Agent { @PrimaryGeneratedColumn() id!: number; @Column({ length: 40, unique: true }) name!: string; }
  @Entity('ticket') export class Ticket { @PrimaryGeneratedColumn() id!: number; @ManyToOne(() => Agent) agent!: Agent;
    @Column({ type: 'date', default: '2020-02-01' }) due!: string; @Column({ type: 'interval', default: '1 day 2 hours' }) lasts!: string;
    @Column({ type: 'double precision', default: 0.1 }) weight!: number; @Column({ type: 'varchar', default: 'a\\\\b' }) path!: string;
    @Index() @Column({ type: 'enum', enum: ['open', 'closed'], default: 'open' }) state!: string; }
  @ViewEntity({ name: 'ticket_path', expression: 'SELECT id, path FROM ticket' }) export class TicketPath {}`;

/** Everything that the tool does with a database, one after another. */
async function everything(database: TestDatabase, project: TestProject): Promise<void> {
  const options = { entities: [...entitiesFrom(entities)] as never, installExtensions: false };
  const { runner, dataSource } = openRunner(database, project, {}, options);
  const config = { versionLocations: [project.directory] };
  await runner.ensureVersionTable();
  const script = await autogenerate(dataSource, { message: 'm', config, logger: silent, revision: 'a1' });
  const text = renderRevision(script!, 'esm');
  await writeFile(join(project.directory, 'a1.mjs'), text);
  expect((await runner.upgrade()).heads).toEqual(['a1']);
  expect((await runner.check()).operations).toEqual([]);
  await project.write({
    id: 'b1',
    down: 'a1',
    transactional: false,
    upgrade: `await op.bulkInsert({ table: 'agent', rows: [{ name: 'x' }, { name: 'y\\\\z' }] });
      await op.backfill({ table: 'agent', set: { name: "'n'" }, where: 'false', batchSize: 1 });
      await op.createIndex({ name: 'due', table: 'ticket', columns: ['due'], concurrently: true });`,
    downgrade: `await op.dropIndex({ name: 'due', concurrently: true }); await op.execute('DELETE FROM agent');`,
  });
  expect(await runner.plan()).toHaveLength(1);
  expect((await runner.upgrade()).heads).toEqual(['b1']);
  expect(await database.query('SELECT name FROM public.agent ORDER BY id')).toEqual([{ name: 'x' }, { name: 'y\\z' }]);
  await runner.downgrade('-1');
  expect((await runner.upgrade()).heads).toEqual(['b1']);
  expect(await runner.status()).toMatchObject({ isAtHeads: true, unfinished: [] });
  expect(await runner.changedSince()).toEqual([]);
  await runner.stamp('a1');
  expect(await runner.current()).toEqual(['a1']);
  await runner.stamp('b1', { purge: true });
  await database.query('INSERT INTO public.ticket DEFAULT VALUES');
  expect(
    await database.query(
      `SELECT due = '2020-02-01' AND path = E'a\\\\b' AND lasts = '26 hours' AS same FROM public.ticket`,
    ),
  ).toEqual([{ same: true }]);
  const context = await contextOf(setupOf(dataSource, config, { logger: silent }));
  await expect(draftAdoption(context)).rejects.toMatchObject({ name: 'NothingToAdoptError' });
  await runner.downgrade('base');
  const runs = await database.query(
    'SELECT started_at > now() - $1::interval AND duration >= $2 AS fresh FROM public.alembic_version_log',
    ['1 hour', '0'],
  );
  expect(runs.every(({ fresh }) => fresh)).toBe(true);
}

const hostile = (database: TestDatabase, name: string, value: string) =>
  database.query(`ALTER DATABASE ${database.name} SET ${name} = ${value}`);

describe('all commands', () => {
  test.each(shareOfToday(Object.entries(settings)))('do the same where the database sets %s to %s', (name, value) =>
    onDatabase(async (database, project) => {
      await hostile(database, name, value);
      await everything(database, project);
    })(),
  );

  /** Before PostgreSQL 18, the text of a time is none that it reads under one DateStyle and TimeZone, and under neither alone. */
  test('do the same where the database sets all of them at once', () =>
    onDatabase(async (database, project) => {
      for (const [name, value] of Object.entries(settings)) await hostile(database, name, value);
      const session = await database.client();
      const { rows } = await session.query('SELECT clock_timestamp()::text AS now');
      expect(rows).toEqual([{ now: expect.stringMatching(/ WIB$/) }]);
      await everything(database, project);
    })());

  const paths = ['public, trap', 'public, trap, pg_catalog', 'public, trap, pg_temp'];
  test.each(shareOfToday(paths, 1))("call nothing in the place of the server's own on the path %s", path =>
    onDatabase(async (database, project) => {
      await database.query(traps);
      await hostile(database, 'search_path', path);
      await everything(database, project);
      expect(await database.query('SELECT DISTINCT what FROM trap.calls ORDER BY 1')).toEqual([]);
    })(),
  );
});
