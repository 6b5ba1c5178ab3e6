import { describe, expect, test } from '@jest/globals';
import { introspect } from '../../src/database/introspect.ts';
import { pinnedSettings, withPinnedSettings } from '../../src/database/settings.ts';
import { withConnection } from '../../src/database/with-connection.ts';
import { withDatabase } from '../support/index.ts';

/** Settings that change what the catalog prints, or how SQL is read, as a role or a database may have them. */
const hostile = `
  SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET TimeZone = 'Asia/Jakarta';
  SET extra_float_digits = -10; SET bytea_output = 'escape'; SET quote_all_identifiers = on;
  SET standard_conforming_strings = off; SET search_path = elsewhere, public, pg_catalog`;

const tables = `
  CREATE SCHEMA elsewhere;
  CREATE TYPE elsewhere.state AS ENUM ('a');
  CREATE TABLE public.parcel (
    "order" int, day date DEFAULT '2020-02-01', at timestamptz DEFAULT '2020-02-01 10:00+02',
    lasts interval DEFAULT '1 day 2 hours', weight float8 DEFAULT 0.1, bytes bytea DEFAULT '\\x00ff',
    path text DEFAULT E'a\\\\b', state elsewhere.state, CHECK (day > '2020-02-01')
  );
  CREATE VIEW public.orders AS SELECT "order", day FROM public.parcel WHERE day > '2020-02-01'`;

describe('settings for reading', () => {
  test('are restored, in a transaction and outside of one, also after an error', () =>
    withDatabase(database =>
      withConnection(database.dataSource(), async connection => {
        const settings = () =>
          connection.query("SELECT name, setting FROM pg_settings WHERE name !~ '^transaction' ORDER BY name");
        await connection.query(hostile);
        const outside = await settings();
        await withPinnedSettings(connection, pinnedSettings, async () => {
          expect((await connection.query('SHOW "DateStyle"'))[0]).toEqual({ DateStyle: 'ISO, MDY' });
        });
        expect(await settings()).toEqual(outside);
        const fail = async () => Promise.reject(new Error('failed'));
        await expect(withPinnedSettings(connection, pinnedSettings, fail)).rejects.toThrow('failed');
        expect(await settings()).toEqual(outside);

        await connection.query("BEGIN; SET LOCAL DateStyle = 'Postgres'");
        const inside = await settings();
        await withPinnedSettings(connection, pinnedSettings, () =>
          withPinnedSettings(connection, pinnedSettings, settings),
        );
        expect(await settings()).toEqual(inside);
        await expect(withPinnedSettings(connection, pinnedSettings, fail)).rejects.toThrow('failed');
        expect(await settings()).toEqual(inside);
        await connection.query('COMMIT');
        expect(await settings()).toEqual(outside);
      }),
    ));

  test('make the catalog read the same in every session', () =>
    withDatabase(database =>
      withConnection(database.dataSource(), async connection => {
        await connection.query(tables);
        const options = { schemas: ['public', 'elsewhere'], defaultSchema: 'public' };
        const plain = await introspect(connection, options);
        await connection.query(hostile);
        expect(await introspect(connection, options)).toEqual(plain);
        expect(plain.tables.get('parcel')?.columns.map(column => [column.name, column.default ?? column.type])).toEqual(
          [
            ['order', 'integer'],
            ['day', "'2020-02-01'::date"],
            ['at', "'2020-02-01 08:00:00+00'::timestamp with time zone"],
            ['lasts', "'1 day 02:00:00'::interval"],
            ['weight', '0.1'],
            ['bytes', "'\\x00ff'::bytea"],
            ['path', "'a\\b'::text"],
            ['state', 'elsewhere.state'],
          ],
        );
      }),
    ));

  test('hold on one session where a DataSource or its manager is given', () =>
    withDatabase(async database => {
      const dataSource = await database.dataSource({ poolSize: 2 }).initialize();
      await dataSource.query('CREATE TABLE t (id int)');
      for (const connection of [dataSource, dataSource.manager]) {
        expect([...(await introspect(connection)).tables.keys()]).toEqual(['t']);
      }
    }));
});
