import { describe, expect, test } from '@jest/globals';
import { expectAlike } from './alike.ts';

const id = '@PrimaryGeneratedColumn() id!: number;';

describe('inheritance', () => {
  test('of concrete classes', async () => {
    await expectAlike(`
      abstract class Content { ${id} @Column({ default: 'x' }) title!: string; @Index() @Column({ unique: true }) slug!: string; @ManyToOne(() => Person) author!: any }
      @Entity() export class Person { ${id} }
      @Entity() export class Post extends Content { @Column() body!: string }
      @Entity() export class Photo extends Content { @Column({ default: 'y' }) title!: string }
      @Entity() export class Old extends Post {}`);
  });

  test('in one table', async () => {
    await expectAlike(`
      class Size { @Column() width!: number }
      @Entity() export class Other { ${id} }
      @Entity({ comment: 'all content' }) @TableInheritance({ column: { type: 'varchar', name: 'kind' } })
      export class Content { ${id} @Column() title!: string }
      @ChildEntity() export class Photo extends Content { @Column(() => Size) size!: Size; @Column({ type: 'enum', enum: ['a', 'b'] }) mode!: string }
      @ChildEntity('q') export class Question extends Content { @Column() answers!: number; @Index() @ManyToOne(() => Other, { nullable: false }) other!: Other; @ManyToMany(() => Other) @JoinTable() others!: Other[] }
      @ChildEntity() export class Hard extends Question { @Column({ unique: true }) level!: number }
      @Entity() export class Link { ${id} @ManyToOne(() => Question) question!: Question }`);
  });

  test('in one table whose discriminator is an enum', async () => {
    await expectAlike(`
      @Entity() @TableInheritance({ column: { type: 'enum', enum: ['dog', 'cat'], name: 'kind' } }) export class Animal { ${id} }
      @ChildEntity('dog') export class Dog extends Animal { @Column() good!: boolean }
      @ChildEntity('cat') export class Cat extends Animal {}`);
  });
});

describe('trees', () => {
  const node = `@TreeChildren() children!: any[]; @TreeParent({ onDelete: 'CASCADE' }) parent!: any;`;

  test.each(['adjacency-list', 'materialized-path', 'nested-set', 'closure-table'])('as %s', async type => {
    const tree = type === 'adjacency-list' ? '' : `@Tree('${type}')`;
    await expectAlike(`@Entity() ${tree} export class Node { ${id} @Column() name!: string; ${node} }`);
  });

  test('as closure table with a name, a level and a schema of its own', async () => {
    await expectAlike(`
      @Entity({ schema: 'app' })
      @Tree('closure-table', { closureTableName: 'branch', ancestorColumnName: c => 'up_' + c.propertyName, descendantColumnName: c => 'down_' + c.propertyName })
      export class Node { @PrimaryGeneratedColumn('uuid') id!: string; @TreeLevelColumn() depth!: number; ${node} }`);
  });
});

test('embedded classes', async () => {
  await expectAlike(`
    class Street { @Column({ length: 10 }) name!: string; @Column('int', { nullable: true }) no!: number }
    class Address { @Column() city!: string; @Column(() => Street) street!: Street; @ManyToOne(() => Country) country!: any;
      @Column({ type: 'enum', enum: ['home', 'work'] }) kind!: string }
    @Entity() export class Country { ${id} }
    @Entity() export class Person { ${id} @Column(() => Address) home!: Address; @Column(() => Address, { prefix: 'w' }) work!: Address;
      @Column(() => Street, { prefix: false }) bare!: Street; @Column() last!: string }`);
});

test('entities that are not to be synchronized make no table, but what leads to them is made', async () => {
  const { target } = await expectAlike(
    `@Entity('old', { synchronize: false })
     export class Old { @PrimaryColumn() id!: number; @Column() more!: string; @ManyToMany(() => Fresh) @JoinTable() fresh!: any[];
       @Index() @ManyToOne(() => Fresh) one!: any }
     @Entity() export class Fresh { ${id} @ManyToOne(() => Old) old!: Old }`,
    { setup: 'CREATE TABLE old (id int PRIMARY KEY)' },
  );
  expect([...target.tables.keys()]).toEqual(['fresh', 'old_fresh_fresh']);
  expect([...target.foreignKeys.values()].map(({ references }) => references.table)).toContain('old');
});

test('EntitySchemas', async () => {
  await expectAlike(`
    export const Category = new EntitySchema<any>({ name: 'Category', tableName: 'category',
      columns: { id: { type: Number, primary: true, generated: true }, name: { type: 'varchar', length: 20, unique: true } } });
    export const Post = new EntitySchema<any>({ name: 'Post', schema: 'app',
      columns: { id: { type: 'uuid', primary: true, generated: 'uuid' }, kind: { type: 'enum', enum: ['a', 'b'], default: 'a' }, at: { type: 'timestamptz', createDate: true },
        low: { type: 'int' }, high: { type: 'int', nullable: true } },
      relations: { category: { type: 'many-to-one', target: 'Category', onDelete: 'CASCADE', joinColumn: { name: 'cat' } }, categories: { type: 'many-to-many', target: 'Category', joinTable: true } },
      indices: [{ columns: ['low', 'high'], name: 'low_high', where: 'low > 0' }], uniques: [{ columns: ['high'], name: 'u_high' }], checks: [{ expression: 'low < high' }] });`);
});
