import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRunner, silent } from 'typeorm-alembic';
import { operationNamesIn } from '../../src/objects/kinds.ts';
import { testRun, withDatabase } from '../support/index.ts';
import { blocksOn } from './pages.ts';

const examples = blocksOn('docs/revisions.md')
  .filter(({ language, text }) => language === 'ts' && /\bop\./.test(text) && !/^(import|export) /m.test(text))
  .map(({ text }) => text);

describe('docs/revisions.md', () => {
  test('has an example of every operation', () => {
    const shown = examples.flatMap(text => [...text.matchAll(/\bop\.(\w+)[<(]/g)].map(([, name]) => name!));
    expect([...new Set(shown)].sort()).toEqual(
      [...operationNamesIn(), 'backfill', 'bulkInsert', 'execute', 'query'].sort(),
    );
  });

  test('has examples that run, one after the other, and leave nothing behind', async () => {
    const directory = mkdtempSync(path.join(testRun().directory, 'operations-'));
    mkdirSync(path.join(directory, 'migrations'));
    writeFileSync(
      path.join(directory, 'migrations', 'a1.ts'),
      `export const revision = 'a1';
export const downRevision = null;
export const transactional = false;
export async function upgrade(op: any) {
${examples.join('\n')}
}
export async function downgrade() {}
`,
    );
    await withDatabase(async database => {
      const runner = createRunner(database.dataSource(), {}, { directory, logger: silent });
      expect(await runner.upgrade()).toMatchObject({ heads: ['a1'] });
      const left = await database.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
      );
      expect(left.map(({ relname }) => relname).sort()).toEqual(['alembic_version', 'alembic_version_log']);
    });
  });
});
