import { describe, expect, test } from '@jest/globals';
import { isBuiltInType } from '../../src/sql/built-in-types.ts';
import { getMetadataArgsStorage, DataSource } from 'typeorm';
import { targetSchema } from '../../src/metadata/target-schema.ts';
import { withDatabase } from '../support/index.ts';
import { entitiesOf } from './alike.ts';
import { withTwins } from './twins.ts';

const id = '@PrimaryGeneratedColumn() id!: number;';
const builtIn = `SELECT t.typname AS name FROM pg_type t WHERE t.typnamespace = 'pg_catalog'::regnamespace`;

test('the names of all of the server’s own types are known', async () => {
  await withDatabase(async database => {
    const names = (await database.query<{ name: string }>(builtIn)).map(({ name }) => name);
    expect(names.filter(name => !isBuiltInType(name))).toEqual([]);
  });
});

test('an enum may be named like any of the server’s own types', async () => {
  await withTwins(async twins => {
    const names = ['interval', 'date', 'path', 'point', 'name', 'text', 'int4', 'integer', 'json', '_int4', 'pg_class'];
    const columns = names.map(
      (name, i) =>
        `@Column({ type: 'enum', enum: ['a', 'b'], enumName: '${name}', default: 'a' }) c${i}!: string;
         @Column({ type: 'enum', enum: ['a', 'b'], enumName: '${name}', array: true, nullable: true }) d${i}!: string[];`,
    );
    const entities = entitiesOf(
      `@Entity() export class A { ${id} ${columns.join(' ')} @Column({ type: 'date' }) real!: string }`,
    );
    const { remaining, text } = await twins.make({ entities });
    expect(remaining).toEqual([]);
    expect(text).toBe((await twins.synchronize({ entities })).text);
  });
});

test('two entities on one table make the union of what they declare', async () => {
  await withTwins(async twins => {
    const entities = entitiesOf(`
      @Entity('sale') @Check('positive', 'amount > 0') export class Sale { ${id} @Column() amount!: number; @Index() @Column() at!: Date }
      @Entity('sale') export class Note { ${id} @Column({ nullable: true, unique: true }) note!: string; @ManyToOne(() => Sale) next!: any }
      @Entity('sale') export class Small { ${id} }`);
    const { remaining, live } = await twins.make({ entities });
    expect(remaining).toEqual([]);
    const { columns, checks, uniques } = live.tables.get('sale')!;
    expect(columns.map(({ name }) => name)).toEqual(['id', 'amount', 'at', 'note', 'nextId']);
    expect([checks?.length, uniques?.length, live.indexes.size, live.foreignKeys.size]).toEqual([1, 1, 1, 1]);
  });
});

describe('a default of a time that moves', () => {
  const types = ['date', 'timestamp', 'timestamptz', 'timestamp with time zone'];
  const words = ['now()', 'now', 'NOW()', 'today', 'tomorrow', 'yesterday'];
  const cases = [...types.flatMap(type => words.map(word => [type, word])), ['time', 'now()'], ['timetz', 'now']];

  test('is an expression, and settled', async () => {
    await withTwins(async twins => {
      const columns = cases.map(([type, word], i) => `@Column({ type: '${type}', default: '${word}' }) c${i}!: any;`);
      const { remaining, live } = await twins.make({
        entities: entitiesOf(
          `@Entity() export class A { ${id} ${columns.join(' ')} @Column({ type: 'text', default: 'now()' }) word!: string }`,
        ),
      });
      expect(remaining).toEqual([]);
      const defaults = live.tables
        .get('a')!
        .columns.slice(1)
        .map(each => each.default);
      expect(defaults.pop()).toBe("'now()'::text");
      expect(defaults.filter(text => !/now\(\)|CURRENT_DATE/.test(text ?? ''))).toEqual([]);
    });
  });
});

test('target schemas that are made side by side leave TypeORM as it was', async () => {
  const entities = [
    ...entitiesOf(`@Entity() export class A { ${id} } @Entity() export class B extends A { @Column() b!: string }`),
  ];
  const storage = getMetadataArgsStorage();
  const own = () => Object.getOwnPropertyNames(storage).filter(name => typeof (storage as any)[name] === 'function');
  const before = own();
  const schemas = await Promise.all([1, 2, 3].map(() => targetSchema(new DataSource({ type: 'postgres', entities }))));
  expect(schemas[0]).toEqual(schemas[2]);
  expect(own()).toEqual(before);
});
