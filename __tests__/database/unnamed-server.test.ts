import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { assertServerNamed, UnnamedServerError } from '../../src/database/unnamed-server.ts';
import { createRunner } from '../../src/index.ts';

const options = (more: object): DataSourceOptions => ({ type: 'postgres', ...more }) as DataSourceOptions;

describe('a DataSource that says where the database is', () => {
  test.each<[object, NodeJS.ProcessEnv?]>([
    [{ url: 'postgres://db/app' }],
    [{ url: undefined, host: 'db' }],
    [{ host: undefined, database: 'app' }],
    [{ username: 'app' }],
    [{ replication: { master: { url: 'postgres://db/app' }, slaves: [] } }],
    [{ extra: { host: '/run/postgresql' } }],
    [{ url: undefined, extra: { connectionString: 'postgres://db/app' } }],
    [{ driver: { Pool: class {} } }],
    [{ url: undefined }, { PGHOST: 'db' }],
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
