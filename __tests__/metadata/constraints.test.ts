import { describe, expect, test } from '@jest/globals';
import { expectAlike, expectBetter } from './alike.ts';

describe('keys', () => {
  test('with names, of several columns, or in another schema', async () => {
    await expectAlike(`
      @Entity() export class A { @PrimaryColumn({ primaryKeyConstraintName: 'a_key' }) id!: number }
      @Entity() export class B { @PrimaryColumn() z!: number; @Column() x!: string; @PrimaryColumn() y!: string }
      @Entity({ schema: 'app' }) export class C { @PrimaryColumn() id!: number }`);
  });

  test('as a naming strategy calls them', async () => {
    const { live } = await expectAlike(
      `
      @Entity({ schema: 'app' }) export class ItemOne { @PrimaryColumn() id!: number; @Column({ unique: true }) aB!: string }
      class Strategy extends DefaultNamingStrategy {
        primaryKeyName(table: Table | string, columns: string[]) {
          return 'pk_' + (table instanceof Table ? table.name : 'string').replace('.', '_') + '_' + columns.join('_');
        }
        columnName(property: string) { return property.toLowerCase(); }
      }
      export const __options = { namingStrategy: new Strategy() };`,
    );
    expect(live.tables.get('app.item_one')!.primaryKey!.name).toBe('pk_app_item_one_id');
  });
});

describe('uniques', () => {
  test('of one column and of several, with names, deferrable', async () => {
    await expectAlike(`
      @Entity()
      @Unique(['a', 'b']) @Unique('named', ['b', 'a']) @Unique('later', ['c'], { deferrable: 'INITIALLY DEFERRED' })
      @Unique('now', ['d'], { deferrable: 'INITIALLY IMMEDIATE' })
      export class T { @PrimaryColumn() id!: number; @Column() a!: string; @Column() b!: string; @Column() c!: string;
        @Column({ name: 'the d' }) d!: string; @Column({ unique: true }) e!: string }`);
  });

  test('that say the same as another, or as the primary key', async () => {
    const { target } = await expectAlike(`
      @Entity() @Unique(['a']) @Unique('later', ['b'], { deferrable: 'INITIALLY DEFERRED' }) @Unique('one', ['c', 'd']) @Unique('two', ['d', 'c'])
      export class T { @PrimaryColumn({ unique: true }) id!: number; @Column({ unique: true }) a!: string;
        @Column({ unique: true }) b!: string; @Column() c!: string; @Column() d!: string }`);
    expect(target.tables.get('t')!.uniques).toHaveLength(5);
  });

  test('of relations and of embedded classes', async () => {
    await expectAlike(`
      class Name { @Column({ unique: true }) first!: string; @Column() last!: string }
      @Entity() @Unique(['owner', 'n'])
      export class T { @PrimaryColumn() id!: number; @Column() n!: number; @ManyToOne(() => T) owner!: any; @Column(() => Name) name!: Name }`);
  });
});

describe('checks and exclusions', () => {
  test('that say the same as another', async () => {
    const { target } = await expectAlike(`
      @Entity() @Exclusion('one', 'USING gist (during WITH &&)') @Exclusion('USING gist (during  WITH &&)')
      @Exclusion('later', 'USING gist (during WITH &&)', { deferrable: 'INITIALLY DEFERRED' })
      @Exclusion('some', 'USING gist (during WITH &&) WHERE (id > 3)')
      export class T { @PrimaryColumn() id!: number; @Column('int4range') during!: string }`);
    expect(target.tables.get('t')!.exclusions).toHaveLength(3);
  });

  test('with names and without, inherited, deferrable', async () => {
    await expectAlike(`
      @Check('"n" > 0') abstract class Parent { @PrimaryColumn() id!: number; @Check('CHK_n', 'n < 100') @Column() n!: number }
      @Entity() @Check('named', "n <> 7 AND 'it''s' <> '('") export class A extends Parent {}
      @Entity()
      @Exclusion('USING gist ("during" WITH &&)')
      @Exclusion('named_x', 'USING gist (n WITH =, during WITH &&) WHERE (n > 3)', { deferrable: 'INITIALLY DEFERRED' })
      export class B extends Parent { @Column('tsrange') during!: string }`);
  });

  test('that are declared twice are one', async () => {
    const made = await expectBetter(
      `@Entity() @Check('c', 'id > 0') @Check('c', 'id > 0') export class T { @PrimaryColumn() id!: number }`,
      /already exists/,
    );
    expect(made.live.tables.get('t')!.checks).toHaveLength(1);
  });
});

describe('indexes', () => {
  const column = '@PrimaryColumn() id!: number; @Column() a!: string; @Column() b!: string;';

  test('in the order of their columns, unique, partial, by a method', async () => {
    await expectAlike(`
      @Entity() @Index(['b', 'a']) @Index('named', ['a', 'b'], { unique: true, where: "a <> '' AND (b = 'x')" })
      @Index(['a'], { where: '"a" IS NULL' }) @Index('h', ['a'], { type: 'hash' }) @Index('bt', ['b'], { type: 'btree' })
      @Index('br', ['id'], { type: 'brin' }) @Index((t: T) => [t.b, t.id])
      export class T { ${column}
        @Index({ type: 'gin' }) @Column('jsonb') j!: object; @Index({ spatial: true }) @Column('point') p!: string;
        @Index('sp', { type: 'spgist' }) @Column('text') s!: string; @Index({ unique: true }) @Column() u!: string;
        @Index({ type: 'gist' }) @Column('int4range') r!: string }`);
  });

  test('of relations, embedded classes and inherited columns', async () => {
    await expectAlike(`
      class Part { @Index() @Column() x!: number; @Index(['x', 'y']) @Column() y!: number }
      abstract class Parent { @PrimaryColumn() id!: number; @Index() @Column() n!: number }
      @Entity() export class A extends Parent { @Column(() => Part) one!: Part; @Column(() => Part, { prefix: false }) two!: Part }
      @Entity({ schema: 'app' }) @Index(['a', 'n']) export class B extends Parent { @Index() @ManyToOne(() => A) a!: A }`);
  });

  test('that are built concurrently end up the same', async () => {
    await expectAlike(`@Entity() @Index(['a'], { concurrent: true }) export class T { ${column} }`, {
      options: { migrationsTransactionMode: 'none' },
    });
  });

  test('that TypeORM is not to touch are none of ours', async () => {
    const { target } = await expectAlike(
      `@Entity() @Index('by_hand', { synchronize: false }) export class T { ${column} @Index({ synchronize: false }) @Column() c!: string }`,
    );
    expect(target.indexes.size).toBe(0);
  });

  test('that are declared twice are one', async () => {
    const made = await expectBetter(
      `@Entity() @Index(['a']) export class T { @PrimaryColumn() id!: number; @Index() @Column() a!: string }`,
      /already exists/,
    );
    expect(made.live.indexes.size).toBe(1);
  });
});
