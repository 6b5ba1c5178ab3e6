import { expect, test } from '@jest/globals';
import { refusedPairs } from '../../src/database/comparable-types.ts';
import { createRunner, silent } from '../../src/index.ts';
import { queryableOf, withDatabase } from '../support/index.ts';
import { entitiesOf } from '../metadata/alike.ts';

const types = [
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'double precision',
  'text',
  'character varying',
  'character(9)',
].concat([
  'uuid',
  'date',
  'timestamp without time zone',
  'timestamp with time zone',
  'boolean',
  'mood',
  'code',
  'integer[]',
  'inet',
  'other_mood',
  'mood[]',
  'mine',
  'nested',
  'numbers',
  'mood_code',
  'moods',
  'pair',
  'other_pair',
  'pair[]',
  'int4range',
  'int8range',
  'span',
  'name',
  'cidr',
  'bigint[]',
  'public.citext',
]);
const pairs = types.flatMap(column => types.map(referenced => ({ column, referenced })));

test('the pairs of types that PostgreSQL refuses for a foreign key are known', async () => {
  await withDatabase(async database => {
    await database.query(`CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN code AS varchar;
      CREATE TYPE other_mood AS ENUM ('a'); CREATE DOMAIN mine AS integer; CREATE DOMAIN nested AS code; CREATE DOMAIN numbers AS integer[];
      CREATE DOMAIN mood_code AS mood; CREATE DOMAIN moods AS mood[]; CREATE TYPE pair AS (a integer, b text);
      CREATE TYPE other_pair AS (a integer); CREATE DOMAIN span AS int4range; CREATE EXTENSION citext SCHEMA public`);
    const connection = queryableOf(await database.client());
    const keys = types.map((type, i) => `c${i} ${type} UNIQUE`).join(', ');
    await database.query(
      `CREATE TABLE r (${keys}); CREATE TABLE t (${types.map((type, i) => `c${i} ${type}`).join(', ')})`,
    );
    const rows = await database.query(`
      CREATE FUNCTION is_refused(own int, other int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
        BEGIN
          EXECUTE format('ALTER TABLE t ADD FOREIGN KEY (c%s) REFERENCES r (c%s)', own, other);
          RAISE SQLSTATE 'UNDO1';
        EXCEPTION WHEN SQLSTATE 'UNDO1' THEN RETURN false; WHEN datatype_mismatch THEN RETURN true;
        END;
      END $$;
      SELECT is_refused(own, other) AS refused FROM generate_series(0, ${types.length - 1}) own, generate_series(0, ${types.length - 1}) other
      ORDER BY own, other`);
    const refused = pairs.filter((_, i) => rows[i].refused);
    expect(refused.length).toBeGreaterThan(types.length);
    expect(await refusedPairs(connection as never, pairs, 'public')).toEqual(refused);
  });
});

const uuid = `@Entity() export class Folder { @Column({ primary: true, generated: 'uuid' }) uuid!: string }
  @Entity() export class Paper { @PrimaryGeneratedColumn() id!: number; @OneToOne(() => Folder) @JoinColumn() folder!: any }`;
const enums = (
  options = '',
) => `@Entity() export class Sort { @Column({ primary: true, type: 'enum', enum: ['a'], ${options} }) name!: string }
  @Entity() export class Item { @PrimaryGeneratedColumn() id!: number; @Column({ type: 'enum', enum: ['a'], ${options} }) sortName!: string;
    @OneToOne(() => Sort) @JoinColumn({ name: 'sortName' }) sort!: any }`;
const ofSort = /item\.sortName is of type item_sortname_enum, and sort\.name, .*, of type sort_name_enum/;
const cases: readonly (readonly [what: string, entities: string, there: string, refused: RegExp | undefined])[] = [
  ['varchar to uuid', uuid, '', /paper\.folderUuid is of type character varying, and folder\.uuid, .*, of type uuid/],
  ['a new enum to another new one', enums(), '', ofSort],
  ['a new enum to one that is there', enums(), `CREATE TYPE sort_name_enum AS ENUM ('a')`, ofSort],
  ['a new enum to itself', enums(`enumName: 'sort_of'`), '', undefined],
];

test('a foreign key between types that PostgreSQL refuses is an error that names both columns and types', () =>
  withDatabase(async database => {
    for (const [what, source, there, refused] of cases) {
      await database.query(there);
      const runner = createRunner(
        database.dataSource({ entities: [...entitiesOf(source)] }),
        {},
        { directory: import.meta.dirname, logger: silent },
      );
      const found = await runner.check().then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (refused) expect([what, found]).toEqual([what, expect.stringMatching(refused)]);
      else expect([what, found]).toEqual([what, undefined]);
    }
  }));
