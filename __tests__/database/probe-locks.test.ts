import { expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { canonical } from '../../src/database/canonical.ts';
import { introspect } from '../../src/database/introspect.ts';
import type { Schema } from '../../src/objects/kinds.ts';
import { type TestDatabase, withDatabase } from '../support/index.ts';

/** Tables whose expressions are all declared anew, and spelled differently from what PostgreSQL prints. */
async function changedTables(database: TestDatabase, count: number): Promise<{ live: Schema; declared: Schema }> {
  for (let i = 0; i < count; i++) {
    await database.query(`CREATE TABLE t${i} (id int, state text, CONSTRAINT c${i} CHECK (state <> 'a'));
      CREATE INDEX i${i} ON t${i} (id) WHERE state <> 'a'`);
  }
  const live = await introspect(database);
  const tables = [...live.tables.values()].map(table => {
    const checks = table.checks!.map(check => ({ ...check, expression: `state IN ('${table.name}', 'b')` }));
    return [table.name, { ...table, checks }] as const;
  });
  const indexes = [...live.indexes.values()].map(
    index => [index.name, { ...index, where: `state IN ('${index.table}', 'b')` }] as const,
  );
  return { live, declared: { ...live, tables: new Map(tables), indexes: new Map(indexes) } };
}

interface Effort {
  statements: number;
  /** The most locks that the session held at once. */
  locks: number;
}

/** Spells the declared schema, and looks after each statement at the locks that the session holds. */
async function effortFor(count: number): Promise<Effort> {
  return withDatabase(async database => {
    const { live, declared } = await changedTables(database, count);
    const effort: Effort = { statements: 0, locks: 0 };
    const observed = {
      async query(sql: string, parameters?: readonly unknown[]) {
        effort.statements++;
        const rows = await database.query(sql, parameters);
        const [held] = await database.query('SELECT count(*)::int AS locks FROM pg_locks WHERE pid = pg_backend_pid()');
        effort.locks = Math.max(effort.locks, held.locks);
        return rows;
      },
    };
    const spelled = await canonical(observed, declared, live);
    const changes = compare(live, spelled);
    expect(changes.filter(({ op }) => op === 'createCheckConstraint' || op === 'createIndex')).toHaveLength(2 * count);
    return effort;
  });
}

test('the locks that a comparison holds at once do not grow with the schema, and its statements grow in proportion', async () => {
  const [some, many] = [await effortFor(40), await effortFor(120)];
  expect(many.locks).toBeLessThan(300);
  expect(many.statements).toBeLessThan(3.3 * some.statements);
});
