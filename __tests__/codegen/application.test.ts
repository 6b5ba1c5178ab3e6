import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRunner, silent } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entities } from '../../entities/index.ts';
import { catalogFingerprint, withDatabase } from '../support/index.ts';

describe('the customer-support application', () => {
  test('is generated, applied, checked, and leaves no trace when it goes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'application-'));
    await withDatabase(async database => {
      const dataSource = database.dataSource({ entities: [...entities] });
      const runner = createRunner(dataSource, {}, { directory, logger: silent });
      await runner.ensureVersionTable();
      const before = await catalogFingerprint(database);
      const script = await autogenerate(dataSource, {
        message: 'create the support system',
        revision: '0001',
        directory,
        logger: silent,
      });
      const source = renderRevision({ ...script!, createDate: '2026-11-22T10:00:00.000Z' }, 'esm');
      expect(source).toMatchSnapshot();
      await mkdir(join(directory, 'migrations'));
      await writeFile(join(directory, 'migrations', '0001.mjs'), source);

      await runner.upgrade();
      expect(await runner.check()).toEqual({ operations: [], isEmpty: true });
      const after = await catalogFingerprint(database);
      await runner.downgrade('base');
      expect(await catalogFingerprint(database)).toBe(before);
      await runner.upgrade();
      expect(await catalogFingerprint(database)).toBe(after);
    });
    await rm(directory, { recursive: true, force: true });
  });
});
