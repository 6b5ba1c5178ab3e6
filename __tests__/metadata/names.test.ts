import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { targetSchema } from '../../src/metadata/target-schema.ts';
import { entitiesOf, expectAlike } from './alike.ts';

const id = '@PrimaryGeneratedColumn() id!: number;';
const long = (start: string): string => `${start}${'_and_so_on'.repeat(7)}`;

describe('names', () => {
  test('with a prefix', async () => {
    await expectAlike(
      `@Entity() @Tree('closure-table') export class A { ${id} @TreeParent() up!: any; @TreeChildren() down!: any[]; @ManyToMany(() => A) @JoinTable() many!: any[];
         @Column({ type: 'enum', enum: ['a'] }) k!: string }
       @ViewEntity({ expression: 'SELECT id FROM app_a' }) export class V { @ViewColumn() id!: number }`,
      { options: { entityPrefix: 'app_' } },
    );
  });

  test('longer than PostgreSQL keeps them', async () => {
    const { live, target } = await expectAlike(`
      @Entity('${long('tabelle_ä')}') @Check('${long('check')}', 'id > 0')
      export class A { @PrimaryGeneratedColumn({ primaryKeyConstraintName: '${long('pk')}' }) id!: number;
        @Index('${long('ix')}') @Column({ name: '${long('spalte_ß')}', type: 'enum', enum: ['a'], enumName: 'kind' }) a!: string;
        @Column({ unique: true }) b!: string; @PrimaryGeneratedColumn({ name: '${long('laufend')}', primaryKeyConstraintName: '${long('pk')}' }) c!: number }
      @Entity('${long('tabelle').slice(0, 59)}') export class C { @PrimaryColumn({ type: 'enum', enum: ['b'] }) b!: string }
      @Entity() @Unique('${long('uq')}', ['a']) export class B { ${id} @ManyToOne(() => A) @JoinColumn([{ name: '${long('fk_column')}', foreignKeyConstraintName: '${long('fk')}', referencedColumnName: 'id' }, { name: 'two', referencedColumnName: 'c' }]) a!: A;
        @Column({ type: 'enum', enum: ['x'], enumName: '${long('enum')}' }) e!: string }`);
    expect([...target.tables.keys()].sort()).toEqual([...live.tables.keys()].sort());
    expect([...target.enums.keys()].sort()).toEqual([...live.enums.keys()].sort());
  });

  test('that SQL must quote', async () => {
    await expectAlike(`
      @Entity('Select From') export class A { @PrimaryColumn({ name: 'The "id"'.replaceAll('"', '') }) id!: number;
        @Index('An Index') @Column({ name: 'order', type: 'enum', enum: ['x'], enumName: 'My Enum' }) order!: string }
      @Entity({ schema: 'My Schema' }) export class User { ${id} @ManyToOne(() => A) a!: A; @Column({ type: 'enum', enum: ['x'] }) Kind!: string }`);
  });
});

describe('schemas', () => {
  test('of the DataSource', async () => {
    await expectAlike(
      `@Entity() export class A { ${id} @Column({ type: 'enum', enum: ['a'], default: 'a' }) k!: string; @ManyToMany(() => B) @JoinTable() bs!: any[] }
       @Entity({ schema: 'other' }) export class B { ${id} @ManyToOne(() => A) a!: A }
       @ViewEntity({ expression: 'SELECT id FROM app.a' }) export class V { @ViewColumn() id!: number }`,
      { options: { schema: 'app' } },
    );
  });

  test('that is the connection’s own goes without saying', async () => {
    const { target } = await expectAlike(
      `@Entity({ schema: 'public' }) export class A { ${id} @ManyToOne(() => B) b!: any }
       @Entity() export class B { ${id} @ManyToOne(() => A) a!: A }`,
      { options: { schema: 'public' } },
    );
    expect([...target.tables.keys()]).toEqual(['a', 'b']);
    expect(target.namespaces.size).toBe(0);
  });

  test('another default makes other names bare', async () => {
    const source = `
      @Entity() export class A { ${id} }
      @Entity({ schema: 'app' }) export class B { ${id} @ManyToOne(() => A) a!: A }
      @Entity({ schema: 'public' }) export class C { ${id} }`;
    const dataSource = new DataSource({ type: 'postgres', entities: [...entitiesOf(source)] });
    const target = await targetSchema(dataSource, { defaultSchema: 'app' });
    expect([...target.tables.keys()]).toEqual(['a', 'b', 'public.c']);
    expect([...target.namespaces.keys()]).toEqual(['public']);
  });

  test('in the name of a table', async () => {
    await expectAlike(`
      @Entity('app.thing') export class A { ${id} @Index() @Column({ type: 'enum', enum: ['a'] }) k!: string }
      @Entity() export class B { ${id} @ManyToOne(() => A) a!: A }`);
  });
});

test('the table of cached results', async () => {
  const source = `@Entity() export class A { ${id} }`;
  await expectAlike(source, { options: { cache: true } });
  await expectAlike(source, { options: { cache: { type: 'database', tableName: 'kept results' } } });
  await expectAlike(source, { options: { cache: { duration: 5 } as any, schema: 'app' } });
});
