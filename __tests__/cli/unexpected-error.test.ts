import { mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MigrationError } from '../../src/errors.ts';
import { explained } from '../../src/unexpected-error.ts';
import { testRun, withDatabase } from '../support/index.ts';

const caught = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail');
};

describe('what a file system refuses is a sentence with the path and what to do', () => {
  const folder = mkdtempSync(join(testRun().directory, 'files-'));
  const file = join(folder, 'file');
  const link = join(folder, 'link');
  writeFileSync(file, '');
  symlinkSync(join(folder, 'nowhere'), link);

  test.each([
    ['EISDIR', () => readFileSync(folder), 'a folder is where a file was expected'],
    ['ENOTDIR', () => readdirSync(file), 'a file is where a folder was expected'],
    ['ENOTDIR', () => mkdirSync(join(file, 'migrations'), { recursive: true }), 'a file is where a folder'],
    ['ENOENT', () => readFileSync(link), 'a link that leads nowhere'],
    ['ENAMETOOLONG', () => writeFileSync(join(folder, 'x'.repeat(300)), ''), 'a shorter message'],
    ['ENOSPC', () => writeFileSync('/dev/full', 'x'), 'no space is left'],
  ])('%s', (code, work, words) => {
    const error = explained(caught(work)) as MigrationError;
    expect(MigrationError.is(error)).toBe(true);
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(words);
  });
});

test('what the server refuses names the statement and what to do', async () => {
  await withDatabase(async database => {
    const dataSource = await database.dataSource().initialize();
    const refusal = async (sql: string) => explained(await dataSource.query(sql).catch((error: unknown) => error));
    expect(await refusal('SELECT version FROM alembic_version')).toMatchObject({
      name: 'StatementRefusedError',
      code: '42P01',
      message: expect.stringMatching(/^PostgreSQL refused .*"SELECT version FROM alembic_version": the version table/),
    });
    expect(await refusal('SET transaction_read_only = on; CREATE TABLE t ()')).toMatchObject({
      message: expect.stringContaining('connect to the primary'),
    });
    await dataSource.destroy();
  });
});

test('a package that is not there is named, and any other error stays what it is', () => {
  const missing = caught(() => createRequire(import.meta.url)('no-such-package'));
  expect(explained(missing)).toMatchObject({ name: 'MissingPackageError', package: 'no-such-package' });
  for (const error of [new TypeError('x'), new MigrationError('y'), 'text', undefined])
    expect(explained(error)).toBe(error);
});
