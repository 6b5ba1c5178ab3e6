import { describe, expect, test } from '@jest/globals';
import { expectAlike, expectBetter } from './alike.ts';

const id = '@PrimaryGeneratedColumn() id!: number;';

describe('relations', () => {
  test('with every action, deferrable, named, without a foreign key', async () => {
    const { target } = await expectAlike(`
      @Entity() export class A { ${id} }
      @Entity() export class B { ${id}
        @ManyToOne(() => A) plain!: A;
        @ManyToOne(() => A, { onDelete: 'CASCADE', onUpdate: 'SET NULL' }) one!: A;
        @ManyToOne(() => A, { onDelete: 'RESTRICT', onUpdate: 'RESTRICT', nullable: false }) two!: A;
        @ManyToOne(() => A, { onDelete: 'SET NULL', onUpdate: 'NO ACTION', deferrable: 'INITIALLY DEFERRED' }) three!: A;
        @ManyToOne(() => A, { deferrable: 'INITIALLY IMMEDIATE' }) @JoinColumn({ name: 'the a', foreignKeyConstraintName: 'fk named' }) four!: A;
        @ManyToOne(() => A, { createForeignKeyConstraints: false }) five!: A;
        @Column({ type: 'int', default: 3 }) sixId!: number; @ManyToOne(() => A) @JoinColumn({ name: 'sixId' }) six!: A;
        @ManyToOne(() => A, { onDelete: 'SET DEFAULT' as any }) seven!: A }`);
    expect(target.foreignKeys.size).toBe(7);
  });

  test('to keys of several columns, of other types, or to what is no key', async () => {
    await expectAlike(`
      @Entity() export class A { @PrimaryColumn({ length: 10, collation: 'C', comment: 'pk' }) x!: string; @PrimaryColumn('numeric', { precision: 5, scale: 1 }) y!: string;
        @Column({ unique: true }) code!: string }
      @Entity() export class U { @PrimaryGeneratedColumn('uuid') id!: string }
      @Entity() export class B { ${id} @ManyToOne(() => A) a!: A;
        @ManyToOne(() => A) @JoinColumn([{ name: 'ay', referencedColumnName: 'y' }, { name: 'ax', referencedColumnName: 'x' }]) b!: A;
        @ManyToOne(() => A) @JoinColumn({ name: 'code', referencedColumnName: 'code' }) c!: A; @ManyToOne(() => U) u!: U }`);
  });

  test('of one to one', async () => {
    await expectAlike(`
      @Entity() export class A { ${id} @OneToOne(() => B, (b: any) => b.a) b!: any }
      @Entity() export class B { ${id} @OneToOne(() => A, a => a.b) @JoinColumn() a!: A;
        @OneToOne(() => A, { createForeignKeyConstraints: false }) @JoinColumn() c!: A }
      @Entity() export class C { @PrimaryColumn() aId!: number; @OneToOne(() => A) @JoinColumn() a!: A }
      @Entity() export class D { ${id} @Column({ unique: true }) aId!: number; @OneToOne(() => A) @JoinColumn({ name: 'aId' }) a!: A }`);
  });

  test('of many to many', async () => {
    await expectAlike(`
      @Entity() export class Tag { ${id} @ManyToMany(() => Post, (p: any) => p.tags, { onDelete: 'RESTRICT' }) posts!: any[] }
      @Entity() export class Post { ${id}
        @ManyToMany(() => Tag, t => t.posts, { onDelete: 'NO ACTION', onUpdate: 'SET NULL' as any }) @JoinTable() tags!: Tag[];
        @ManyToMany(() => Post) @JoinTable() related!: any[];
        @ManyToMany(() => Tag) @JoinTable({ name: 'named', schema: 'app', joinColumn: { name: 'p', foreignKeyConstraintName: 'fk_p' },
          inverseJoinColumn: { name: 't', foreignKeyConstraintName: 'fk_t' } }) named!: Tag[];
        @ManyToMany(() => Tag, { createForeignKeyConstraints: false }) @JoinTable({ name: 'loose' }) loose!: Tag[];
        @ManyToMany(() => Tag) @JoinTable({ name: 'by_hand', synchronize: false }) byHand!: Tag[] }`);
  });

  test('by @ForeignKey', async () => {
    await expectAlike(`
      @Entity() @Unique(['x', 'y']) export class A { ${id} @Column() x!: number; @Column() y!: number }
      @Entity() @ForeignKey(() => A, ['p', 'q'], ['x', 'y'], { name: 'composite', onDelete: 'CASCADE' })
      export class B { ${id} @Column() p!: number; @Column() q!: number; @ForeignKey(() => A) @Column() aId!: number;
        @ForeignKey('A', 'id', { deferrable: 'INITIALLY DEFERRED' }) @Column() other!: number }`);
  });

  test('across schemas', async () => {
    await expectAlike(`
      @Entity({ schema: 'app' }) export class A { ${id} @ManyToOne(() => B) b!: any; @ManyToMany(() => B) @JoinTable() bs!: any[] }
      @Entity() export class B { ${id} @ManyToOne(() => A) a!: A }`);
  });

  test('in a ring', async () => {
    await expectAlike(`
      @Entity() export class A { ${id} @ManyToOne(() => B) b!: any; @ManyToOne(() => A) a!: any }
      @Entity() export class B { ${id} @ManyToOne(() => A) a!: A }`);
  });

  test('over one column have one foreign key between them', async () => {
    const made = await expectBetter(
      `@Entity() export class A { ${id} }
       @Entity() export class B { ${id} @Column() aId!: number; @ManyToOne(() => A) @JoinColumn({ name: 'aId' }) a!: A;
         @ManyToOne(() => A) @JoinColumn({ name: 'aId' }) again!: A }`,
      /already exists/,
    );
    expect(made.live.foreignKeys.size).toBe(1);
  });
});

describe('a table of two entities', () => {
  const junction = `
    @Entity() export class Role { ${id} }
    @Entity() export class User { ${id} @ManyToMany(() => Role) @JoinTable({ name: 'user_role', joinColumn: { name: 'userId' }, inverseJoinColumn: { name: 'roleId' } }) roles!: Role[] }`;

  test('is the wider one: an entity for a junction', async () => {
    await expectAlike(`${junction}
      @Entity() export class UserRole { @PrimaryColumn() userId!: number; @PrimaryColumn() roleId!: number; @Column() since!: string }`);
  });

  test('has what the first says of a foreign key', async () => {
    const { target } = await expectAlike(`${junction}
      @Entity() export class UserRole { @PrimaryColumn() userId!: number; @PrimaryColumn() roleId!: number;
        @ManyToOne(() => User, { onDelete: 'RESTRICT' }) user!: User; @ManyToOne(() => Role) role!: Role }`);
    const actions = [...target.foreignKeys.values()].map(({ columns, onDelete }) => [...columns, onDelete]);
    expect(actions.sort()).toEqual([
      ['roleId', undefined],
      ['userId', 'restrict'],
    ]);
  });

  test('is both, where both are alike', async () => {
    await expectAlike(`
      @Entity('t') export class A { ${id} @Index() @Column() a!: string }
      @Entity('t') @Index(['a', 'id']) @Check('id > 0') export class B { ${id} @Index() @Column() a!: string }`);
  });
});
