import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { TestDatabase } from '../support/index.ts';
import {
  onDatabase,
  openRunner,
  rejection,
  type TestProject,
  type TestRevision,
  table,
  withProject,
} from './project.ts';

/** Two versions of an application: the newer one has what the older one has, and more. */
interface Images {
  readonly older: TestProject;
  readonly newer: TestProject;
}

const older = [table('a1'), { ...table('b1'), transactional: false as const }];
const newer: readonly TestRevision[] = [...older, table('c1'), { ...table('d1'), transactional: false }, table('e1')];

const onImages = (work: (database: TestDatabase, images: Images) => Promise<void>) =>
  onDatabase((database, project) =>
    withProject(async other => {
      await project.write(...older);
      await other.write(...newer);
      await work(database, { older: project, newer: other });
    }),
  );

/** An instance that starts: it upgrades, and then asks whether it may serve. */
async function start(database: TestDatabase, image: TestProject) {
  const { runner } = openRunner(database, image);
  const { steps } = await runner.upgrade();
  const { isAtHeads, isAhead } = await runner.status();
  return { steps: steps.map(({ revision }) => revision), serves: isAtHeads || isAhead };
}

const tables = async (database: TestDatabase): Promise<readonly string[]> =>
  (
    await database.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relname ~ '^[a-e]1$' AND relkind = 'r' ORDER BY 1",
    )
  ).map(({ name }) => name);

const all = ['a1', 'b1', 'c1', 'd1', 'e1'];

describe('in a rolling deployment', () => {
  test.each([
    ['the older first', ['older', 'newer']],
    ['the newer first', ['newer', 'older']],
    ['a restart of the older one in between', ['older', 'newer', 'older', 'newer']],
  ] as const)('every instance serves: %s', (_, order) =>
    onImages(async (database, images) => {
      const taken: string[] = [];
      for (const image of order) {
        const { steps, serves } = await start(database, images[image]);
        expect(serves).toBe(true);
        taken.push(...steps);
      }
      expect(taken).toEqual(all);
      expect(await tables(database)).toEqual(all);
    })(),
  );

  test.each([1, 2, 3])('instances of both versions start at the same moment (%s)', () =>
    onImages(async (database, images) => {
      const order = ['older', 'newer', 'older', 'newer', 'older'] as const;
      const started = await Promise.all(order.map(image => start(database, images[image])));
      expect(started.every(({ serves }) => serves)).toBe(true);
      expect(started.flatMap(({ steps }) => steps).sort()).toEqual(all);
      expect(await tables(database)).toEqual(all);
    })(),
  );

  test(
    'a rollback serves, with or without a downgrade before it, and the next deployment runs nothing twice',
    onImages(async (database, images) => {
      await start(database, images.newer);
      expect(await start(database, images.older)).toEqual({ steps: [], serves: true });
      expect(await start(database, images.newer)).toEqual({ steps: [], serves: true });
      await openRunner(database, images.newer).runner.downgrade('b1');
      expect(await start(database, images.older)).toEqual({ steps: [], serves: true });
      expect(await start(database, images.newer)).toEqual({ steps: ['c1', 'd1', 'e1'], serves: true });
    }),
  );
});

test(
  'an older one that starts while a newer one is between two branches waits for it, and serves',
  onDatabase((database, project) =>
    withProject(async other => {
      const a2 = { ...table('a2'), down: 'a1' };
      await project.write(table('a1'), a2);
      const slow = {
        ...a2,
        upgrade: "await op.execute('CREATE TABLE a2 (id int)'); await op.execute('SELECT pg_sleep(1)');",
      };
      await other.write(table('a1'), { ...table('b2'), down: 'a1' }, slow, { ...table('c3'), down: ['a2', 'b2'] });
      await openRunner(database, project).runner.upgrade('a1');
      const newer = openRunner(database, other).runner;
      const upgraded = newer.upgrade();
      while ((await newer.current())[0] === 'a1') await setTimeout(20);
      expect(await openRunner(database, project).runner.upgrade()).toMatchObject({ steps: [], isAhead: true });
      await upgraded;
    }),
  ),
);

test(
  'an older one whose role may not read the log is told so',
  onDatabase((database, project) =>
    withProject(async other => {
      const role = `${database.name}_reader`;
      await project.write(table('a1'));
      await other.write(table('a1'), table('b1'));
      await openRunner(database, other).runner.upgrade();
      await database.query(`CREATE ROLE "${role}"; GRANT SELECT ON alembic_version TO "${role}"`);
      const { runner } = openRunner(database, project, {}, { extra: { options: `-c role=${role}` } });
      for (const method of ['upgrade', 'status', 'current'] as const)
        expect(await rejection(runner[method]())).toMatchObject({
          name: 'AccessDeniedError',
          table: 'alembic_version_log',
        });
      await database.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
    }),
  ),
);
