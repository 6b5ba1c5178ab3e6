import { describe, expect, test } from '@jest/globals';
import { OperationArgumentError, statementsOf, type Operation, type OperationMethods } from 'typeorm-alembic';
import { operationNamesIn } from '../../src/objects/kinds.ts';
import type { PayloadOf } from '../../src/objects/object-kind.ts';
import { operationsInto } from '../../src/operations/operations.ts';
import type { Backfill } from '../../src/operations/backfill.ts';

type Complete<Value> = Value extends readonly (infer Each)[]
  ? readonly Complete<Each>[]
  : Value extends object
    ? { readonly [Key in Extract<keyof Value, string>]-?: Complete<Exclude<Value[Key], undefined>> }
    : Value;

const attributes = {
  owner: 'app',
  grants: [{ to: 'app', privileges: ['SELECT'], grantable: true, by: 'owner' }],
  comment: 'c',
} as const;
const roles = { clustered: true, replicaIdentity: true } as const;
const part = { table: 't', name: 'n' };
const renamed = { from: 'a', to: 'b' };
const key = {
  name: 'k',
  columns: ['a'],
  withoutOverlaps: true,
  include: ['b'],
  with: ['fillfactor=70'],
  tablespace: 's',
  deferrable: 'initially deferred',
  comment: 'c',
  indexComment: 'i',
  ...roles,
} as const;
const check = {
  name: 'k',
  expression: 'true',
  notValid: true,
  notEnforced: true,
  noInherit: true,
  inherited: true,
  comment: 'c',
} as const;
const exclusion = {
  name: 'k',
  definition: 'USING gist (a WITH =)',
  tablespace: 's',
  deferrable: 'initially immediate',
  comment: 'c',
  indexComment: 'i',
} as const;
const options = { start: '1', increment: '1', minimum: '1', maximum: '9', cache: '1', cycle: true } as const;
const sequenceDefinition = { name: 's', type: 'integer', ...options } as const;
const sequence = { ...sequenceDefinition, ...attributes, persistence: 'unlogged' } as const;
const sequenceOptions = {
  ...options,
  type: 'bigint',
  persistence: 'logged',
  grants: attributes.grants,
  comment: 'c',
} as const;
const storage = { with: ['fillfactor=70'], method: 'heap', tablespace: 's' } as const;
const columnStorage = { storage: 'main', compression: 'lz4', statistics: 10, with: ['n_distinct=1'] } as const;
const column = {
  name: 'a',
  type: 'integer',
  nullable: false,
  default: '1',
  serial: true,
  identity: 'always',
  sequence: 's',
  sequenceOptions,
  sequences: [sequence],
  generated: '1 + 1',
  virtual: true,
  collation: 'C',
  comment: 'c',
  ...columnStorage,
  grants: attributes.grants,
  inherited: true,
} as const;
const viewColumn = { name: 'a', comment: 'c', default: '1', grants: attributes.grants } as const;
const view = { name: 'v', definition: 'SELECT 1', with: ['x=1'], columns: [viewColumn], ...attributes } as const;
const dependencies = { dependsOnExtensions: ['e'] };
const program = { ...part, definition: 'CREATE …', enabled: 'always', comment: 'c' } as const;

/** What each operation takes, with every key there is. */
const complete: { readonly [Name in keyof OperationMethods]: Complete<PayloadOf<OperationMethods[Name]>> } = {
  createSchema: { name: 's', ...attributes },
  dropSchema: { name: 's' },
  createExtension: { name: 'e', schema: 's', version: '1' },
  dropExtension: { name: 'e' },
  alterExtension: { name: 'e', schema: 's', version: '1' },
  createEnum: { name: 'e', labels: ['a'], ...attributes },
  dropEnum: { name: 'e' },
  renameEnum: renamed,
  moveEnum: { name: 'e', to: 's' },
  addEnumValue: { name: 'e', value: 'b', before: 'c', after: 'a' },
  renameEnumValue: { name: 'e', ...renamed },
  createSequence: sequence,
  alterSequence: sequenceDefinition,
  renameSequence: renamed,
  dropSequence: { name: 's' },
  createTable: {
    name: 't',
    columns: [column, { ...column, serial: 's' }],
    primaryKey: key,
    uniques: [{ ...key, nullsNotDistinct: true }],
    checks: [check],
    exclusions: [exclusion],
    partitionBy: 'RANGE (a)',
    partitions: [
      {
        name: 'p',
        bounds: 'DEFAULT',
        partitionBy: 'RANGE (a)',
        partitions: [],
        unlogged: true,
        ...storage,
        ...attributes,
      },
    ],
    inherits: ['p'],
    losing: ['index i of the partition p'],
    unlogged: true,
    ...storage,
    rowSecurity: 'enabled',
    replicaIdentity: 'full',
    publications: [{ name: 'p', columns: ['a'], where: 'true' }],
    ...attributes,
  },
  dropTable: { name: 't', losing: ['index i of the partition p'] },
  renameTable: renamed,
  moveTable: { table: 't', to: 's' },
  commentOnTable: { table: 't', comment: 'c' },
  addColumn: { table: 't', column, owner: 'o' },
  dropColumn: { ...part, generated: true, only: true },
  renameColumn: { table: 't', ...renamed },
  alterColumn: {
    table: 't',
    name: 'a',
    type: 'bigint',
    existingType: 'integer',
    using: 'a',
    collation: 'C',
    nullable: true,
    default: '1',
    serial: true,
    sequence: 's',
    identity: 'always',
    existingIdentity: 'by default',
    sequenceOptions,
    existingSequence: 's',
    owner: 'o',
    generated: null,
    comment: 'c',
    storage: 'plain',
    compression: 'lz4',
  },
  createPrimaryKey: { table: 't', ...key },
  createUniqueConstraint: { table: 't', ...key, nullsNotDistinct: true },
  createCheckConstraint: { table: 't', ...check },
  createExclusionConstraint: { table: 't', ...exclusion },
  dropConstraint: part,
  renameConstraint: { table: 't', ...renamed },
  validateConstraint: part,
  createForeignKey: {
    ...part,
    columns: ['a'],
    references: { table: 'o', columns: ['b'] },
    onDelete: 'set null',
    onUpdate: 'cascade',
    onDeleteColumns: ['a'],
    match: 'full',
    deferrable: 'initially deferred',
    notValid: true,
    notEnforced: true,
    period: true,
    comment: 'c',
  },
  dropForeignKey: part,
  renameForeignKey: { table: 't', ...renamed },
  validateForeignKey: part,
  createIndex: {
    ...part,
    columns: [
      'a',
      {
        column: 'a',
        expression: 'b',
        collation: 'C',
        operatorClass: 'text_ops',
        order: 'desc',
        nulls: 'last',
        statistics: 10,
      },
    ],
    unique: true,
    method: 'btree',
    include: ['b'],
    nullsNotDistinct: true,
    with: ['fillfactor=70'],
    tablespace: 's',
    where: 'true',
    comment: 'c',
    invalid: true,
    concurrently: false,
    ...dependencies,
    ...roles,
  },
  dropIndex: { name: 'i', concurrently: false },
  renameIndex: renamed,
  createView: view,
  dropView: { name: 'v' },
  createMaterializedView: {
    ...view,
    ...storage,
    ...dependencies,
    columns: [{ ...viewColumn, stored: columnStorage }],
    withData: true,
  },
  dropMaterializedView: { name: 'v' },
  refreshMaterializedView: { name: 'v', concurrently: false },
  createPolicy: {
    ...part,
    restrictive: true,
    for: 'select',
    to: ['app'],
    using: 'true',
    withCheck: 'true',
    comment: 'c',
  },
  dropPolicy: part,
  createTrigger: { ...program, ...dependencies },
  dropTrigger: part,
  createRule: program,
  dropRule: part,
  createStatistics: { ...part, definition: 'ON a, b', target: 10, owner: 'app', comment: 'c' },
  dropStatistics: { name: 's' },
};

const statementsFor = (op: string, payload: object) => statementsOf({ op, ...payload } as unknown as Operation);

/** The keys of a payload and of everything in it, as an error names them, each with a way to change the payload there. */
function keysIn(payload: object): { readonly path: string; readonly key: string; change(edit: Edit): object }[] {
  const visit = (value: object, prefix: string, put: (value: object) => object): ReturnType<typeof keysIn> =>
    Object.entries(value).flatMap(([name, each]) => {
      const isItem = Array.isArray(value);
      const path = isItem ? `${prefix}[${name}]` : prefix === '' ? name : `${prefix}.${name}`;
      const own = isItem ? [] : [{ path, key: name, change: (edit: Edit) => put(edit(value, name)) }];
      const inner = (changed: object): object =>
        put(isItem ? (value as unknown[]).with(Number(name), changed) : { ...value, [name]: changed });
      return [...own, ...(typeof each === 'object' && each !== null ? visit(each as object, path, inner) : [])];
    });
  return visit(payload, '', changed => changed);
}

type Edit = (object: object, key: string) => object;

const without: Edit = (object, key) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
/** `default` → `edfault` */
const misspelt = (key: string): string => `${key[1]}${key[0]}${key.slice(2)}`;
const misspell: Edit = (object, key) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name === key ? misspelt(name) : name, value]));
const spoil: Edit = (object, key) => ({ ...object, [key]: () => {} });

function errorFrom(work: () => unknown): OperationArgumentError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(OperationArgumentError);
    return error as OperationArgumentError;
  }
}

test('every operation is here, and takes all its keys at once', () => {
  expect(Object.keys(complete).sort()).toEqual([...operationNamesIn()].sort());
  for (const [op, payload] of Object.entries(complete)) expect(statementsFor(op, payload).length).toBeGreaterThan(0);
});

describe.each(Object.entries(complete))('op.%s', (op, payload) => {
  const keys = keysIn(payload);

  test('refuses an unknown key anywhere, and names the known one', () => {
    for (const { path, key, change } of keys) {
      const error = errorFrom(() => statementsFor(op, change(misspell)));
      const mistyped = path.slice(0, path.length - key.length) + misspelt(key);
      expect({ path, operation: error?.operation, key: error?.key }).toEqual({ path, operation: op, key: mistyped });
      expect(error!.message).toMatch(new RegExp(`: (did you mean "${key}"|use one of .*\\b${key}\\b)`));
    }
  });

  test('refuses a missing key, or does without it', () => {
    for (const { path, change } of keys) {
      const error = errorFrom(() => {
        for (const { sql } of statementsFor(op, change(without))) expect(sql).not.toMatch(/undefined|null\b/);
      });
      if (error) expect(error.message).toMatch(`op.${op} needs "${path}", which is missing`);
    }
  });

  test('refuses a value of another type, and names its key', () => {
    for (const { path, change } of keys) {
      const { message } = errorFrom(() => statementsFor(op, change(spoil)))!;
      expect(message).toContain(`for "${path}"`);
      expect(message).toMatch(
        /^op\.\w+ needs (a list|a number|an object|null|one of .*|text|true or false) for .* a function\.$/,
      );
    }
  });
});

test.each([
  [
    'createIndex',
    { ...part, columns: [{ order: 'desc' }] },
    'needs at least one of column, expression for "columns[0]"',
  ],
  ['alterColumn', part, 'needs at least one of type, nullable'],
  [
    'addColumn',
    { table: 't', column: { name: 'a', type: 'text' } },
    'needs "column.nullable", which is missing: give true or false.',
  ],
  [
    'addColumn',
    { table: 't', column: { ...column, defualt: '1' } },
    'has no key "column.defualt": did you mean "default"?',
  ],
  ['dropTable', { name: 't', cascade: true }, 'has no key "cascade": use one of name, losing.'],
])('op.%s of %j %s', (op, payload, message) => {
  expect(errorFrom(() => statementsFor(op, payload))!.message).toContain(message);
});

describe('operations of data', () => {
  const sent: string[] = [];
  const op = operationsInto({
    sink: async ({ sql }) => void sent.push(sql),
    rows: async () => [],
    context: { isOffline: false, x: {}, heads: [] },
  }) as unknown as Record<string, (...args: unknown[]) => Promise<void>>;
  const backfill: Complete<Backfill> = { table: 't', set: { a: '1' }, where: 'a IS NULL', key: 'id', batchSize: 10 };

  test.each([
    ['backfill', { ...backfill, wehre: 'a IS NULL' }, 'has no key "wehre": did you mean "where"?'],
    ['backfill', { ...backfill, set: { a: 1 } }, 'needs text for "set.a", and was given 1.'],
    ['bulkInsert', { table: 't', row: [{ a: 1 }] }, 'has no key "row": did you mean "rows"?'],
    ['bulkInsert', { table: 't', rows: [['a', 1]] }, 'needs an object for "rows[0]"'],
    ['execute', undefined, 'needs text, and was given undefined'],
    ['query', 7, 'needs text, and was given 7'],
    ['createTable', 'ticket', 'needs an object, and was given "ticket"'],
    ['dropTable', undefined, 'needs an object, and was given undefined'],
  ])('op.%s refuses %j', async (name, argument, message) => {
    await expect(op[name]!(argument)).rejects.toThrow(`op.${name} ${message}`);
    expect(sent).toEqual([]);
  });
});
