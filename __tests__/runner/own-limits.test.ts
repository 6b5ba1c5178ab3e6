import { describe, expect, test } from '@jest/globals';
import { onDatabase, openRunner, rejection } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const kinds = [{ transactional: undefined }, { transactional: false }] as const;
const kindOf = (transactional: false | undefined) => (transactional === false ? { transactional } : {});

/** Throws unless the limits are these, as the server tells them. */
const expecting = (lockTimeout: string, statementTimeout: string) =>
  `{ const [found] = await op.query("SELECT current_setting('lock_timeout') || ' ' || current_setting('statement_timeout') AS limits");
     if (found.limits !== '${lockTimeout} ${statementTimeout}') throw new Error('found ' + found.limits); }`;

const building = "await op.createIndex({ name: 'it_c', table: 'it', columns: ['c'], concurrently: true });";

describe('a limit that a revision sets itself', () => {
  test.each(
    shareOfToday(
      kinds.flatMap(kind =>
        ["SET statement_timeout = '200ms'", "SELECT set_config('statement_timeout', '200ms', false)"].flatMap(setting =>
          ['execute', 'query'].map(method => ({ ...kind, setting, method })),
        ),
      ),
    ),
  )('ends its statements: $setting, op.$method (transactional: $transactional)', ({ transactional, setting, method }) =>
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        ...kindOf(transactional),
        upgrade: `await op.execute(${JSON.stringify(setting)}); await op.${method}('SELECT pg_sleep(3)');`,
      });
      expect(await rejection(openRunner(database, project).runner.upgrade())).toMatchObject({
        cause: { code: '57014' },
        statement: 'SELECT pg_sleep(3)',
      });
    })(),
  );

  test(
    'ends the building of an index, too',
    onDatabase(async (database, project) => {
      await database.query(
        `CREATE FUNCTION slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_catalog.pg_sleep(3); RETURN $1; END';
         CREATE TABLE it (c int); INSERT INTO it VALUES (1)`,
      );
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute("SET statement_timeout = '300ms'"); await op.execute('CREATE INDEX CONCURRENTLY ON it (slow(c))');`,
      });
      expect(await rejection(openRunner(database, project).runner.upgrade())).toMatchObject({
        cause: { code: '57014' },
      });
    }),
  );

  test.each(shareOfToday(kinds))(
    'lasts until its end, and no longer (transactional: $transactional)',
    ({ transactional }) =>
      onDatabase(async (database, project) => {
        await database.query('CREATE TABLE it (c int)');
        const isSet = `await op.execute("SET lock_timeout = '77ms'; SET statement_timeout = 60000");`;
        await project.write(
          {
            id: 'a1',
            ...kindOf(transactional),
            upgrade: `${expecting('1s', '0')} ${isSet} ${expecting('77ms', '1min')} ${transactional === false ? building : ''} ${expecting('77ms', '1min')}
            await op.execute('RESET lock_timeout'); ${transactional === false ? expecting('1s', '1min') : ''}`,
          },
          { id: 'a2', ...kindOf(transactional), upgrade: expecting('1s', '0') },
          { id: 'a3', upgrade: expecting('1s', '0') },
        );
        const { runner, dataSource } = openRunner(database, project, {}, { extra: { max: 1 } });
        await dataSource.initialize();
        await dataSource.query("SET lock_timeout = '5min'; SET statement_timeout = '6min'");
        expect((await runner.upgrade('a2')).heads).toEqual(['a2']);
        expect((await runner.upgrade()).heads).toEqual(['a3']);
        expect(await dataSource.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '5min' }]);
        expect(await dataSource.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '6min' }]);
      })(),
  );

  test.each(
    shareOfToday([
      ['await op.execute("SET lock_timeout = \'77ms\'");', '77ms'],
      ["await op.execute('SET LOCAL lock_timeout = 5');", '1s'],
      ["await op.query(\"SELECT set_config('lock_timeout', '77ms', false)\");", '77ms'],
      ["await op.execute('CREATE TABLE it (); SET SESSION lock_timeout TO 77');", '77ms'],
      ["await op.execute(\"SET lock_timeout = '77ms'\"); await op.execute('RESET lock_timeout');", '1s'],
      ["await op.execute(\"SET lock_timeout = '77ms'\"); await op.execute('RESET ALL');", '1s'],
    ]),
  )('counts when an interrupted revision is taken up again: %s', (setting, limit) =>
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `${setting} await op.execute('CREATE TABLE more ()');
          if (op.context.x.fail) throw new Error('told to'); ${expecting(limit, '0')}`,
      });
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade('heads', { x: { fail: 'here' } }));
      expect((await runner.upgrade()).heads).toEqual(['a1']);
    })(),
  );
});
