import { describe, expect, test } from '@jest/globals';
import { operationLines } from '../../src/cli/operation-text.ts';
import { planLines } from '../../src/cli/plan-text.ts';
import { styleFor } from '../../src/cli/style.ts';
import { type Operation, statementsOf } from '../../src/objects/kinds.ts';
import { onDatabase, openRunner } from '../runner/project.ts';
import { withDatabase } from '../support/index.ts';

const style = styleFor({ write: () => true } as never, { NO_COLOR: '1' }, true);
const column = { name: 'id', type: 'integer', nullable: false };

/** On tables that are there before, and on one that is new. */
const operations: Readonly<Record<string, Operation>> = {
  'a column': { op: 'addColumn', table: 'old', column: { name: 'n', type: 'integer', nullable: true } },
  'a column with a volatile default': {
    op: 'addColumn',
    table: 'old',
    column: { name: 'u', type: 'uuid', nullable: true, default: 'gen_random_uuid()' },
  },
  'a type': { op: 'alterColumn', table: 'old', name: 'id', type: 'bigint', existingType: 'integer' },
  'NOT NULL': { op: 'alterColumn', table: 'old', name: 'm', nullable: false },
  'a check': { op: 'createCheckConstraint', table: 'old', name: 'c', expression: 'id > 0' },
  'an index': { op: 'createIndex', name: 'i', table: 'old', columns: ['id'] },
} as never;

const linesOf = (list: readonly Operation[]) =>
  operationLines(list, each => statementsOf(each as Operation), { style, verbose: false });

describe('without --verbose', () => {
  test.each(Object.entries(operations))('%s is shown with the lock that PostgreSQL takes', (_, operation) =>
    withDatabase(async database => {
      await database.query('CREATE TABLE old (id integer PRIMARY KEY, m integer)');
      await database.query('BEGIN');
      for (const { sql } of statementsOf(operation)) await database.query(sql);
      const locks = await database.query(
        `SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'old'::regclass`,
      );
      const held = locks.map(({ mode }) =>
        mode
          .replace(/Lock$/, '')
          .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
          .toUpperCase(),
      );
      const modes = ['ACCESS EXCLUSIVE', 'SHARE ROW EXCLUSIVE', 'SHARE'];
      const strongest = modes.find(mode => held.includes(mode));
      const [line] = linesOf([operation]);
      expect(line).toContain(`(${strongest} lock`);
      await database.query('ROLLBACK');
    }),
  );

  test.each([
    ['a column with a volatile default', 'rewrites the table'],
    ['a type', 'rewrites the table'],
    ['NOT NULL', 'scans the table'],
    ['a check', 'scans the table'],
    ['an index', 'scans the table'],
  ])('%s %s', (name, what) => {
    expect(linesOf([operations[name]!])[0]).toContain(what);
    expect(linesOf([operations['a column']!])[0]).not.toMatch(/scans|rewrites/);
  });

  const onNew = [
    { op: 'createTable', name: 'fresh', columns: [column] },
    { op: 'createIndex', name: 'j', table: 'fresh', columns: ['id'] },
  ] as never as readonly Operation[];

  test('nothing is said of a table that is new', () => {
    for (const line of linesOf(onNew)) expect(line).not.toContain('lock');
  });

  test(
    'a plan says the same, and that SQL of a revision’s own is not judged',
    onDatabase(async (database, project) => {
      const reference = { name: 'f', columns: ['id'], references: { table: 'old', columns: ['id'] } };
      const upgrade = [
        ...[...onNew, operations['an index']!].map(
          ({ op, ...payload }) => `await op.${op}(${JSON.stringify(payload)});`,
        ),
        `await op.createForeignKey(${JSON.stringify({ ...reference, table: 'fresh' })});`,
        `await op.execute('UPDATE old SET m = 1');`,
      ];
      await project.write({ id: 'aa', upgrade: upgrade.join('\n') });
      const { runner } = openRunner(database, project);
      const form = { style, titleOf: () => 'it', sqlOf: ({ sql }: { readonly sql: string }) => `${sql};` };
      const lines = planLines(await runner.plan(), form);
      expect(lines.filter(line => line.includes(' -- '))).toEqual([
        expect.stringMatching(/^ {2}CREATE INDEX .* "old" .*; {2}-- SHARE lock, scans the table$/),
        expect.stringMatching(/^ {2}ALTER TABLE "fresh" .* REFERENCES "old" .*; {2}-- SHARE ROW EXCLUSIVE lock/),
        '  UPDATE old SET m = 1;  -- your own SQL: locks and scans not judged',
      ]);
    }),
  );
});
