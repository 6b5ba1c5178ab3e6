import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lockKeyOf, withAdvisoryLock } from '../../src/database/advisory-lock.ts';
import { pauseBefore } from '../../src/database/clock.ts';
import type { Connection } from '../../src/database/connection.ts';
import { withConnection } from '../../src/database/with-connection.ts';
import { queryableOf, withDatabase } from '../support/index.ts';

const key = lockKeyOf('public', 'alembic_version');

describe('the advisory lock', () => {
  test('is polled at growing intervals until the time is up, in no transaction', () =>
    withDatabase(async database => {
      const holder = await database.client();
      await holder.query(`SELECT pg_advisory_lock(${key.classId}, ${key.objectId})`);
      let now = 0;
      const pauses: number[] = [];
      const states: string[] = [];
      const words: number[] = [];
      const clock = {
        now: () => now,
        random: () => 1,
        async sleep(milliseconds: number) {
          pauses.push(milliseconds);
          now += milliseconds;
          const [row] = await database.query("SELECT state FROM pg_stat_activity WHERE application_name = 'waiter'");
          states.push(row.state);
        },
      };
      const waiting = withConnection(database.dataSource({ applicationName: 'waiter' }), connection =>
        withAdvisoryLock(connection, key, { wait: 90_000, clock, onWait: () => words.push(now) }, async () => {}),
      );
      await expect(waiting).rejects.toMatchObject({ name: 'LockNotAcquiredError', waitedMilliseconds: 90_000 });
      expect(pauses.slice(0, 7)).toEqual([50, 100, 200, 400, 800, 1600, 2000]);
      expect(new Set(states)).toEqual(new Set(['idle']));
      expect(words.map(word => Math.round(word / 1000))).toEqual([2, 33, 63]);
    }));

  test('is released when the work fails', () =>
    withDatabase(database =>
      withConnection(database.dataSource(), async connection => {
        const clock = { now: () => 0, random: () => 0, sleep: async () => {} };
        const work = withAdvisoryLock(connection, key, { wait: 1, clock }, async () => {
          throw new Error('failed');
        });
        await expect(work).rejects.toThrow('failed');
        expect(
          await database.query(
            "SELECT count(*)::int AS locks FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND datname = current_database() WHERE locktype = 'advisory'",
          ),
        ).toEqual([{ locks: 0 }]);
      }),
    ));

  const atOnce = { now: () => 0, random: () => 0, sleep: async () => {} };
  const take = (connection: Connection, work: () => Promise<void>) =>
    withAdvisoryLock(connection, key, { wait: 1, clock: atOnce }, work);

  test('is not granted twice to two clients that share a session', () =>
    withDatabase(async database => {
      const shared = queryableOf(await database.client());
      const inside: string[] = [];
      await take(shared, async () => {
        const second = take(shared, async () => void inside.push('second'));
        await expect(second).rejects.toMatchObject({ name: 'SharedSessionError' });
        inside.push('first');
      });
      expect(inside).toEqual(['first']);
    }));

  test('does not stay in a session that a pooler gave to somebody else', () =>
    withDatabase(async database => {
      const sessions = [queryableOf(await database.client()), queryableOf(await database.client())];
      let own = sessions[0]!;
      const pooled: Connection = { query: (sql, parameters) => own.query(sql, parameters) };
      await take(pooled, async () => void (own = sessions[1]!));
      await take(sessions[1]!, async () => {});
      expect(
        await sessions[1]!.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"),
      ).toEqual([]);
    }));

  test('has two numbers of four bytes, its own for each table', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (schema, table) => {
        const { classId, objectId } = lockKeyOf(schema, table);
        expect([classId | 0, objectId | 0]).toEqual([classId, objectId]);
      }),
    );
    expect(lockKeyOf('a', 'b.c')).not.toEqual(lockKeyOf('a.b', 'c'));
  });

  test('is asked for at intervals between half a pause and a whole one', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
        const pause = pauseBefore(attempt, random);
        expect(pause).toBeGreaterThanOrEqual(25);
        expect(pause).toBeLessThanOrEqual(2_000);
      }),
    );
  });
});
