import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createRunner } from '../../src/runner/create-runner.ts';
import type { Operations } from '../../src/operations/operations.ts';
import { rejection } from '../runner/project.ts';
import { withDatabase, withPglite } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

type End = () => Promise<unknown>;

const upgrade = (dataSource: DataSource, transactional: boolean, revise: (op: Operations) => Promise<unknown>) => {
  const own = async (op: Operations) => void (await revise(op));
  const first = async (op: Operations) => op.execute('CREATE TABLE made ()');
  const revisions = [
    { revision: 'a1', downRevision: null, upgrade: first, downgrade: async () => {} },
    { revision: 'b1', downRevision: 'a1', transactional, upgrade: own, downgrade: async () => {} },
  ];
  return createRunner(dataSource, { revisions }, { logger: { info() {}, warn() {} } }).upgrade();
};

/** When it ends, and what the run says then. */
const moments: Readonly<Record<string, (op: Operations, end: End) => Promise<unknown>>> = {
  'between two statements': async (op, end) => {
    await op.execute('SELECT 1');
    void end();
    await setTimeout(100);
    await op.execute('SELECT 2');
  },
  'in a statement': async (op, end) => {
    const asked = op.execute('SELECT pg_sleep(0.3)');
    await setTimeout(50);
    void end();
    await asked;
    await op.execute('SELECT 2');
  },
  'after its last statement': async (op, end) => {
    await op.execute('SELECT 1');
    void end();
    await setTimeout(100);
  },
};

async function endsInASentence(open: (work: (dataSource: DataSource, end: End) => Promise<void>) => Promise<void>) {
  for (const transactional of [true, false]) {
    for (const [moment, ending] of shareOfToday(Object.entries(moments))) {
      await open(async (dataSource, end) => {
        const closed: Promise<unknown>[] = [];
        const once: End = async () => void closed.push(end());
        const error = await rejection(upgrade(dataSource, transactional, op => ending(op, once)));
        expect({ moment, transactional, name: error.name }).toEqual({
          moment,
          transactional,
          name: 'ConnectionLostError',
        });
        expect(error.message).toMatch(
          /was lost during the upgrade of b1 \((the PGlite database was closed|its query runner was released|Connection terminated)/,
        );
        expect(error.message).not.toMatch(/undefined|Cannot read/);
        await Promise.all(closed);
      });
    }
  }
}

test('a PGlite that its owner closes ends a run in a sentence', () =>
  endsInASentence(work => withPglite(database => work(database.dataSource(), () => database.pglite.close()))));

test('a PGlite that is closed already is told of', () =>
  withPglite(async database => {
    const dataSource = database.dataSource();
    await database.pglite.close();
    const error = await rejection(upgrade(dataSource, true, async () => {}));
    expect(error).toMatchObject({ name: 'ConnectionError' });
    expect(error.message).toMatch(/the PGlite database is closed\): give `pgliteDriver` one that is open/);
  }));

test.each(shareOfToday(['PostgreSQL', 'PGlite']))(
  'a DataSource on %s that is destroyed ends a run in a sentence',
  kind =>
    endsInASentence(work =>
      (kind === 'PGlite' ? withPglite : withDatabase)(async (database: { dataSource(): DataSource }) => {
        const dataSource = await database.dataSource().initialize();
        await work(dataSource, () => dataSource.destroy());
      }),
    ),
);
