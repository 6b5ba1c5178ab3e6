import { expect, test } from '@jest/globals';
import { onDatabase, openRunner, rejection, table } from './project.ts';

test(
  'a revision that was interrupted on one branch is in the way of that branch only',
  onDatabase(async (database, project) => {
    const b1 = {
      id: 'b1',
      down: null,
      transactional: false,
      upgrade: "await op.execute('SELECT 1'); throw new Error();",
    } as const;
    await project.write({ ...table('a1'), down: null, labels: ['one'] }, { ...b1, labels: ['two'] });
    const { runner } = openRunner(database, project);
    await rejection(runner.upgrade('b1'));
    for (const target of ['a1', 'a1', 'one@head', 'one@heads'])
      expect((await runner.upgrade(target)).heads).toEqual(['a1']);
    expect(await runner.plan('one@head')).toEqual([]);
    for (const target of ['b1', 'two@head', 'heads'])
      expect((await rejection(runner.upgrade(target))).name).toBe('RevisionFailedError');
    expect((await runner.status()).unfinished).toMatchObject([{ revision: 'b1' }]);
  }),
);

test(
  'a branch whose label begins with current is listed without a database',
  onDatabase(async (database, project) => {
    await project.write({ ...table('a1'), labels: ['current-events'] });
    const { runner, queries } = openRunner(database, project);
    expect((await runner.history('current-events@base:current-events@head')).map(({ revision }) => revision)).toEqual([
      'a1',
    ]);
    expect(queries).toEqual([]);
  }),
);
