import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRunner, silent } from 'typeorm-alembic';
import { entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { testRun } from '../support/test-run.ts';
import { conditions } from './conditions.ts';

const quoted = (text: string) => '`' + text + '`';
const isImmutable = (condition: string) => !/at >|\|\|/.test(condition);

/** Every condition in each place that an entity has for one, of columns of several types. */
const entities = entitiesFrom(`
import { Check, Column, Entity, Exclusion, Index, PrimaryColumn, ViewColumn, ViewEntity } from 'typeorm';
${conditions
  .map(
    (
      condition,
      i,
    ) => `@Entity('thing${i}') @Check('check${i}', ${quoted(condition)}) @Index('index${i}', ['id'], { where: ${quoted(condition)} })
@Exclusion('exclusion${i}', ${quoted(`USING btree (id WITH =) WHERE (${condition})`)})
export class Thing${i} { @PrimaryColumn() id!: number; @Column() code!: string; @Column() points!: number;
  @Column({ type: 'char', length: 9 }) label!: string; @Column({ type: 'timestamp' }) at!: Date; @Column({ type: 'text' }) note!: string;
  @Column({ type: 'enum', enum: ['a', 'b'], default: 'a' }) state!: string; @Column({ type: 'numeric', precision: 9, scale: 2, default: 1.5 }) price!: string;
  @Column({ default: () => "'x' || 'y'" }) joined!: string; @Column({ type: 'varchar', array: true, default: () => "ARRAY['a','b']" }) list!: string[];
  @Column({ type: 'interval', default: '1 day' }) span!: string; @Column({ type: 'jsonb', default: { a: [1] } }) data!: object;
  @Column({ type: 'boolean', default: () => ${quoted(['(1 IN (1, 2))', "('a'::varchar IN ('a', 'b'))"][i % 2]!)} }) chosen!: boolean;
  ${isImmutable(condition) ? `@Column({ type: 'boolean', asExpression: ${quoted(condition)}, generatedType: 'STORED' }) flag!: boolean;` : ''} }
@ViewEntity({ name: 'seen${i}', expression: ${quoted(`SELECT id FROM thing${i} WHERE ${condition}`)} }) export class Seen${i} { @ViewColumn() id!: number }
@ViewEntity({ name: 'kept${i}', materialized: true, expression: ${quoted(`SELECT id, (${condition}) AS fits FROM thing${i}`)} }) export class Kept${i} { @ViewColumn() id!: number }`,
  )
  .join('\n')}`);

const policies = conditions
  .map((condition, i) => `CREATE POLICY policy${i} ON thing${i} USING (${condition})`)
  .join(';\n');

type Copy = (from: string, to: string) => void;

const program = (name: string): string => join(dirname(testRun().pgDump ?? '/usr/bin/pg_dump'), name);
const run = (name: string, args: readonly string[], input?: Buffer): Buffer =>
  execFileSync(program(name), args, {
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(input && { input }),
  });

const copies: readonly (readonly [string, Copy])[] = [
  ['as SQL', (from, to) => void run('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', to], run('pg_dump', [from]))],
  [
    'in the custom format',
    (from, to) => void run('pg_restore', ['--exit-on-error', '-d', to], run('pg_dump', ['-Fc', from])),
  ],
  [
    'in the custom format, all names quoted',
    (from, to) => void run('pg_restore', ['-d', to], run('pg_dump', ['-Fc', '--quote-all-identifiers', from])),
  ],
];

const differences = async (database: TestDatabase, directory: string, isReadOnly: boolean) => {
  const dataSource = database.dataSource({
    entities: [...entities] as never,
    ...(isReadOnly && { extra: { options: '-c default_transaction_read_only=on' } }),
  });
  const runner = createRunner(dataSource, {}, { directory, logger: silent });
  return (await runner.check()).operations;
};

test.each(shareOfToday(copies, 1))(
  'a database and the copy of its copy, dumped %s, differ in nothing from the entities',
  async (_, copy) => {
    const directory = await mkdtemp(join(tmpdir(), 'restored-'));
    await withDatabase(async first =>
      withDatabase(async second =>
        withDatabase(async third => {
          await first.query('CREATE EXTENSION btree_gist');
          const dataSource = await first.dataSource({ entities: [...entities] as never }).initialize();
          await dataSource.synchronize();
          await first.query(policies);
          copy(first.url, second.url);
          copy(second.url, third.url);
          for (const database of [first, second, third]) {
            expect(await differences(database, directory, false)).toEqual([]);
            expect(await differences(database, directory, true)).toEqual([]);
          }
        }),
      ),
    );
    await rm(directory, { recursive: true, force: true });
  },
);
