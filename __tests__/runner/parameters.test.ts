import { describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createRunner, OperationArgumentError, type Operations, RevisionFailedError, silent } from '../../src/index.ts';
import { withDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const texts = [
  'SELECT 1',
  'SELECT $1::text',
  'SELECT $1::text, $2::text',
  'SELECT $2::text, $1::text, $1::text',
  `SELECT '$1'`,
  'SELECT 1 AS "$1"',
  '-- $1\nSELECT 1',
  'SELECT $$ $1 $$',
  'SELECT $1::text -- $2',
  'CREATE FUNCTION pg_temp.plus(int) RETURNS int LANGUAGE sql RETURN $1 + 1',
  'PREPARE answer(int) AS SELECT $1',
];

type List = readonly unknown[] | undefined;

const lists: readonly List[] = [undefined, [], ['a'], ['a', 'b'], ['a', 'b', 'c']];

async function isAcceptedByServer(dataSource: DataSource, text: string, list: List): Promise<boolean> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    await queryRunner.query(text, list && [...list]);
    return true;
  } catch {
    return false;
  } finally {
    await queryRunner.query('DISCARD ALL');
    await queryRunner.release();
  }
}

type Revise = (op: Operations) => Promise<unknown>;

/** What each way of running a revision makes of it: `fine`, or the error's class. */
async function outcomes(dataSource: DataSource, revise: Revise): Promise<Readonly<Record<string, string>>> {
  const upgrade = async (op: Operations) => void (await revise(op));
  const revisions = [{ revision: 'aa11', downRevision: null, upgrade, downgrade: async () => {} }];
  const runner = createRunner(dataSource, { revisions }, { logger: silent });
  const outcome = async (work: () => Promise<unknown>): Promise<string> =>
    work().then(
      () => 'fine',
      (error: unknown) => {
        expect(error).toBeInstanceOf(RevisionFailedError);
        expect((error as Error).message).not.toMatch(/\n|secret/);
        return ((error as Error).cause as Error).name;
      },
    );
  return {
    script: await outcome(() => runner.sql('upgrade', 'heads')),
    plan: await outcome(() => runner.plan()),
    upgrade: await outcome(async () => {
      await runner.upgrade();
      await runner.downgrade('base');
    }),
  };
}

const everywhere = (outcome: string) => ({ script: outcome, plan: outcome, upgrade: outcome });
const refused = everywhere(new OperationArgumentError('', { type: 'wrong', path: [], found: 0, expected: '' }).name);

describe('the parameters of op.execute', () => {
  test.each(shareOfToday(texts, 4))('are as many as %j has places for, as PostgreSQL counts them', text =>
    withDatabase(async database => {
      const dataSource = await database.dataSource().initialize();
      for (const list of lists) {
        const isAccepted = await isAcceptedByServer(dataSource, text, list);
        const expected = isAccepted ? everywhere('fine') : refused;
        expect([list, await outcomes(dataSource, op => op.execute(text, list))]).toEqual([list, expected]);
      }
    }),
  );

  test('are a list', () =>
    withDatabase(async database => {
      const dataSource = await database.dataSource().initialize();
      for (const given of ['secret', { secret: 1 }, { length: 1, 0: 'secret' }, null, 5, () => 1]) {
        const parameters = given as unknown as unknown[];
        expect(await outcomes(dataSource, op => op.execute('SELECT $1::text', parameters))).toEqual(refused);
        expect(await outcomes(dataSource, op => op.execute('SELECT 1', parameters))).toEqual(refused);
      }
    }));
});

const circle: Record<string, unknown> = {};
circle['again'] = circle;

const noValues = {
  'a function': () => 1,
  'a symbol': Symbol('secret'),
  'an invalid Date': new Date('x'),
  'an object in a circle': circle,
  'a large integer in an object': { a: 10n },
};

test.each(Object.entries(noValues))('%s is no value', (_, value) =>
  withDatabase(async database => {
    const dataSource = await database.dataSource().initialize();
    await dataSource.query('CREATE TABLE target (v text, l text[])');
    for (const each of [value, [value], [[value]]])
      expect(await outcomes(dataSource, op => op.execute('SELECT $1::text', [each]))).toEqual(refused);
    const insert = (row: Readonly<Record<string, unknown>>) => (op: Operations) =>
      op.bulkInsert({ table: 'target', rows: [{ v: 'fine' }, row] });
    expect(await outcomes(dataSource, insert({ v: value }))).toEqual(refused);
    if (typeof value !== 'object' || value === circle)
      expect(await outcomes(dataSource, insert({ l: [value] }))).toEqual(refused);
    expect(await dataSource.query('SELECT FROM target')).toEqual([]);
  }),
);

test('op.query refuses the same before it asks the server', () =>
  withDatabase(async database => {
    const dataSource = await database.dataSource().initialize();
    const { upgrade } = await outcomes(dataSource, op => op.query('SELECT $1::text, $2::text', ['secret']));
    expect(upgrade).toBe(refused.upgrade);
  }));
