import { setTimeout } from 'node:timers/promises';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ConnectionError } from '../../src/database/connection-error.ts';
import { withConnection } from '../../src/database/with-connection.ts';
import { readServer, supportedVersion } from '../../src/database/server.ts';
import { isConnectionLoss } from '../../src/database/server-error.ts';
import { entitiesFrom, testRun, withDatabase } from '../support/index.ts';

const rejection = async (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => undefined,
    error => error,
  );

const dataSourceAt = (change: (url: URL) => void, options: object = {}): DataSource => {
  const url = new URL(testRun().url);
  url.password = 'secret-word';
  change(url);
  return new DataSource({ type: 'postgres', url: url.href, ...options });
};

const connect = (dataSource: DataSource) => rejection(withConnection(dataSource, async () => {}));

describe('a connection that cannot be had is one sentence, without the password', () => {
  const expectations: [string, DataSource, RegExp][] = [
    [
      'nobody listens',
      dataSourceAt(url => (url.port = '1')),
      /at 127\.0\.0\.1:1 as user "postgres" .*start PostgreSQL/,
    ],
    [
      'no such database',
      dataSourceAt(url => (url.pathname = '/nowhere')),
      /database "nowhere".*does not exist; create it/,
    ],
    ['no such role', dataSourceAt(url => (url.username = 'nobody here')), /as user "nobody here".*role/],
    ['no TLS there', dataSourceAt(() => {}, { ssl: true }), /set ssl of the DataSource to false/],
    [
      'no such host',
      dataSourceAt(url => (url.hostname = 'nowhere.invalid')),
      /at nowhere\.invalid:\d+ .*correct the host/,
    ],
  ];
  test.each(expectations)('%s', async (_, dataSource, message) => {
    const error = await connect(dataSource);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^Could not connect to database "\w+" at [\w.]+:\d+ as user "[\w ]+" \(.+\): .+\.$/);
    expect(JSON.stringify([error.message, error.target])).not.toContain('secret-word');
  });

  test('somebody listens who is not PostgreSQL', async () => {
    const server = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await connect(dataSourceAt(url => (url.port = String(port))));
    server.close();
    expect(error).toBeInstanceOf(ConnectionError);
  });

  test('a malformed URL', async () => {
    const error = await connect(new DataSource({ type: 'postgres', url: 'postgres://me:secret-word@[bad/db' }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('correct the url');
    expect(error.cause).toBeUndefined();
  });

  test.each([
    ['28P01', 'password authentication failed for user "me"', 'the password is wrong'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'ssl.ca'],
    ['53300', 'sorry, too many clients already', 'max_connections'],
    [undefined, 'timeout expired', 'connectTimeoutMS'],
    ['53300', 'too many connections for role "me"', 'ALTER ROLE … CONNECTION LIMIT'],
    ['53300', 'too many connections for database "app"', 'ALTER DATABASE … CONNECTION LIMIT'],
    [undefined, 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'set the password'],
  ])('advice on %s (%s)', (code, message, advice) => {
    const options = { type: 'postgres', host: 'db', username: 'me', password: 'secret', database: 'app' } as const;
    const error = new ConnectionError(options, Object.assign(new Error(message), { code }));
    expect(error.message).toContain(`database "app" at db:5432 as user "me" (${message})`);
    expect(error.message).toContain(advice);
    expect(error.target).toEqual({ host: 'db', port: 5432, database: 'app', user: 'me' });
  });
});

test.each(['ROLE', 'DATABASE'])('the limit of a %s is told from that of the server, in any language', kind =>
  withDatabase(async database => {
    const role = `${database.name}_limited`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'a'`);
    try {
      const name = kind === 'ROLE' ? role : `"${database.name}"`;
      await database.query(`ALTER ${kind} ${name} CONNECTION LIMIT 0`);
      const error = await connect(
        dataSourceAt(url => Object.assign(url, { pathname: database.name, username: role, password: 'a' })),
      );
      expect(error).toMatchObject({ name: 'ConnectionError', code: '53300' });
      const foreign = Object.assign(error.cause as Error, { message: 'zu viele' });
      for (const { message } of [error, new ConnectionError({ type: 'postgres' }, foreign)]) {
        expect(message).toContain(`ALTER ${kind} … CONNECTION LIMIT`);
        expect(message).not.toContain('max_connections');
      }
    } finally {
      await database.query(`DROP ROLE ${role}`);
    }
  }),
);

describe('a DataSource that was never initialized', () => {
  test('is connected and nothing else, and disconnected afterwards', () =>
    withDatabase(async database => {
      const entities = entitiesFrom(
        `import { Entity, PrimaryGeneratedColumn } from 'typeorm';
@Entity() export class Thing { @PrimaryGeneratedColumn('uuid') id!: string }`,
      );
      const dataSource = database.dataSource({
        entities: [...entities],
        synchronize: true,
        migrationsRun: true,
        dropSchema: true,
      });
      await database.query('CREATE TABLE kept (id int)');
      const [row] = await withConnection(dataSource, connection =>
        connection.query(
          `SELECT to_regclass('thing') AS thing, to_regclass('kept') IS NOT NULL AS kept,
             (SELECT count(*)::int FROM pg_extension WHERE extname = 'uuid-ossp') AS extensions`,
        ),
      );
      expect(row).toEqual({ thing: null, kept: true, extensions: 0 });
      expect(dataSource.isInitialized).toBe(false);
      expect(dataSource.entityMetadatas).toEqual([]);
      const open = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
      while ((await database.query(open)).length > 0) await setTimeout(10);
    }));

  test('may be used by several at once, and initialized later', () =>
    withDatabase(async database => {
      const dataSource = database.dataSource();
      const one = () => withConnection(dataSource, connection => connection.query('SELECT 1 AS one'));
      expect(await Promise.all([one(), one(), one()])).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
      await dataSource.initialize();
      expect(await one()).toEqual([{ one: 1 }]);
      expect(dataSource.isInitialized).toBe(true);
    }));

  test('may fail, and be tried again', () =>
    withDatabase(async database => {
      const later = `${database.name}_later`;
      const url = database.url.replace(/[^/]+$/, later);
      const dataSource = new DataSource({ type: 'postgres', url });
      const errors = await Promise.all([connect(dataSource), connect(dataSource)]);
      expect(errors.map(error => error.code)).toEqual(['3D000', '3D000']);
      await database.query(`CREATE DATABASE "${later}"`);
      expect(await connect(dataSource)).toBeUndefined();
      await database.query(`DROP DATABASE "${later}"`);
    }));
});

describe('the server', () => {
  test('is PostgreSQL 12 or newer', async () => {
    await withDatabase(async database => {
      const { versionNumber, currentSchema } = await readServer(database as never);
      expect(Math.floor(versionNumber / 10_000)).toBe(testRun().serverMajor);
      expect(currentSchema).toBe('public');
    });
    expect(supportedVersion('PostgreSQL 12.0 on x86_64', 120_000)).toBe(120_000);
    expect(() => supportedVersion('PostgreSQL 11.22 on x86_64', 110_022)).toThrow(
      'Found PostgreSQL 11.22 on x86_64, but migrations need PostgreSQL 12',
    );
    expect(() => supportedVersion('CockroachDB CCL v24.1.0', 130_000)).toThrow('CockroachDB');
  });

  test('is asked for nothing where the DataSource is for another database', async () => {
    const error = await connect({ options: { type: 'mysql' } } as unknown as DataSource);
    expect(error).toMatchObject({ name: 'UnsupportedServerError', found: 'a DataSource of type mysql' });
  });

  test('that hangs up in the middle of things is one sentence too', () =>
    withDatabase(async database => {
      const dataSource = await database.dataSource().initialize();
      const hangUp = withConnection(dataSource, connection =>
        connection.query('SELECT pg_terminate_backend(pg_backend_pid())'),
      );
      expect(await rejection(hangUp)).toMatchObject({ name: 'ConnectionLostError', cause: { code: '57P01' } });
      expect(await withConnection(dataSource, connection => connection.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    }));

  test('that refuses to write is one sentence', () =>
    withDatabase(async database => {
      const dataSource = database.dataSource({ extra: { options: '-c default_transaction_read_only=on' } });
      const error = await rejection(withConnection(dataSource, connection => connection.query('CREATE TABLE t ()')));
      expect(error).toMatchObject({ name: 'ReadOnlySessionError', isStandby: false, cause: { code: '25006' } });
    }));

  test('that hangs up is told from one that refuses', () =>
    withDatabase(async database => {
      const errors = await withConnection(database.dataSource(), async connection => {
        const refusal = await rejection(connection.query('SELECT 1/0'));
        const end = await rejection(connection.query('SELECT pg_terminate_backend(pg_backend_pid())'));
        await setTimeout(20);
        return [refusal, end, await rejection(connection.query('SELECT 1'))];
      });
      expect(errors.map(isConnectionLoss)).toEqual([false, true, true]);
    }));
});
