import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { onDatabase, openRunner, type TestRevision } from './project.ts';
import { runScript } from './scripting.ts';

const inserting = (id: string, text: string, header: Partial<TestRevision> = {}): TestRevision => ({
  id,
  down: 'a1',
  upgrade: `await op.execute("INSERT INTO trace VALUES ('${text}')");`,
  ...header,
});

test.each([
  ['a revision', {}, false],
  ['a non-transactional revision', { transactional: false }, false],
  ['a revision in a script', {}, true],
] as const)('%s whose file was edited after it was loaded is logged as what ran', (_, header, isScript) =>
  onDatabase(async (database, project) => {
    await project.write({ id: 'a1', upgrade: "await op.execute('CREATE TABLE trace (text text)');" });
    await project.write(inserting('b1', 'old', header));
    const { runner, said } = openRunner(database, project);
    await runner.upgrade('a1');
    await runner.plan();
    const path = join(project.directory, 'b1.mjs');
    const old = await readFile(path, 'utf8');
    await project.write(inserting('b1', 'new', header));
    said.length = 0;
    const stale = `Warning: The file of b1 was changed after this process had loaded it, and is taken as it was then: start the process again (${path})`;
    if (isScript) await runScript(database, await runner.sql('upgrade', 'a1:b1'));
    else await runner.upgrade();
    expect(said).toContain(stale);
    expect(await database.query('SELECT text FROM trace')).toEqual([{ text: 'old' }]);
    const checksum = `js:${createHash('sha256').update(old).digest('hex')}`;
    expect(await database.query("SELECT checksum FROM alembic_version_log WHERE revision = 'b1'")).toEqual([
      { checksum },
    ]);
    expect(await runner.changedSince()).toMatchObject([{ revision: 'b1', applied: checksum }]);
    await project.write(inserting('b1', 'old', header));
    expect(await runner.changedSince()).toEqual([]);
  })(),
);
