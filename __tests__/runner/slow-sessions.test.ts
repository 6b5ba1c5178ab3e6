import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { autogenerate } from '../../codegen/autogenerate.ts';
import { silent } from '../../src/runner/logger.ts';
import { withProject as withCommands } from '../cli/project.ts';
import { entitiesFrom, type TestDatabase, type TestDataSourceOptions } from '../support/index.ts';
import { onDatabase, openRunner, type OpenRunner, table } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const timeouts = ['idle_session_timeout', 'idle_in_transaction_session_timeout'];
const settings = 'SELECT name, setting, source FROM pg_settings WHERE name = ANY ($1) ORDER BY name';
const LIMIT = 250;

/**
 * A process that is busy: now and then a statement is sent long after the one before it, from where the session has been told to
 * bear that. Gives how often it was late. Written so that its text can stand in a configuration.
 */
function slowly(dataSource: any): { count: number } {
  const late = { count: 0 };
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (...given: any[]) => {
    const queryRunner = create(...given);
    const query = queryRunner.query.bind(queryRunner);
    let isTold = false;
    queryRunner.query = async (...sent: any[]) => {
      if (isTold) {
        if (late.count % 25 === 0) await new Promise(resolve => setTimeout(resolve, 500));
        late.count += 1;
      }
      if (/^RESET idle_/.test(sent[0])) isTold = false;
      if (/set_config\('idle_session_timeout', '0'/.test(sent[0])) isTold = true;
      return query(...sent);
    };
    return queryRunner;
  };
  return late;
}

/** A database that an application uses as a role which PostgreSQL gives little time. */
const asHurriedRole =
  (work: (database: TestDatabase, url: string, known: readonly string[]) => Promise<void>) =>
  async (database: TestDatabase) => {
    const role = `hurried_${randomBytes(6).toString('hex')}`;
    const rows = await database.query('SELECT name FROM pg_settings WHERE name = ANY ($1) ORDER BY name', [timeouts]);
    const known = rows.map(({ name }) => name as string);
    await database.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'a'`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'a'];
    try {
      for (const name of known) await database.query(`ALTER ROLE ${role} SET ${name} = '${LIMIT}ms'`);
      await work(database, url.href, known);
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  };

const entities = entitiesFrom(`import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
  @Check('few', 'b > 0') @Entity('a1') export class A { @PrimaryColumn() id!: number; @Column({ default: 0 }) b!: number }`);

const methods: Readonly<Record<string, (open: OpenRunner & { readonly directory: string }) => Promise<unknown>>> = {
  check: ({ runner }) => runner.check(),
  status: ({ runner }) => runner.status(),
  current: ({ runner }) => runner.current(),
  history: ({ runner }) => runner.history('current:'),
  changedSince: ({ runner }) => runner.changedSince(),
  plan: ({ runner }) => runner.plan('heads'),
  'plan of a downgrade': ({ runner }) => runner.plan('base', { direction: 'downgrade' }),
  autogenerate: ({ dataSource, directory }) =>
    autogenerate(dataSource, { message: 'm', config: { versionLocations: [directory] }, logger: silent }),
};

describe('a session whose role has little time outlasts', () => {
  test.each(shareOfToday(Object.entries(methods)))('%s, and has its values back', (_, call) =>
    onDatabase(async (database, project) => {
      await asHurriedRole(async (_database, url, known) => {
        await project.write(table('a1'));
        const dataSource = (options: TestDataSourceOptions = {}) =>
          new DataSource({ ...options, type: 'postgres', url, poolSize: 1 });
        const opened = openRunner({ dataSource }, project, {}, { entities: [...entities] as never[] });
        await opened.dataSource.initialize();
        try {
          await opened.runner.upgrade();
          const late = slowly(opened.dataSource);
          await call({ ...opened, directory: project.directory });
          expect(late.count).toBeGreaterThan(known.includes('idle_session_timeout') ? 0 : -1);
          const expected = known.map(name => ({ name, setting: String(LIMIT), source: 'user' }));
          expect(await opened.dataSource.query(settings, [known])).toEqual(expected);
        } finally {
          await opened.dataSource.destroy();
        }
      })(database);
    })(),
  );

  const commands = [
    ['check'],
    ['current', '--check-heads'],
    ['history', '-r', 'base:current'],
    ['upgrade', '--dry-run'],
    ['downgrade', 'base', '--dry-run'],
    ['revision', '--autogenerate', '-m', 'second', '--dry-run'],
    ['adopt', '--baseline', '--dry-run'],
    ['adopt', '--stamp'],
  ];
  test.each(shareOfToday(commands.map(argv => [argv.join(' '), argv] as const)))('%s', (_, argv) =>
    onDatabase(async (database, project) => {
      await asHurriedRole(async (_database, url) => {
        const config = `import { DataSource, EntitySchema } from 'typeorm';
          ${slowly.toString()}
          const entities = [new EntitySchema({ name: 'A', tableName: 'a1', columns: { id: { type: Number, primary: true }, b: { type: Number, default: 0 } }, checks: [{ name: 'few', expression: 'b > 0' }] })];
          const dataSource = new DataSource({ type: 'postgres', url: '${url}', entities });
          slowly(dataSource);
          export default dataSource;`;
        const revision = `export const revision = 'a1'; export const downRevision = null; export const replaces = ['Old1700000000000'];
          export async function upgrade(op) { await op.execute('CREATE TABLE a1 (id int)'); }
          export async function downgrade(op) { await op.execute('DROP TABLE a1'); }`;
        const isBaseline = argv.includes('--baseline');
        const files = { 'ormconfig.mjs': config, ...(!isBaseline && { 'migrations/a1.mjs': revision }) };
        await withCommands({ 'migrations/.keep': '', ...files }, async ({ run }) => {
          if (!isBaseline && !argv.includes('adopt')) expect((await run('upgrade')).exitCode).toBe(0);
          if (argv.includes('adopt'))
            await database.query(
              `CREATE TABLE a1 (id int PRIMARY KEY); CREATE TABLE migrations (id serial PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL);
               INSERT INTO migrations (timestamp, name) VALUES (1700000000000, 'Old1700000000000')`,
            );
          const { exitCode, stderr } = await run(...argv);
          expect(stderr).not.toMatch(/lost|terminat/i);
          expect({ exitCode, stderr }).toMatchObject({ exitCode: argv[0] === 'check' ? 2 : 0 });
        });
      })(database);
      void project;
    })(),
  );
});
