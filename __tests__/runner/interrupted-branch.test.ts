import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  'a revision whose header says other things when it runs is refused before it runs',
  onDatabase(async (database, project) => {
    await mkdir(join(project.directory, '_shared'));
    await writeFile(join(project.directory, '_shared/header.mjs'), "export const dependsOn = ['z9'];");
    await project.write(table('z9'));
    await writeFile(
      join(project.directory, 'a1.mjs'),
      `export const revision = 'a1'; export const downRevision = null;
       export { dependsOn } from './_shared/header.mjs';
       export async function upgrade(op) { await op.execute('CREATE TABLE a1 (id int)'); }
       export async function downgrade() {}`,
    );
    const { runner } = openRunner(database, project);
    expect(await rejection(runner.upgrade('a1'))).toMatchObject({
      name: 'MalformedRevisionFileError',
      message: expect.stringContaining('says that its dependsOn is ["z9"] when it runs, and [] when it is read'),
    });
    expect(await database.query(`SELECT to_regclass('a1') AS made`)).toEqual([{ made: null }]);
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
