import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConnectionError } from '../../src/database/connection-error.ts';
import { connectionTargetOf } from '../../src/database/connection-target.ts';

const require = createRequire(import.meta.url);

interface Driver {
  readonly options: DataSourceOptions;
  postgres: unknown;
  createPool(options: DataSourceOptions, credentials: DataSourceOptions): Promise<unknown>;
}

/** What node-postgres itself makes of the pool's options that TypeORM gives it. */
async function takenByTheDriver(options: DataSourceOptions) {
  const driver = new DataSource(options).driver as unknown as Driver;
  const Parameters = require('pg/lib/connection-parameters');
  let taken: any;
  driver.postgres = {
    Pool: class {
      constructor(given: unknown) {
        taken = new Parameters(given);
      }
      on() {}
      connect(done: (error: Error) => void) {
        done(new Error('not tried'));
      }
    },
  };
  const { replication } = options as { replication?: { master: DataSourceOptions } };
  const { DriverUtils } = require('typeorm/driver/DriverUtils');
  await driver.createPool(options, replication?.master ?? DriverUtils.buildDriverOptions(options)).catch(() => {});
  const { host, port, user, database } = taken;
  return { host, port, user, database: database ?? user };
}

const places: readonly object[] = [
  {},
  { host: 'own', port: 6000, username: 'me', database: 'app' },
  { database: 'app' },
  { username: 'me' },
  { url: 'postgres://me:word@db:6000/app' },
  { url: 'postgres://db/app', host: 'beside', username: 'beside', port: 1, database: 'beside' },
  { url: 'postgres://me%40x@db/a%20b' },
  { url: 'postgres://me@/app?host=/run/postgresql&port=6001' },
  { url: 'postgres://[::1]:6000/app' },
  { url: 'socket:/run/postgresql?db=app' },
  { url: '/run/postgresql app' },
  { url: 'postgres://db/app', extra: { host: 'extra', port: 7000, user: 'extra', database: 'extra' } },
  { host: 'own', extra: { host: 'extra', database: 'extra', user: 'extra' } },
  { extra: { connectionString: 'postgres://me@db/app' } },
  { replication: { master: { host: 'main', database: 'app', username: 'me' }, slaves: [] } },
  { replication: { master: { url: 'postgres://me@main/app' }, slaves: [] } },
];
const environments: readonly Record<string, string>[] = [
  {},
  { PGHOST: '10.0.0.1', PGPORT: '7777', PGUSER: 'env', PGDATABASE: 'of_env' },
  { PGUSER: 'env' },
];

test.each(places.flatMap(place => environments.map(environment => [place, environment] as const)))(
  'the target is what node-postgres takes: %j with %j',
  async (place, environment) => {
    const options = { type: 'postgres', ...place } as DataSourceOptions;
    const before = { ...process.env };
    for (const name of ['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE']) delete process.env[name];
    Object.assign(process.env, { USER: 'somebody' }, environment);
    try {
      const defaults = require('pg/lib/defaults');
      defaults.user = 'somebody';
      expect(connectionTargetOf(options)).toEqual(await takenByTheDriver(options));
      expect(new ConnectionError(options, new Error('refused')).target).toEqual(connectionTargetOf(options));
    } finally {
      process.env = before;
    }
  },
);
