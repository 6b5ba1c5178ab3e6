import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { assertServerNamed, UnnamedServerError } from '../../src/database/unnamed-server.ts';
import { createRunner } from '../../src/index.ts';

const options = (more: object): DataSourceOptions => ({ type: 'postgres', ...more }) as DataSourceOptions;

const noDatabase = 'neither it nor PGDATABASE names the database';
const noDatabaseInUrl = 'its `url` names no database (`postgres://host/database`), and neither does PGDATABASE';

describe('a DataSource that says where the database is', () => {
  test.each<[object, NodeJS.ProcessEnv?]>([
    [{ url: 'postgres://db/app' }],
    [{ url: undefined, host: 'db', database: 'app' }],
    [{ host: undefined, database: 'app' }],
    [{ username: 'app', database: 'app' }],
    [{ replication: { master: { url: 'postgres://db/app' }, slaves: [] } }],
    [{ extra: { host: '/run/postgresql', database: 'app' } }],
    [{ url: '/run/postgresql app' }],
    [{ url: 'socket:/run/postgresql?db=app' }],
    [{ url: 'postgres://me@/app?host=/run/postgresql' }],
    [{ url: 'postgres://me:p@[bad/app' }],
    [{ url: 'postgres://db' }, { PGDATABASE: 'app' }],
    [{ url: undefined, extra: { connectionString: 'postgres://db/app' } }],
    [{ driver: { Pool: class {} } }],
    [{ url: undefined }, { PGHOST: 'db', PGDATABASE: 'app' }],
    [{ url: undefined, database: 'app' }, { PGHOST: 'db' }],
    [{}, { PGDATABASE: 'app' }],
  ])('%j', (more, environment = {}) => {
    expect(() => assertServerNamed({ options: options(more) }, environment)).not.toThrow();
  });
});

describe('a DataSource that does not', () => {
  test.each<[object, string, NodeJS.ProcessEnv?]>([
    [{ url: undefined }, 'its `url` is undefined'],
    [{ url: '' }, 'its `url` is empty'],
    [{ url: undefined, database: 'app' }, 'its `url` is undefined'],
    [{ url: undefined, driver: pg }, 'its `url` is undefined'],
    [{ url: undefined }, 'its `url` is undefined', { PGHOST: '', PGUSER: 'app' }],
    [{}, 'it has neither `url` nor `host`'],
    [{ url: 'localhost:5432/app' }, 'the url has no postgres://'],
    [{ url: 'me:word@db/app' }, 'the url has no postgres://'],
    [{ url: 'db/app' }, 'the url has no postgres://'],
    [{ url: undefined }, noDatabase, { PGHOST: 'db', PGPORT: '5432', PGUSER: 'app' }],
    [{ host: 'db', username: 'app' }, noDatabase],
    [{ username: 'app' }, noDatabase],
    [{ extra: { host: '/run/postgresql' } }, noDatabase],
    [{ replication: { master: { host: 'db' }, slaves: [] } }, noDatabase],
    [{ url: 'postgres://app@db', database: 'beside' }, noDatabaseInUrl],
    [{ url: 'socket:/run/postgresql' }, noDatabaseInUrl],
  ])('%#', (more, found, environment = {}) => {
    expect(() => assertServerNamed({ options: options(more) }, environment)).toThrow(new UnnamedServerError(found));
  });

  test('is not connected to this machine', async () => {
    const dataSource = new DataSource(options({ url: undefined, entities: [] }));
    await expect(
      createRunner(dataSource, { allowNoRevisions: true, versionLocations: ['/'] }).current(),
    ).rejects.toThrow(/does not say where the database is: its `url` is undefined; set the environment variable/);
  });
});
