import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import * as application from '../../entities/index.ts';
import { entitiesFrom, type TestDataSourceOptions, withDatabase } from '../support/index.ts';
import { withClient } from '../support/templates.ts';
import { withOwnServer } from '../support/own-server.ts';
import { onDatabase, openRunner, rejection, withProject } from './project.ts';

const source = (minimum = 0) => `
  import { Check, Column, Entity, Exclusion, Index, PrimaryColumn, ViewEntity } from 'typeorm';
  @Entity('booking') @Check('known', "state IN ('open', 'closed')") @Check('above', 'places > ${minimum}')
  @Exclusion('apart', "USING gist (int4range(places, places + 1) WITH &&) WHERE (state <> 'closed')")
  @Index('some', ['places'], { where: "state IN ('open', 'closed')" })
  export class Booking { @PrimaryColumn() id!: number; @Column({ default: 'open' }) state!: string; @Column() places!: number;
    @Column({ default: () => 'CURRENT_TIMESTAMP + INTERVAL \\'1 day\\'', type: 'timestamptz' }) until!: Date;
    @Column({ asExpression: "CASE WHEN places > 1 THEN 'many' ELSE state END", generatedType: 'STORED' }) size!: string }
  @ViewEntity({ name: 'open_booking', expression: "SELECT b.id, b.places + 1 AS more FROM booking b WHERE b.state IN ('open')" })
  export class Open {}
  @ViewEntity({ name: 'count', materialized: true, expression: 'SELECT state, count(*) AS n FROM booking GROUP BY 1 ORDER BY 1' })
  export class Count {}`;

const options = (minimum?: number): TestDataSourceOptions => ({
  entities: [...entitiesFrom(source(minimum))] as never,
  installExtensions: false,
});
const versionTable = 'CREATE TABLE alembic_version (version_num varchar(32))';
const readOnly = { extra: { options: '-c default_transaction_read_only=on' } };

const role = `no_temp_${process.pid}`;
beforeAll(() => withDatabase(database => database.query(`CREATE ROLE ${role}`)));
afterAll(() => withDatabase(database => database.query(`DROP ROLE ${role}`)));

const tightly = (work: Parameters<typeof onDatabase>[0]) =>
  onDatabase(async (database, project) => {
    await database.query('CREATE EXTENSION btree_gist');
    await (await database.dataSource(options()).initialize()).synchronize();
    await database.query(`${versionTable}; REVOKE TEMPORARY ON DATABASE "${database.name}" FROM PUBLIC;
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    await work(database, project);
  });

const guard = `CREATE FUNCTION guard() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'every table needs a primary key'; END $$;
  CREATE EVENT TRIGGER need_key ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION guard()`;

describe.each([
  ['a read-only session', readOnly, ''],
  ['a role without the TEMP privilege', { extra: { options: `-c role=${role}` } }, ''],
  ['an event trigger that refuses temporary tables', {}, guard],
])('%s', (_, session, before) => {
  test(
    'compares an unchanged database',
    tightly(async (database, project) => {
      await database.query(before);
      const { runner } = openRunner(database, project, {}, { ...options(), ...session });
      expect((await runner.check()).operations).toEqual([]);
    }),
  );

  test(
    'finds what was changed',
    tightly(async (database, project) => {
      await database.query(before);
      const { runner } = openRunner(database, project, {}, { ...options(7), ...session });
      expect((await runner.check()).operations).toEqual([
        expect.objectContaining({ op: 'dropConstraint', name: 'above' }),
        expect.objectContaining({ op: 'createCheckConstraint', name: 'above', expression: 'places > 7' }),
      ]);
    }),
  );
});

test(
  'what no plan tells is named, and the privilege to grant',
  tightly(async (database, project) => {
    await database.query(`CREATE FUNCTION far(integer) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 > 0';
      ALTER TABLE booking DROP CONSTRAINT above, ADD CONSTRAINT above CHECK (far(places) AND true)`);
    const entities = [...entitiesFrom(source().replace('places > 0', 'far( places ) AND true'))] as never;
    const as = (extra: string) => openRunner(database, project, {}, { entities, extra: { options: extra } }).runner;
    const error = await rejection(as(`-c role=${role}`).check());
    expect(error).toMatchObject({ name: 'ProbeDeniedError', objects: ['check constraint above of booking'] });
    expect(error.message).toContain(`GRANT TEMPORARY ON DATABASE "${database.name}" TO "${role}"`);
    expect((await rejection(as(readOnly.extra.options).check())).message).toContain('default_transaction_read_only');
    await database.query(`GRANT TEMPORARY ON DATABASE "${database.name}" TO ${role}`);
    expect((await as(`-c role=${role}`).check()).operations).toEqual([]);
    await database.query(guard);
    expect((await rejection(as('').check())).message).toContain(
      'the event trigger need_key refuses it (every table needs a primary key)',
    );
  }),
);

test(
  'a function of another role is not run for a plan',
  tightly(async (database, project) => {
    await database.query(`GRANT ALL ON SCHEMA public TO ${role}; SET ROLE ${role};
      CREATE FUNCTION planted(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1'; RESET ROLE;
      CREATE VIEW inner_view AS SELECT id FROM booking WHERE state = planted('x');
      CREATE OR REPLACE VIEW open_booking AS SELECT id, places + 1 AS more FROM booking WHERE id IN (SELECT id FROM inner_view);
      ALTER TABLE booking DROP CONSTRAINT known, ADD CONSTRAINT known CHECK (state = planted('y'));
      CREATE OR REPLACE FUNCTION planted(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''it ran''; END'`);
    const { runner } = openRunner(database, project, {}, options());
    expect((await runner.check()).operations.map(({ op }) => op)).toEqual(
      expect.arrayContaining(['dropConstraint', 'createCheckConstraint', 'dropView', 'createView']),
    );
  }),
);

test('a streaming standby compares an unchanged database, and the primary takes no transaction id for it', () =>
  withProject(project =>
    withOwnServer(async ({ url, withStandby }) => {
      const entities = [...entitiesFrom(source()), ...Object.values(application)] as never;
      const on = (address: string) => ({
        dataSource: (more: TestDataSourceOptions = {}) => new DataSource({ ...more, type: 'postgres', url: address }),
      });
      const primary = await on(url).dataSource({ entities }).initialize();
      await primary.query('CREATE SCHEMA audit');
      await primary.synchronize();
      await primary.query(versionTable);
      await primary.destroy();
      await withStandby(async standby => {
        const nextId = () =>
          withClient(url, async client => {
            const { rows } = await client.query('SELECT pg_catalog.txid_current() AS id');
            return Number(rows[0].id);
          });
        const before = await nextId();
        for (const address of [url, standby]) {
          const { runner, queries } = openRunner(on(address), project, {}, { entities, installExtensions: false });
          expect((await runner.check()).operations).toEqual([]);
          expect(queries.filter(sql => sql.startsWith('CREATE'))).toEqual([]);
        }
        expect(await nextId()).toBe(before + 1);
        const changed = openRunner(on(standby), project, {}, options(7)).runner;
        expect((await changed.check()).operations.map(({ op }) => op)).toContain('createCheckConstraint');
      });
    }),
  ));
