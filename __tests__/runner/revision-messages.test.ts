import { expect, test } from '@jest/globals';
import {
  createRunner,
  ConfigurationError,
  type Operations,
  resolveConfig,
  RevisionFailedError,
  silent,
} from '../../src/index.ts';
import { withDatabase } from '../support/index.ts';

const failureOf = (revise: (op: Operations) => unknown, prepare = 'SELECT 1'): Promise<Error> =>
  withDatabase(async database => {
    await database.query(prepare);
    const dataSource = await database.dataSource().initialize();
    const upgrade = async (op: Operations) => void (await revise(op));
    const revisions = [{ revision: 'aa11', downRevision: null, upgrade, downgrade: async () => {} }];
    const error: unknown = await createRunner(dataSource, { revisions }, { logger: silent })
      .upgrade()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RevisionFailedError);
    return error as Error;
  });

const failing: readonly (readonly [string, (op: Operations) => unknown, string | undefined])[] = [
  ['a migration that TypeORM has run', op => op.runMigration('Made1700000000001'), 'MigrationRanAlreadyError'],
  ['a migration that there is not', op => op.runMigration('NoSuch1700000000001'), 'UnknownMigrationError'],
  ['an operation of another shape', op => op.createTable({} as never), undefined],
  ['an error of its own', () => Promise.reject(new Error('its own')), undefined],
];

test('what fails after a statement did not fail at that one', () =>
  withDatabase(async database => {
    await database.query(
      `CREATE TABLE migrations (id int, timestamp bigint, name text); INSERT INTO migrations VALUES (1, 1700000000001, 'Made1700000000001')`,
    );
    class Made1700000000001 {
      async up(): Promise<void> {}
      async down(): Promise<void> {}
    }
    const dataSource = await database.dataSource({ migrations: [Made1700000000001] }).initialize();
    for (const transactional of [true, false]) {
      for (const [name, revise, cause] of failing) {
        const upgrade = async (op: Operations) => {
          await op.execute('CREATE TABLE before ()');
          await revise(op);
        };
        const revisions = [{ revision: 'aa11', downRevision: null, transactional, upgrade, downgrade: async () => {} }];
        const upgraded = createRunner(dataSource, { revisions }, { logger: silent }).upgrade();
        const error: any = await upgraded.catch((thrown: unknown) => thrown);
        expect({ name, cause: error.cause?.name }).toEqual({ name, cause: cause ?? expect.any(String) });
        expect({ name, statement: error.statement ?? '' }).toEqual({
          name,
          statement: expect.not.stringContaining('before'),
        });
        expect(error.message).not.toContain('CREATE TABLE before');
      }
    }
  }));

test('a protocol violation is a mistake in the statement, and no lost connection', async () => {
  const error = await failureOf(op => op.execute('SELECT 1 \0'));
  expect(error).toMatchObject({ cause: { code: '08P01' }, statement: 'SELECT 1 \0' });
  expect(error.message).toMatch(/ at .*SELECT 1.*it was rolled back/);
  expect(error.message).not.toMatch(/lost|goes on/);
});

test.each([
  [{ a: 1 }, /it threw \{"a":1\}/],
  [undefined, /it threw undefined/],
  [null, /it threw null/],
  [Symbol('odd'), /it threw Symbol\(odd\)/],
  ['a text', /: a text;/],
  ['', /: it threw "", which is no error;/],
  [{ message: 1 }, /: it threw \{"message":1\}, which is no error;/],
  [new Error(''), /: an error without a message;/],
  [new TypeError(' '), /: TypeError without a message;/],
  [Object.assign(new Error(''), { code: 'EODD' }), /: an error without a message \(EODD\);/],
  [new AggregateError([new Error('the first')]), /: the first;/],
])('what is thrown and is no error is shown: %p', async (thrown, says) => {
  const { message } = await failureOf(() => Promise.reject(thrown));
  expect(message).toMatch(says);
  expect(message).not.toContain('[object');
});

test.each([
  [`INSERT INTO person VALUES ('secret', NULL)`, undefined],
  [`INSERT INTO person VALUES ('secret', -1)`, undefined],
  [`INSERT INTO person VALUES ('secret', 1), ('secret', 1)`, 'Key (name)=(hidden) already exists'],
  [`INSERT INTO pet VALUES ('secret')`, 'Key (owner)=(hidden) is not present in table'],
])('a whole row is in the cause and not in the sentence, which names a key: %s', async (statement, key) => {
  const error = await failureOf(
    // What the statement itself says is its author's.
    op =>
      op.execute(
        `DO $$ BEGIN EXECUTE replace('${statement.replaceAll("'", "''")}', 'sec' || 'ret', 'hid' || 'den'); END $$`,
      ),
    'CREATE TABLE person (name text PRIMARY KEY, age int NOT NULL CHECK (age > 0)); CREATE TABLE pet (owner text REFERENCES person)',
  );
  expect(error.cause).toMatchObject({ detail: expect.stringContaining('hidden') });
  if (key === undefined) expect(error.message).not.toContain('hidden');
  else expect(error.message).toContain(key);
});

const limits = ['lockTimeout', 'statementTimeout', 'lockWait'] as const;
const noDurations = [Infinity, NaN, -1, '99999999999s', '25d', '1 fortnight', 2 ** 31];

test.each(limits.flatMap(key => noDurations.map(value => [key, value] as const)))('%s: %p is refused', (key, value) => {
  expect(() => resolveConfig({ directory: '/', [key]: value })).toThrow(ConfigurationError);
  expect(() => resolveConfig({ directory: '/', [key]: '24d' })).not.toThrow();
});

test('a version table whose log has no name of its own is refused', () => {
  for (const versionTable of ['v'.repeat(60), 'v'.repeat(64), 'ü'.repeat(30)])
    expect(() => resolveConfig({ directory: '/', versionTable })).toThrow(/at most 59 bytes/);
  expect(() => resolveConfig({ directory: '/', versionTable: 'v'.repeat(59) })).not.toThrow();
});
