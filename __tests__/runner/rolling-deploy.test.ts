import { describe, expect, test } from '@jest/globals';
import type { TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, type TestProject, type TestRevision, table, withProject } from './project.ts';

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
