import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { testRun } from '../support/index.ts';
import { entitiesOf, expectAlike, expectBetter } from './alike.ts';
import { targetSchema } from '../../src/metadata/target-schema.ts';

/** An entity with these columns. */
const columns = (...lines: readonly string[]): string =>
  `@Entity('t') export class T { @PrimaryColumn() id!: number;\n${lines.join(';\n')} }`;

const each = (types: readonly string[], rest = ''): string =>
  columns(...types.map((type, i) => `@Column({ type: '${type}'${rest} }) c${i}!: string`));

const supported = new DataSource({ type: 'postgres' }).driver.supportedDataTypes as string[];
const notHere = ['enum', 'geometry', 'geography', 'vector', 'halfvec'];
/** The server has this type: multiranges came with PostgreSQL 14. */
const isHere = (type: string): boolean =>
  !notHere.includes(type) && (testRun().serverMajor >= 14 || !type.endsWith('multirange'));
const types = [...supported.filter(isHere), 'simple-array', 'simple-json'];

describe('columns', () => {
  test('of every type PostgreSQL offers here', async () => {
    const { target, live } = await expectAlike(each(types));
    expect(target.tables.get('t')!.columns).toEqual(live.tables.get('t')!.columns);
  });

  test('of arrays of every type', async () => {
    const { target, live } = await expectAlike(each(types, ', array: true'));
    expect(target.tables.get('t')!.columns).toEqual(live.tables.get('t')!.columns);
  });

  test('with lengths, precisions and scales', async () => {
    const declared = [
      "type: 'character varying', length: 12",
      "type: 'varchar', length: '300', array: true",
      "type: 'char', length: 7",
      "type: 'character', length: 1",
      "type: 'bit', length: 3",
      "type: 'varbit', length: 5, array: true",
      "type: 'numeric', precision: 12, scale: 2",
      "type: 'decimal', precision: 5",
      "type: 'numeric', scale: 3",
      "type: 'numeric', precision: 7, scale: 0, array: true",
      "type: 'timestamp', precision: 3",
      "type: 'timestamptz', precision: 0, array: true",
      "type: 'timestamptz', precision: 6",
      "type: 'time', precision: 2",
      "type: 'timetz', precision: 4",
      "type: 'interval', precision: 3",
      "type: 'varchar', precision: 9",
    ];
    const { target, live } = await expectAlike(
      columns(...declared.map((of, i) => `@Column({ ${of} }) c${i}!: string`)),
    );
    expect(target.tables.get('t')!.columns).toEqual(live.tables.get('t')!.columns);
  });

  test('of types that TypeScript tells', async () => {
    await expectAlike(
      columns(
        '@Column() n!: number',
        '@Column() s!: string',
        '@Column() b!: boolean',
        '@Column() d!: Date',
        "@Column() u!: 'a' | 'b'",
      ),
    );
  });

  test('of the types of extensions', async () => {
    await expectAlike(each(['citext', 'hstore', 'ltree', 'cube']));
  });

  test('that TypeORM keeps itself', async () => {
    await expectAlike(
      columns(
        '@CreateDateColumn() a!: Date',
        "@CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'CURRENT_TIMESTAMP(3)' }) b!: Date",
        '@UpdateDateColumn({ default: null }) c!: Date',
        "@UpdateDateColumn({ type: 'date' }) d!: Date",
        '@DeleteDateColumn() e!: Date',
        '@VersionColumn() f!: number',
        '@VirtualColumn({ query: alias => `SELECT 1` }) g!: number',
        '@Column({ select: false, insert: false, update: false }) h!: string',
      ),
    );
  });

  test('that may be null', async () => {
    await expectAlike(
      columns(
        '@Column({ nullable: true }) a!: string',
        "@Column('varchar', { default: null }) b!: string",
        "@Column('int', { nullable: true, default: 1 }) c!: number",
      ),
    );
  });

  test('with defaults', async () => {
    await expectAlike(
      columns(
        '@Column({ default: 0 }) a!: number',
        '@Column({ default: -1.5, type: "float" }) b!: number',
        '@Column({ default: "true", type: "bool" }) c!: boolean',
        '@Column({ default: false }) d!: boolean',
        '@Column({ default: "" }) e!: string',
        "@Column({ default: `it''s` }) f!: string",
        '@Column("text", { array: true, default: ["a", "b c"] }) g!: string[]',
        '@Column("int", { array: true, default: [] }) h!: number[]',
        '@Column("jsonb", { default: { a: [1, "x\'y"] } }) i!: object',
        '@Column("jsonb", { default: [1, 2] }) j!: object',
        '@Column("timestamptz", { default: new Date(0) }) k!: Date',
        '@Column("bigint", { default: 12n as any }) l!: string',
        ...['CURRENT_TIMESTAMP', 'CURRENT_DATE', 'LOCALTIME(2)', 'CURRENT_TIME', 'LOCALTIMESTAMP'].map(
          (name, i) =>
            `@Column({ type: '${i === 1 ? 'date' : name.includes('TIMES') ? 'timestamp' : 'time'}', default: () => '${name}' }) m${i}!: Date`,
        ),
        '@Column({ default: () => "upper(\'x\') || 1::text" }) n!: string',
        '@Column("uuid", { default: () => "gen_random_uuid()" }) o!: string',
        '@Column({ default: "back\\\\slash" }) p!: string',
      ),
    );
  });

  test.each([
    ["it's", "it's"],
    ["a'b'c", "a'b'c"],
  ])('with the default %s, which TypeORM does not quote', async (given, expected) => {
    const made = await expectBetter(columns(`@Column({ default: "${given}" }) a!: string`), /syntax error/);
    expect(made.live.tables.get('t')!.columns[1]!.default).toBe(
      `'${expected.replaceAll("'", "''")}'::character varying`,
    );
  });

  test('with comments and collations', async () => {
    await expectAlike(
      `@Entity('t', { comment: "the table's" }) export class T { @PrimaryColumn({ comment: 'key' }) id!: number;
       @Column({ comment: 'it\\'s\\0 said' }) a!: string; @Column({ comment: '' }) b!: string;
       @Column({ collation: 'C' }) c!: string; @Column({ collation: 'default' }) d!: string;
       @Column({ length: 10, collation: 'POSIX', array: true }) e!: string; }
       @Entity('u', { comment: '' }) export class U { @PrimaryColumn() id!: number }`,
    );
  });

  test('that PostgreSQL computes', async () => {
    await expectAlike(
      columns(
        '@Column() a!: number',
        `@Column({ generatedType: 'STORED', asExpression: 'a * 2' }) b!: number`,
        `@Column({ generatedType: 'STORED', asExpression: '"a"::text', nullable: true }) c!: string`,
      ),
    );
  });
});

describe('generated values', () => {
  const key = (decorator: string, table = 't'): string =>
    `@Entity('${table}') export class ${table.toUpperCase()} { ${decorator} id!: number }`;

  test('of keys', async () => {
    const declared = [
      '@PrimaryGeneratedColumn()',
      "@PrimaryGeneratedColumn({ type: 'bigint' })",
      "@PrimaryGeneratedColumn('increment', { type: 'smallint' })",
      "@PrimaryGeneratedColumn('rowid')",
      "@PrimaryGeneratedColumn('identity')",
      "@PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })",
      "@PrimaryGeneratedColumn('uuid')",
      "@PrimaryColumn() @Generated('uuid')",
      "@PrimaryColumn({ type: 'uuid', default: () => 'gen_random_uuid()' })",
      '@PrimaryColumn() @Generated()',
      "@PrimaryColumn('uuid', { generated: 'increment' as any })",
      "@PrimaryColumn('bigint', { generated: 'true' as any })",
      "@PrimaryColumn('int', { generated: true })",
    ];
    await expectAlike(declared.map((decorator, i) => key(decorator, `t${i}`)).join('\n'));
  });

  test('of columns that are no key, which may not be null whatever is said', async () => {
    await expectAlike(
      columns(
        `@Column() @Generated('increment') a!: number`,
        `@Column({ type: 'bigint', nullable: true, generated: 'increment' }) b!: string`,
        `@Column({ type: 'uuid', nullable: true, generated: 'uuid' }) c!: string`,
        `@Column({ type: 'int', nullable: true, generated: 'identity' }) d!: number`,
      ),
    );
  });

  test('by pgcrypto', async () => {
    await expectAlike(key(`@PrimaryGeneratedColumn('uuid')`), { options: { uuidExtension: 'pgcrypto' } });
  });

  test('by what the server has built in, where nothing is to be installed', async () => {
    const options = { uuidExtension: 'pgcrypto', installExtensions: false } as const;
    const { target } = await expectAlike(key(`@PrimaryGeneratedColumn('uuid')`), { options });
    expect(target.extensions.size).toBe(0);
  });

  test('and extensions that the DataSource names', async () => {
    const { target } = await expectAlike(key('@PrimaryGeneratedColumn()'), {
      options: { extensions: ['pg_trgm', 'citext'] },
    });
    expect([...target.extensions.keys()]).toEqual(['citext', 'pg_trgm']);
  });
});

describe('enums', () => {
  test('of arrays, objects and numbers, named or not', async () => {
    await expectAlike(
      columns(
        `@Column({ type: 'enum', enum: ['a', "b'c", 'D e'], default: 'a' }) myKind!: string`,
        `@Column({ type: 'enum', enum: { A: 'x', B: 'y' }, default: 'y' }) a!: string`,
        `@Column({ type: 'enum', enum: { A: 0, B: 1, 0: 'A', 1: 'B' }, default: 1 }) b!: number`,
        `@Column({ type: 'enum', enum: ['a', 'b'], array: true, default: ['a', 'b'] }) c!: string[]`,
        `@Column({ type: 'simple-enum', enum: ['a', 'b'], enumName: 'My_Kind', default: () => "'a'" }) d!: string`,
        `@Column({ type: 'enum', enumName: 'My_Kind', array: true }) e!: string[]`,
      ),
    );
  });

  test('of a table in another schema, and of two tables', async () => {
    const column = `@PrimaryColumn() id!: number; @Column({ type: 'enum', enum: ['a', 'b'], enumName: 'kind' }) k!: string`;
    await expectAlike(`
      @Entity({ schema: 'app' }) export class A { ${column}; @Column({ type: 'enum', enum: ['c'] }) own!: string }
      @Entity({ schema: 'app' }) export class B { ${column} }
      @Entity() export class C { ${column} }`);
  });

  test('of a key, which foreign keys share', async () => {
    await expectAlike(`
      @Entity() export class A { @PrimaryColumn({ type: 'enum', enum: ['a', 'b'], enumName: 'k', comment: 'pk' }) id!: string }
      @Entity() export class B { @PrimaryColumn() id!: number; @ManyToOne(() => A) a!: A }`);
  });
});

test('types that only other servers have are spelled as PostgreSQL would', async () => {
  const [entity] = entitiesOf(
    columns(
      `@Column({ type: 'geometry', spatialFeatureType: 'Point', srid: 4326 }) a!: string`,
      `@Column({ type: 'geometry', spatialFeatureType: 'multipolygonz' as any }) b!: string`,
      `@Column({ type: 'geometry', srid: 4326 }) c!: string`,
      `@Column({ type: 'geography', spatialFeatureType: 'Point' }) d!: string`,
      `@Column({ type: 'geography' }) e!: string`,
      `@Column({ type: 'vector', length: 3 }) f!: string`,
      `@Column({ type: 'halfvec', array: true }) g!: string`,
    ),
  );
  const target = await targetSchema(new DataSource({ type: 'postgres', entities: [entity!] }));
  expect(target.tables.get('t')!.columns.map(({ type }) => type)).toEqual([
    'integer',
    'geometry(Point,4326)',
    'geometry(MultiPolygonZ)',
    'geometry',
    'geography(Point,4326)',
    'geography',
    'vector(3)',
    'halfvec[]',
  ]);
  expect([...target.extensions.keys()]).toEqual(['postgis', 'vector']);
});
