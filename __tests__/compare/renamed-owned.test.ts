import { expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { ownedBy } from '../../src/compare/ownership.ts';
import { schemaOf, statementsOf, type Operation, type Registry } from '../../src/objects/kinds.ts';
import type { ObjectKind } from '../../src/objects/object-kind.ts';
import type { Table } from '../../src/objects/tables/table.ts';
import { policies, registry, type Policy, type PolicyOperations } from '../objects/policies.ts';
import { withDatabase } from '../support/index.ts';

const created: readonly Operation[] = [
  { op: 'createSchema', name: 'aud' },
  { op: 'createEnum', name: 'aud.kind', labels: ['a'] },
  { op: 'createSequence', name: 'aud.number' },
  { op: 'createTable', name: 'aud.event', columns: [{ name: 'id', type: 'integer', nullable: false }] },
  { op: 'createIndex', name: 'aud.by_id', table: 'aud.event', columns: ['id'] },
];

test.each(['aud.now', 'now'])('what is renamed to %s is owned by the name that PostgreSQL gives it', to =>
  withDatabase(async database => {
    const renames: readonly Operation[] = [
      { op: 'renameEnum', from: 'aud.kind', to: `${to}_kind` },
      { op: 'renameSequence', from: 'aud.number', to: `${to}_number` },
      { op: 'renameIndex', from: 'aud.by_id', to: `${to}_index` },
      { op: 'renameTable', from: 'aud.event', to },
    ];
    for (const { sql } of [...created, ...renames].flatMap(each => statementsOf(each))) await database.query(sql);
    const owned = [...ownedBy([created, renames].map(upgrade => ({ upgrade, downgrade: [] }))).values()].filter(
      ({ place }) => /relation|type/.test(place),
    );
    const [{ names }] = await database.query(
      `SELECT array(SELECT format('%s %I.%I', 'relation', n.nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname = 'aud' UNION ALL SELECT format('type %I.%I', nspname, typname) FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
         WHERE nspname = 'aud' AND typtype = 'e' ORDER BY 1) AS names`,
    );
    expect(owned.map(({ place, name }) => `${place} ${name}`).sort()).toEqual(names);
  }),
);

test("a project's own kind follows an explicit rename of its table", () => {
  const renamed: NonNullable<ObjectKind<Policy, PolicyOperations>['renamed']> = (policy, { relation }) => ({
    ...policy,
    table: relation(policy.table),
  });
  const kinds = { ...registry, policies: { ...policies, renamed } } as unknown as Registry;
  const withPolicy = (table: string) => {
    const tables: readonly Table[] = [{ name: table, columns: [{ name: 'id', type: 'integer', nullable: false }] }];
    return { ...schemaOf({ tables }), policies: new Map([[`${table}.own`, { name: 'own', table, using: 'true' }]]) };
  };
  const operations = compare(withPolicy('ticket'), withPolicy('case_'), {
    renames: { tables: { ticket: 'case_' } },
    kinds,
  });
  expect(operations).toEqual([{ op: 'renameTable', from: 'ticket', to: 'case_' }]);
});
