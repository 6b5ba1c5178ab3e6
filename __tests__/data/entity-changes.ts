import { readFileSync } from 'node:fs';
import { testRun } from '../support/index.ts';

/** The changes of `entity-changes.json` that the server knows the types of: multiranges came with PostgreSQL 14. */
export function entityChanges<Change>(): readonly Change[] {
  const { scenarios } = JSON.parse(readFileSync(new URL('entity-changes.json', import.meta.url), 'utf8')) as {
    scenarios: readonly (Change & { readonly id: string })[];
  };
  return scenarios.filter(({ id }) => testRun().serverMajor >= 14 || !id.includes('multirange'));
}
