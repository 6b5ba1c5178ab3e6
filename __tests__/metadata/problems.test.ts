import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConfigurationError, MigrationError } from '../../src/errors.ts';
import {
  ColumnDeclarationError,
  DuplicateNameError,
  DuplicateTableError,
  EntityError,
  EnumDeclarationError,
  UnsupportedDataSourceError,
  ViewDefinitionError,
} from '../../src/metadata/errors.ts';
import { targetSchema } from '../../src/metadata/target-schema.ts';
import { TypeScriptSyntaxError } from '../../src/scripts/typescript/compile.ts';
import { folderWith, removeFolders } from '../scripts/support/folders.ts';
import { entitiesOf } from './alike.ts';

afterAll(removeFolders);

const id = '@PrimaryGeneratedColumn() id!: number;';

async function problemOf(source: string): Promise<any> {
  const dataSource = new DataSource({ type: 'postgres', entities: [...entitiesOf(source)] });
  return targetSchema(dataSource).then(
    () => undefined,
    error => error,
  );
}

type Problem = new (...facts: any[]) => MigrationError;

const problems: readonly [title: string, source: string, type: Problem, facts: object, message: RegExp][] = [
  [
    'an entity without a key',
    '@Entity() export class A { @Column() a!: string }',
    EntityError,
    {},
    /"A" does not have a primary column/,
  ],
  ['an entity without columns', '@Entity() export class A {}', EntityError, {}, /primary column/],
  [
    'a type that TypeORM does not know',
    `@Entity() export class A { ${id} @Column({ type: 'money_bag' as any }) a!: string }`,
    EntityError,
    {},
    /"money_bag".* is not supported/,
  ],
  [
    'a relation to nothing',
    `@Entity() export class A { ${id} @ManyToOne('Nobody') a!: any }`,
    EntityError,
    {},
    /A#a was not found/,
  ],
  [
    'one table of two entities that differ in a column',
    `@Entity('t') export class A { ${id} @Column() a!: string } @Entity('t') export class B { ${id} @Column() a!: number; @Column() b!: number }`,
    DuplicateTableError,
    { table: 't', entities: ['A', 'B'] },
    /A and B both declare the table t, but differ in the column a \(type character varying and integer\): /,
  ],
  [
    'one table of two entities that differ in a check',
    `@Entity('t') @Check('c', 'id > 0') export class A { ${id} } @Entity('t') @Check('c', 'id > 1') export class B { ${id} }`,
    DuplicateTableError,
    { table: 't' },
    /differ in the check constraint c \(expression id > 0 and id > 1\): /,
  ],
  [
    'a default of a time that moves and is more than a word',
    `@Entity() export class A { ${id} @Column({ type: 'timestamp', default: 'tomorrow 12:00' }) at!: Date }`,
    ColumnDeclarationError,
    { table: 'a', column: 'at' },
    /default 'tomorrow 12:00'/,
  ],
  [
    'one table of two entities that differ in the key',
    `@Entity('t') export class A { @PrimaryColumn() a!: number; @Column() b!: number } @Entity('t') export class B { @PrimaryColumn() a!: number; @PrimaryColumn() b!: number }`,
    DuplicateTableError,
    { table: 't' },
    /differ in the primary key: /,
  ],
  [
    'an index name that two tables inherit',
    `abstract class P { ${id} @Index('idx_a') @Column() a!: string } @Entity() export class A extends P {} @Entity() export class B extends P {}`,
    DuplicateNameError,
    { duplicate: 'idx_a', declarations: ['an index of a', 'an index of b'] },
    /The name idx_a is declared twice/,
  ],
  [
    'a key name that two tables inherit',
    `abstract class P { @PrimaryColumn({ primaryKeyConstraintName: 'pk' }) id!: number } @Entity() export class A extends P {} @Entity() export class B extends P {}`,
    DuplicateNameError,
    { duplicate: 'pk', declarations: ['a key of a', 'a key of b'] },
    /pk/,
  ],
  [
    'an index that goes by the name of a table',
    `@Entity() export class A { ${id} } @Entity() export class B { ${id} @Index('a') @Column() a!: string }`,
    DuplicateNameError,
    { duplicate: 'a' },
    /a table or view and for an index of b/,
  ],
  [
    'an enum that goes by the name of a table',
    `@Entity() export class A { ${id} } @Entity() export class B { ${id} @Column({ type: 'enum', enum: ['x'], enumName: 'a' }) a!: string }`,
    DuplicateNameError,
    { duplicate: 'a' },
    /a table or view and for an enum/,
  ],
  [
    'two indexes of one name',
    `@Entity() @Index('i', ['a']) @Index('i', ['b']) export class A { ${id} @Column() a!: string; @Column() b!: string }`,
    DuplicateNameError,
    { duplicate: 'i' },
    /the index of a on \(\w\) and for the index of a on \(\w\)/,
  ],
  [
    'two foreign keys of one name to different tables',
    `@Entity() export class A { ${id} } @Entity() export class B { ${id} }
     @Entity() export class C { ${id} @Column() x!: number; @ManyToOne(() => A) @JoinColumn({ name: 'x' }) a!: A; @ManyToOne(() => B) @JoinColumn({ name: 'x' }) b!: B }`,
    DuplicateNameError,
    {},
    /on \(x\) to a on delete .* on \(x\) to b on delete /,
  ],
  [
    'two unique constraints of one name',
    `@Entity() @Unique('u', ['a']) @Unique('u', ['b']) export class A { ${id} @Column() a!: string; @Column() b!: string }`,
    DuplicateNameError,
    { duplicate: 'u' },
    /unique \(a\) of a/,
  ],
  [
    'an enum of two minds',
    `@Entity() export class A { ${id} @Column({ type: 'enum', enum: ['x', 'y'], enumName: 'kind' }) a!: string }
     @Entity() export class B { ${id} @Column({ type: 'enum', enum: ['x', 'z'], enumName: 'kind' }) b!: string }`,
    EnumDeclarationError,
    { type: 'kind', columns: ['a.a', 'b.b'] },
    /The enum kind is declared with the labels 'x', 'y' by a.a and with 'x', 'z' by b.b: /,
  ],
  [
    'an enum without labels',
    `@Entity() export class A { ${id} @Column({ type: 'enum', enumName: 'kind' }) a!: string }`,
    EnumDeclarationError,
    { type: 'kind', columns: ['a.a'] },
    /The enum kind is named by a.a but has no labels/,
  ],
  [
    'an enum of an empty list',
    `@Entity() export class A { ${id} @Column({ type: 'enum', enum: [] }) a!: string }`,
    EnumDeclarationError,
    { type: 'a_a_enum', columns: ['a.a'] },
    /The enum a_a_enum is declared without labels by a\.a: /,
  ],
  [
    'an enum that has a label twice',
    `@Entity() export class A { ${id} @Column({ type: 'enum', enum: ['x', 'y', 'x'] }) a!: string }`,
    EnumDeclarationError,
    { columns: ['a.a'] },
    /is declared with the label 'x' twice by a\.a: /,
  ],
  [
    'a label of 64 bytes',
    `@Entity() export class A { ${id} @Column({ type: 'enum', enum: ['ä'.repeat(31), 'ä'.repeat(32)] }) a!: string }`,
    EnumDeclarationError,
    { columns: ['a.a'] },
    /is declared with the label 'ä{32}' by a\.a, but PostgreSQL allows 63 bytes at most/,
  ],
  [
    'an enum name with a dot',
    `@Entity() export class A { ${id} @Column({ type: 'enum', enum: ['x'], enumName: 'app.kind' }) a!: string }`,
    EnumDeclarationError,
    { type: 'app.kind' },
    /has a dot in its name/,
  ],
  [
    'a sequence for a type that is no integer',
    `@Entity() export class A { @PrimaryGeneratedColumn({ type: 'numeric' }) id!: string }`,
    ColumnDeclarationError,
    { table: 'a', column: 'id' },
    /Column id of a is generated by increment but of type numeric/,
  ],
  [
    'a view without an expression',
    `@ViewEntity() export class V { @ViewColumn() a!: string }`,
    ViewDefinitionError,
    { view: 'v' },
    /The definition of view v is missing/,
  ],
  [
    'a view whose expression throws',
    `@ViewEntity({ expression: () => { throw new Error('not connected'); } }) export class V { @ViewColumn() a!: string }`,
    ViewDefinitionError,
    { view: 'v', cause: new Error('not connected') },
    /cannot be built without a connection \(not connected\): /,
  ],
  [
    'a parameter of a view that has no value',
    `@Entity() export class A { ${id} }
     @ViewEntity({ expression: ds => ds.createQueryBuilder().from(A, 'a').where('a.id = :x', { x: undefined }) }) export class V { @ViewColumn() a!: string }`,
    ViewDefinitionError,
    { view: 'v' },
    /a parameter whose value is undefined/,
  ],
];

describe('a problem is told', () => {
  test.each(problems)('%s', async (_title, source, type, facts, message) => {
    const problem = await problemOf(source);
    expect(problem).toBeInstanceOf(type);
    expect(problem).toMatchObject(facts);
    expect(problem.message).toMatch(message);
    expect(MigrationError.is(problem)).toBe(true);
  });

  test('with TypeORM’s own error as the cause', async () => {
    const { cause } = await problemOf('@Entity() export class A {}');
    expect(cause.name).toBe('MissingPrimaryColumnError');
  });

  test('of configuration where enums contradict each other', () => {
    expect(new EnumDeclarationError('kind', [], 'is odd.')).toBeInstanceOf(ConfigurationError);
  });

  test('of a DataSource of another database', async () => {
    const dataSource = new DataSource({ type: 'sqljs', driver: {} } as DataSourceOptions);
    const error = await targetSchema(dataSource).catch(each => each);
    expect(error).toBeInstanceOf(UnsupportedDataSourceError);
    expect(error.type).toBe('sqljs');
    expect(error.message).toContain("of type 'postgres'");
  });

  test.each([{}, undefined])('of what is no DataSource: %j', async none => {
    await expect(targetSchema(none as DataSource)).rejects.toMatchObject({
      name: 'RunnerCallError',
      method: 'targetSchema',
    });
  });
});

describe('names that differ beyond the 63 bytes that PostgreSQL keeps are refused', () => {
  const start = 'é'.repeat(31);
  const [one, other] = [`${start}_1`, `${start}_2`];
  const sources: Readonly<Record<string, (a: string, b: string) => string>> = {
    table: (a, b) => `@Entity('${a}') export class A { ${id} } @Entity('${b}') export class B { ${id} }`,
    'table of a schema': (a, b) => `@Entity('s.${a}') export class A { ${id} }
      @Entity({ name: '${b}', schema: 's' }) export class B { ${id} }`,
    schema: (a, b) => `@Entity({ schema: '${a}' }) export class A { ${id} } @Entity('${b}.b') export class B { ${id} }`,
    view: (
      a,
      b,
    ) => `@ViewEntity({ name: '${a}', expression: 'SELECT 1 AS id' }) export class V { @ViewColumn() id!: number }
      @ViewEntity({ name: '${b}', expression: 'SELECT 1 AS id', materialized: true }) export class W { @ViewColumn() id!: number }`,
    column: (a, b) =>
      `@Entity() export class A { ${id} @Column({ name: '${a}' }) a!: string; @Column({ name: '${b}' }) b!: string }`,
    'column of two entities': (a, b) => `@Entity('t') export class A { ${id} @Column({ name: '${a}' }) a!: string }
      @Entity('t') export class B { ${id} @Column({ name: '${b}' }) b!: string }`,
    enum: (
      a,
      b,
    ) => `@Entity() export class A { ${id} @Column({ type: 'enum', enum: ['x'], enumName: '${a}' }) a!: string;
      @Column({ type: 'enum', enum: ['x'], enumName: '${b}' }) b!: string }`,
    index: (a, b) =>
      `@Entity() @Index('${a}', ['a']) @Index('${b}', ['a']) export class A { ${id} @Column() a!: string }`,
    constraint: (a, b) => `@Entity() @Check('${a}', 'id > 0') @Check('${b}', 'id > 0') export class A { ${id} }`,
  };
  const kinds = Object.keys(sources);

  test.each(kinds)('%s', async kind => {
    const problem = await problemOf(sources[kind]!(one!, other!));
    expect(problem).toBeInstanceOf(DuplicateNameError);
    expect(problem.duplicate).toBe(`${start}_`);
    const [what] = kind.split(' ');
    // TypeORM reads the decorators of a class from the last to the first.
    const told = problem.declarations
      .map((each: string) => each.replace(/, which are alike .* at 63 bytes$/, ''))
      .sort();
    expect(told).toEqual([`the ${what} ${one}`, `the ${what} ${other}`]);
    expect(problem.message).toMatch(/é{31}_[12], which are alike once PostgreSQL has cut them at 63 bytes, but /);
  });

  test.each(kinds)('%s, but not where the names differ before that', async kind => {
    expect(await problemOf(sources[kind]!(`1${one}`, `2${other}`))).toBeUndefined();
  });

  test('the enums of two columns, by the names that TypeORM gives them', async () => {
    const kind = `type: 'enum', enum: ['x']`;
    const source = `@Entity('${'t'.repeat(60)}') export class A { ${id} @Column({ ${kind} }) aaa!: string; @Column({ ${kind} }) aab!: string }`;
    expect(await problemOf(source)).toMatchObject({ name: 'DuplicateNameError', duplicate: `${'t'.repeat(60)}_aa` });
  });
});

test('a file of entities that says itself why it cannot be loaded is not blamed on TypeORM', async () => {
  const own = new TypeScriptSyntaxError('ticket.ts', new SyntaxError('Expression expected'));
  const folder = folderWith({ 'ticket.cjs': 'throw globalThis.entityFailure;' });
  Object.assign(globalThis, { entityFailure: own });
  const dataSource = new DataSource({ type: 'postgres', entities: [join(folder, '*.cjs')] });
  await expect(targetSchema(dataSource)).rejects.toBe(own);
});
