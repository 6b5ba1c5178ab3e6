import { expect, test } from '@jest/globals';
import { createRunner } from 'typeorm-alembic';
import { entitiesFrom, testRun, withDatabase } from '../support/index.ts';
import { evolve, imports, linesAbout } from './evolution.ts';

/** Names that PostgreSQL has for something itself: relations of its catalogs, types, keywords, functions, operators' words. */
const names = ['user', 'date', 'interval', 'path', 'name', 'order', 'pg_stats', 'pg_class', 'pg_user', 'now'];

const classOf = (name: string) => `T${name.replaceAll('_', '')}`;

/** A table with everything that goes by its name, in one schema with all the others. */
const table = (name: string, columns: string, decorators = '') => `
  ${decorators} @Index('${name}_by_state', ['state']) @Unique('${name}_once', ['code']) @Check('${name}_some', 'points > 0')
  @Entity('${name}', { schema: 'public' }) export class ${classOf(name)} {
    @PrimaryGeneratedColumn({ primaryKeyConstraintName: '${name}_pkey' }) id!: number;
    @Column() code!: string; ${columns}
    @Column({ type: 'enum', enum: ['open', 'closed'], enumName: '${name}_mood', default: 'open' }) state!: string;
    @ManyToOne(() => ${classOf(name)}) @JoinColumn({ foreignKeyConstraintName: '${name}_parent' }) parent!: Relation<${classOf(name)}>;
  }
  @ViewEntity({ name: '${name}_view', schema: 'public', expression: 'SELECT id, points FROM public."${name}"' })
  export class V${classOf(name)} { @ViewColumn() id!: number; @ViewColumn() points!: number }`;

const before = (name: string) =>
  table(name, `@Column({ default: 1 }) points!: number; @Column({ nullable: true }) gone!: number;`);
const after = (name: string) =>
  table(
    name,
    `@Column({ type: 'bigint', default: 2 }) points!: string; @Column({ default: 'a' }) fresh!: string;`,
    `@Index('${name}_by_fresh', ['fresh'])`,
  );

/** What belongs to a table of this name, in words in which its name does not occur. */
const about = (fingerprint: string, name: string) =>
  linesAbout(fingerprint, new RegExp(`\\b${name}(_|\\b)`))
    .filter(line => !line.includes('alembic_version'))
    .map(line => line.replaceAll(new RegExp(`"?\\b${name}(_[a-z_]+)?\\b"?`, 'g'), 'NAME$1'))
    .sort();

test('tables, keys, sequences, enums and views of such names are as those of any other name: there, unchanged, and back', () => {
  const all = (of: (name: string) => string) => ['plain_table', ...names].map(of).join('\n');
  return evolve({ before: all(before), after: all(after) }, async ({ database, start, end, back, again }) => {
    expect(again).toEqual([]);
    for (const fingerprint of [start, end, back]) {
      expect(fingerprint).toContain('plain_table');
      for (const name of ['pg_stats', 'pg_class', 'pg_user', 'interval']) {
        expect([name, about(fingerprint, name)]).toEqual([name, about(fingerprint, 'plain_table')]);
      }
    }
    expect(back).toBe(start);
    const [{ count }] = await database.query(
      `SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY($1)`,
      [names],
    );
    expect(count).toBe(names.length);
  });
});

test.each([
  ['first', ''],
  ['last', '-c search_path=public,pg_catalog'],
])(
  'what others have made of such names, and what uses it, is no difference and comes back, with pg_catalog %s',
  (_, settings) => {
    const note = (type: string) =>
      `@Entity('note') export class Note { @PrimaryColumn() id!: number; @Column({ type: '${type}' }) points!: string; @Column({ default: 'a' }) text!: string; }`;
    const others = `
    CREATE DOMAIN public.money AS integer; CREATE TYPE public.box AS (a int); CREATE SEQUENCE public.pg_sequence;
    CREATE FUNCTION public.lower(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION public.same(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
    CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.same);
    CREATE COLLATION public."C" FROM "POSIX"; CREATE SCHEMA aside; CREATE COLLATION aside.odd FROM "POSIX";
    ALTER TABLE note ADD cost public.money, ADD size public.box, ADD collated text COLLATE public."C", ADD odd text COLLATE aside.odd,
      ADD number int DEFAULT nextval('public.pg_sequence'), ADD CONSTRAINT likes CHECK (id OPERATOR(public.=) 1);
    CREATE POLICY lowered ON note USING (lower(points::text) = public.lower(points::text) AND id = 1);
    CREATE TABLE lowers (kept text DEFAULT lower('A'), own text DEFAULT public.lower('A'), points int CHECK (lower(points::text) <> public.lower('A')));
    CREATE INDEX by_both ON note (lower(points::text), public.lower(points::text)) WHERE id = 1 AND id OPERATOR(public.=) 1;
    CREATE INDEX by_lower ON note (public.lower(text), text COLLATE public."C", odd COLLATE aside.odd);
    CREATE VIEW public.pg_stats AS SELECT points, public.lower(text), pg_catalog.lower(text) AS lowered, now() AS at, id = 3 AS is_plain, cost, id OPERATOR(public.=) 2 AS is FROM note;`;
    const ticket = `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number }`;
    return evolve({ before: note('int'), after: note('bigint'), others, settings }, ({ start, end, back, again }) => {
      expect(again).toEqual([]);
      const others = (fingerprint: string) =>
        linesAbout(fingerprint, /pg_stats|by_lower|by_both|lowered|lowers|likes|"C"|odd|money/);
      expect(others(end).map(line => line.replace('points bigint', 'points integer'))).toEqual(others(start));
      expect(back).toBe(start);
    }).then(() =>
      evolve(
        { before: ticket + note('int'), after: ticket, others: others.replace(/CREATE VIEW[^;]*;/, ''), settings },
        ({ start, back, again }) => {
          expect(again).toEqual([]);
          expect(back).toBe(start);
        },
      ),
    );
  },
);

test('a built-in type of an entity is the built-in one where the session finds a domain of its name first', () => {
  const note = (type: string, more = '') =>
    `@Entity('note') export class Note { @PrimaryColumn('uuid') id!: string; @Column('text', { default: 'a' }) kept!: string; @Column({ type: '${type}' }) other!: string; ${more} }`;
  const others = `CREATE DOMAIN public.text AS pg_catalog.text CHECK (VALUE <> 'x'); CREATE DOMAIN public.uuid AS pg_catalog.uuid;
    ALTER TABLE note ADD theirs public.text, ADD third public.uuid`;
  return evolve(
    {
      before: note('int'),
      after: note(
        'text',
        `@Column('text', { array: true, nullable: true }) fresh!: string[]; @Column('uuid', { nullable: true }) key!: string;`,
      ),
      others,
      settings: '-c search_path=public,pg_catalog',
    },
    async ({ database, runner, start, back, again }) => {
      expect([back, again]).toEqual([start, []]);
      await runner.upgrade();
      const types =
        await database.query(`SELECT attname AS name, n.nspname || '.' || t.typname AS type FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        JOIN pg_namespace n ON n.oid = t.typnamespace WHERE attrelid = 'note'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1`);
      expect(Object.fromEntries(types.map(({ name, type }) => [name, type]))).toEqual({
        fresh: 'pg_catalog._text',
        id: 'pg_catalog.uuid',
        kept: 'pg_catalog.text',
        key: 'pg_catalog.uuid',
        other: 'pg_catalog.text',
        theirs: 'public.text',
        third: 'public.uuid',
      });
    },
  );
});

test('what another schema of the path hides is warned of where something is made again from its text', () =>
  withDatabase(async database => {
    const classes = (type: string) =>
      entitiesFrom(
        `${imports} @Entity('note') export class Note { @PrimaryColumn() id!: number; @Column('${type}') name!: string }`,
      );
    await database.query('CREATE SCHEMA ext');
    const dataSource = (type: string, path: string) =>
      database.dataSource({
        entities: [...classes(type)] as never[],
        installExtensions: false,
        extra: { options: `-c search_path=${path}` },
      });
    await (await dataSource('varchar', 'public').initialize()).synchronize();
    await database.query(`CREATE VIEW seen AS SELECT upper(name) FROM note;
      CREATE FUNCTION ext.upper(text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'; CREATE FUNCTION ext.upper(int) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
      CREATE DOMAIN ext.money AS int; CREATE FUNCTION ext.same(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE OPERATOR ext.= (LEFTARG = int, RIGHTARG = int, FUNCTION = ext.same)`);
    const warningsOf = async (type: string, path: string) => {
      const warnings: string[] = [];
      const { directory } = testRun();
      const logger = { info() {}, warn: (line: string) => void warnings.push(line) };
      const config = { allowNoRevisions: true, versionLocations: ['.'] };
      await createRunner(dataSource(type, path), config, { directory, logger }).check();
      return warnings.filter(line => line.includes('before the built-in one'));
    };
    expect(await warningsOf('text', 'public,ext,pg_catalog')).toEqual([
      expect.stringContaining(
        'function ext.upper(pg_catalog.text), the operator ext.=(integer,integer), the type ext.money before the built-in one',
      ),
    ]);
    expect(await warningsOf('text', 'public,pg_catalog,ext')).toEqual([]);
    expect(await warningsOf('text', 'public,ext')).toEqual([]);
    expect(await warningsOf('varchar', 'public,ext,pg_catalog')).toEqual([]);
  }));
