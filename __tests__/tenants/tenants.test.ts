import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRunner, introspect, silent, targetSchema, type MigrationsConfig } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { listenTo } from '../runner/project.ts';
import { catalogFingerprint, entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';

const entities = entitiesFrom(`
import { Column, Entity, Index, JoinTable, ManyToMany, ManyToOne, PrimaryGeneratedColumn, ViewColumn, ViewEntity } from 'typeorm';
@Entity() export class Client { @PrimaryGeneratedColumn() id!: number; @Column({ type: 'enum', enum: ['a', 'b'], default: 'a' }) role!: string;
  @Column({ unique: true }) mail!: string; @ManyToMany(() => Deal) @JoinTable() deals!: any[] }
@Entity() export class Deal { @PrimaryGeneratedColumn('uuid') id!: string; @ManyToOne(() => Client) client!: any;
  @Column({ type: 'enum', enum: ['a', 'b'], enumName: 'tag', array: true, default: [] }) tags!: string[]; @Index() @Column({ type: 'text' }) note!: string }
@Entity({ schema: 'shared' }) export class Country { @PrimaryGeneratedColumn() id!: number }
@ViewEntity({ expression: source => source.createQueryBuilder().select('d.id', 'id').from(Deal, 'd') })
export class OpenDeal { @ViewColumn() id!: string }
@ViewEntity({ expression: 'SELECT id FROM client' }) export class Someone { @ViewColumn() id!: number }
`);

interface Tenancy {
  readonly database: TestDatabase;
  readonly directory: string;
  tenant(schema: string, config?: MigrationsConfig): ReturnType<typeof createRunner>;
  /** Writes the revision that autogenerate makes for a tenant; gives its source. */
  revise(schema: string, revision?: string, declared?: readonly unknown[]): Promise<string | undefined>;
  dump(schema: string): Promise<string>;
}

/** One set of entities and one history, for several schemas. */
async function withTenants(work: (tenancy: Tenancy) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tenants-'));
  await mkdir(join(directory, 'migrations'));
  try {
    await withDatabase(async database => {
      const dataSource = (schema: string, declared: readonly unknown[] = entities) =>
        database.dataSource({ schema, entities: [...declared] as never[] });
      await work({
        database,
        directory,
        tenant: (schema, config = {}) => createRunner(dataSource(schema), config, { directory, logger: silent }),
        async revise(schema, revision = '0001', declared = entities) {
          const options = { message: 'first', revision, directory, logger: silent };
          const script = await autogenerate(dataSource(schema, declared), options);
          if (!script) return undefined;
          const source = renderRevision(script, 'esm');
          await writeFile(join(directory, 'migrations', `${revision}.mjs`), source);
          return source;
        },
        dump: async schema =>
          (await catalogFingerprint(database))
            .split('\n')
            .filter(line => line.includes(schema))
            .join('\n')
            .replaceAll(schema, 'tenant')
            .replaceAll('"tenant"', 'tenant'),
      });
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('the schema of a DataSource is the connection’s own', () => {
  test('one history makes each tenant’s schema, and no tenant sees another', async () => {
    await withTenants(async ({ database, tenant, revise, dump }) => {
      await database.query('CREATE SCHEMA tenant_a; CREATE SCHEMA "Tenant B"');
      const source = await revise('tenant_a');
      expect(source).not.toContain('tenant_a');
      expect((await tenant('tenant_a').upgrade()).steps).toHaveLength(1);
      // The shared schema belongs to the whole database: the second tenant finds it.
      await database.query('DROP SCHEMA shared CASCADE');
      expect((await tenant('Tenant B').upgrade()).steps).toHaveLength(1);
      expect(await dump('Tenant B')).toBe(await dump('tenant_a'));
      for (const schema of ['tenant_a', 'Tenant B']) {
        expect(await tenant(schema).current()).toHaveLength(1);
        expect((await tenant(schema).upgrade()).steps).toEqual([]);
      }
      expect((await tenant('Tenant B').check()).operations).toEqual([]);
      const before = await dump('tenant_a');
      await tenant('Tenant B').downgrade('base');
      expect(await dump('tenant_a')).toBe(before);
      expect(await database.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual([]);
    });
  });

  test('what others made in a shared schema on the tables of one tenant is not written for all of them', async () => {
    await withTenants(async ({ database, tenant, revise, directory }) => {
      await database.query('CREATE SCHEMA tenant_a');
      await revise('tenant_a');
      await tenant('tenant_a').upgrade();
      await rm(join(directory, 'migrations', '0001.mjs'));
      const stamp = 'DELETE FROM tenant_a.alembic_version; ALTER TABLE tenant_a.client ALTER mail TYPE varchar(50)';
      await database.query(`${stamp}; CREATE VIEW shared.harmless AS SELECT id FROM shared.country`);
      expect((await tenant('tenant_a').check()).obstacles).toBeUndefined();
      const others = {
        'view shared.seen': 'CREATE VIEW shared.seen AS SELECT mail FROM tenant_a.client',
        'materialized view shared.stored':
          'CREATE MATERIALIZED VIEW shared.stored AS SELECT mail, c.id FROM tenant_a.client, shared.country c',
        'rule shared.country.noted':
          'CREATE RULE noted AS ON DELETE TO shared.country DO ALSO UPDATE tenant_a.client SET mail = mail',
        'policy shared.country.known':
          'CREATE POLICY known ON shared.country USING (EXISTS (SELECT mail FROM tenant_a.client WHERE mail <> $$$$))',
      };
      await database.query(Object.values(others).join(';'));
      const { obstacles = [] } = await tenant('tenant_a').check();
      const named = obstacles.filter(({ on }) => on === 'relation client, which is another one under each schema');
      expect(named.map(({ dependent }) => dependent.replace(/, which.*/, '')).sort()).toEqual(
        Object.keys(others).sort(),
      );
      await expect(revise('tenant_a')).rejects.toThrow(/view shared\.seen, which is outside the DataSource's schema/);
    });
  });

  test('what the project itself had there and no longer declares goes', async () => {
    await withTenants(async ({ tenant, revise }) => {
      const refers = (
        column: string,
      ) => `import { Entity, ManyToOne, PrimaryColumn, ViewEntity, ViewColumn } from 'typeorm';
        @Entity({ schema: 'shared' }) export class Refers { @PrimaryColumn() id!: number; ${column} }`;
      const before = `${refers('@ManyToOne(() => Passing) passing!: any')}
        @Entity() export class Passing { @PrimaryColumn() id!: number }
        @ViewEntity({ schema: 'shared', expression: 'SELECT id FROM app.passing' }) export class Shown { @ViewColumn() id!: number }`;
      await revise('app', '0001', [...entities, ...entitiesFrom(before)]);
      await tenant('app').upgrade();
      const source = await revise('app', '0002', [...entities, ...entitiesFrom(refers(''))]);
      const dropped = ['op.dropView', 'op.dropForeignKey', 'op.dropColumn', 'op.dropTable'];
      expect(source!.match(/op\.drop\w+/g)).toEqual(dropped);
    });
  });

  test('nor in the downgrade, which PostgreSQL refuses while it is there', async () => {
    await withTenants(async ({ database, tenant, revise }) => {
      await database.query('CREATE SCHEMA tenant_a');
      await revise('tenant_a');
      await tenant('tenant_a').upgrade();
      await database.query(`SET search_path = tenant_a; ALTER TABLE client ALTER role DROP DEFAULT;
        ALTER TYPE client_role_enum RENAME TO former; CREATE TYPE client_role_enum AS ENUM ('a');
        ALTER TABLE client ALTER role TYPE client_role_enum USING role::text::client_role_enum, ALTER role SET DEFAULT 'a'; DROP TYPE former;
        CREATE MATERIALIZED VIEW shared.roles AS SELECT role FROM client; CREATE INDEX of_roles ON shared.roles (role);
        CREATE VIEW shared.more AS SELECT role FROM shared.roles; RESET search_path`);
      const before = await catalogFingerprint(database);
      const source = await revise('tenant_a', '0002');
      expect(source).toContain(
        '// PostgreSQL refuses this while rule _RETURN on materialized view shared.roles depends on',
      );
      expect(source).not.toMatch(/'shared\.(roles|of_roles|more)'/);
      await tenant('tenant_a').upgrade();
      await expect(tenant('tenant_a').downgrade('-1')).rejects.toThrow('used by a view or rule');
      await database.query('DROP MATERIALIZED VIEW shared.roles CASCADE');
      await tenant('tenant_a').downgrade('-1');
      await database.query(
        'CREATE MATERIALIZED VIEW shared.roles AS SELECT role FROM tenant_a.client; CREATE INDEX of_roles ON shared.roles (role); CREATE VIEW shared.more AS SELECT role FROM shared.roles',
      );
      expect(await catalogFingerprint(database)).toBe(before);
    });
  });

  test('a schema that is missing is created, and nothing falls into another', async () => {
    await withTenants(async ({ database, tenant, revise }) => {
      await revise('app');
      await tenant('app').upgrade();
      expect((await tenant('app').check()).operations).toEqual([]);
      const elsewhere = `SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`;
      expect(await database.query(elsewhere)).toEqual([]);
    });
  });

  test('nor where the version table is elsewhere', async () => {
    await withTenants(async ({ database, tenant, revise }) => {
      await revise('app');
      const config = { versionTableSchema: 'public' };
      await tenant('app', config).upgrade();
      expect((await tenant('app', config).check()).operations).toEqual([]);
      expect(await database.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`)).toEqual([
        { tablename: 'alembic_version' },
        { tablename: 'alembic_version_log' },
      ]);
    });
  });

  test('a version table of the database’s own schema is not taken for the tenant’s', async () => {
    await withTenants(async ({ database, tenant, revise }) => {
      await revise('app');
      await database.query(
        `CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('0001')`,
      );
      expect((await tenant('app').upgrade()).steps).toHaveLength(1);
    });
  });

  test('a script for psql does the same', async () => {
    await withTenants(async ({ database, tenant, revise, dump }) => {
      await revise('app');
      await tenant('app').upgrade();
      const expected = await dump('app');
      await database.query('DROP SCHEMA app CASCADE; DROP SCHEMA shared CASCADE');
      const other = await database.client();
      await other.query(await tenant('app').sql('upgrade', 'head'));
      expect(await dump('app')).toBe(expected);
    });
  });

  test('an initialized DataSource keeps its search path', async () => {
    await withTenants(async ({ database, directory, revise }) => {
      await revise('app');
      const dataSource = await database
        .dataSource({ schema: 'app', entities: [...entities], poolSize: 1 })
        .initialize();
      const path = () => dataSource.query('SHOW search_path');
      const before = await path();
      const runner = createRunner(dataSource, {}, { directory, logger: silent });
      await runner.upgrade();
      expect((await runner.check()).operations).toEqual([]);
      expect(await path()).toEqual(before);
      expect([...(await introspect(dataSource)).tables.keys()]).toContain('client');
      expect([...(await targetSchema(dataSource)).tables.keys()]).toContain('client');
    });
  });
});

test('before a run, whether the session is shared is asked once', () =>
  withDatabase(async database => {
    const queries: string[] = [];
    await database.query('CREATE SCHEMA a');
    const dataSource = database.dataSource({ schema: 'a', logger: listenTo(queries) });
    await createRunner(dataSource, { versionLocations: ['/nowhere'] }, { logger: silent }).ensureVersionTable();
    expect(queries.filter(sql => sql === 'SELECT pg_catalog.pg_backend_pid() AS id')).toHaveLength(1);
  }));

describe('a schema that appears before the one in which the tables are', () => {
  test.each([
    ['said', {}, 1],
    ['not said where the DataSource names its schema', { schema: 'nearer' }, 0],
  ])('hides them, which is %s', (_, options, count) =>
    withDatabase(async database => {
      const path = { extra: { options: '-c search_path=nearer,public' } };
      const Note = entitiesFrom(
        `import { Entity, PrimaryColumn } from 'typeorm'; @Entity('note') export class Note { @PrimaryColumn() id!: number }`,
      );
      await database.query('CREATE TABLE note (id integer PRIMARY KEY); CREATE SCHEMA nearer');
      const said: string[] = [];
      const logger = { ...silent, warn: (line: string) => void said.push(line) };
      await autogenerate(database.dataSource({ ...path, ...options, entities: [...Note] }), {
        message: 'first',
        revision: '0001',
        directory: tmpdir(),
        logger,
      });
      const warnings = said.filter(line => line.includes('hides public.note, which the connection finds as note'));
      expect(warnings).toHaveLength(count);
    }),
  );
});
