import { describe, expect, test } from '@jest/globals';
import { BlockedChangeError } from 'typeorm-alembic';
import { evolve, linesAbout, type Evolution } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const note = (columns: string, decorators = '') =>
  `${decorators} @Entity('note') export class Note { @PrimaryColumn() id!: number; ${columns} }`;
const heir = (columns: string, decorators = '') =>
  `${decorators} @Entity('heir') export class Heir { @PrimaryColumn() id!: number; ${columns} }`;
const ticket = `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number; }`;

const before = `@Column({ type: 'varchar', length: 20, nullable: true, collation: 'C' }) text!: string;
  @Column({ default: 1 }) points!: number; @Column({ nullable: true }) gone!: number;
  @Column({ type: 'enum', enum: ['open', 'closed', 'never'], enumName: 'state', default: 'open' }) state!: string;
  @Column({ type: 'int', asExpression: 'points * 2', generatedType: 'STORED' }) twice!: number;`;
const after = `@Column({ type: 'varchar', length: 50, nullable: true, collation: 'C' }) text!: string;
  @Column({ type: 'bigint', default: 2, nullable: true }) points!: number; @Column({ default: 7 }) fresh!: number;
  @Column({ type: 'enum', enum: ['closed', 'open'], enumName: 'state', default: 'closed' }) state!: string;
  @Column({ type: 'int', asExpression: 'id * 3', generatedType: 'STORED' }) twice!: number;`;
const checkBefore = `@Check('some', 'points > 0') @Check('left', 'id > 0')`;
const checkAfter = `@Check('some', 'points > -1') @Check('added', 'id > -5') @Index('by_points', ['points'])`;

/** What the table `note` becomes by somebody else's hand. Its key is one of a partition, too. */
const partitioned = `
  DO $$ DECLARE key text := (SELECT conname FROM pg_constraint WHERE conrelid = 'note'::regclass AND contype = 'p'); BEGIN
    ALTER TABLE note RENAME TO old;
    CREATE TABLE note (LIKE old INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED) PARTITION BY RANGE (id);
    DROP TABLE old;
    EXECUTE format('ALTER TABLE note ADD CONSTRAINT %I PRIMARY KEY (id)', key);
  END $$;
  CREATE TABLE heir PARTITION OF note FOR VALUES FROM (1) TO (100) WITH (fillfactor=60);
  CREATE TABLE "Odd.Heir" PARTITION OF note FOR VALUES FROM (100) TO (200) PARTITION BY LIST (id);
  CREATE TABLE deep PARTITION OF "Odd.Heir" DEFAULT; COMMENT ON TABLE deep IS 'why';
  CREATE TABLE rest PARTITION OF note DEFAULT; GRANT SELECT ON rest TO pg_monitor;`;
const bare = 'CREATE TABLE heir () INHERITS (note); CREATE TABLE deep (more int) INHERITS (heir);';
const attached = 'CREATE TABLE heir (LIKE note INCLUDING ALL); ALTER TABLE heir INHERIT note;';
const row = 'INSERT INTO heir (id, text, gone) VALUES (7, $$a$$, 1);';

const families: Readonly<Record<string, Pick<Evolution, 'before' | 'after' | 'others'>>> = {
  partitions: { before: note(before, checkBefore), after: note(after, checkAfter), others: partitioned },
  'a table that inherits it': { before: note(before, checkBefore), after: note(after, checkAfter), others: bare },
  'a table that inherits it and has the columns itself': {
    before: note(before, checkBefore),
    after: note(after, checkAfter),
    others: attached,
  },
  'a declared table that inherits it': {
    before: note(before, checkBefore) + heir(before, checkBefore),
    after: note(after, checkAfter) + heir(after, checkAfter.replace('by_points', 'heir_by_points')),
    others: 'ALTER TABLE heir INHERIT note;',
  },
};

const columnsOf = (fingerprint: string, table: string) =>
  linesAbout(fingerprint, new RegExp(`^column (public\\.)?${table}\\.`)).map(line => line.replace(`${table}.`, '.'));

describe.each(shareOfToday(Object.entries(families)))('with %s', (name, family) => {
  const isDeclared = name.includes('declared');
  const others = family.others! + row;

  test('a table changes, PostgreSQL hands the changes down, and nothing is left to do', () =>
    evolve({ ...family, others }, async ({ database, source, start, end, again, back }) => {
      if (!isDeclared)
        expect(source).not.toMatch(/op\.(alter|add|create|rename)\w+\(\{\s+(table|name): '(heir|deep|rest)'/);
      if (!isDeclared && !name.includes('itself')) expect(source).not.toMatch(/heir|deep|rest|Heir/);
      expect(columnsOf(end, 'heir')).toEqual(expect.arrayContaining([...columnsOf(end, 'note')]));
      expect(again).toEqual([]);
      expect(linesAbout(back, /gone|left/)).toEqual(linesAbout(start, /gone|left/));
      expect(await database.query('SELECT id, text FROM note')).toEqual([{ id: 7, text: 'a' }]);
    }));

  test('its column is renamed', () => {
    const renamed = (source: string) => source.replaceAll(' points!', ' score!').replaceAll('points', 'score');
    const columns = isDeclared ? { 'note.points': 'score', 'heir.points': 'score' } : { 'note.points': 'score' };
    const evolution = { ...family, others, after: renamed(family.before), renames: { columns } };
    return evolve(evolution, ({ source, start, end, again, back }) => {
      expect(source!.match(/await op\.renameColumn/g)).toHaveLength(2);
      expect(columnsOf(end, 'heir').some(line => line.includes('.score '))).toBe(true);
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });

  test('nothing differs where nothing was changed', () =>
    evolve({ ...family, others, after: family.before }, ({ source, again }) => {
      expect(source).toBeUndefined();
      expect(again).toEqual([]);
    }));
});

describe('a dropped table', () => {
  test('comes back partitioned, with its partitions, and what does not come back is named', async () => {
    const own = 'CREATE INDEX by_hand ON heir (points); ALTER TABLE rest ADD CONSTRAINT strict CHECK (points < 9)';
    const evolution = { before: ticket + note(before, checkBefore), after: ticket, others: `${partitioned} ${own}` };
    await evolve(evolution, ({ source, start, back, again }) => {
      expect(again).toEqual([]);
      expect(source).toContain(
        '// Drops what the downgrade does not create again: index by_hand of the partition heir, constraint strict of the partition rest',
      );
      const isLost = (line: string) => /by_hand|strict/.test(line);
      expect(back.split('\n')).toEqual(start.split('\n').filter(line => !isLost(line)));
    });
  });

  test('comes back as one that inherits', async () => {
    const evolution = {
      before: ticket + note(before, checkBefore) + heir(before, checkBefore),
      after: ticket + note(before, checkBefore),
      others: 'ALTER TABLE heir INHERIT note;',
    };
    await evolve(evolution, ({ source, start, back, again }) => {
      expect(again).toEqual([]);
      expect(source).toContain(`inherits: ['note']`);
      expect(back).toBe(start);
    });
  });
});

test('an entity of a partition is no difference', () =>
  evolve(
    {
      before: note(before),
      after: note(before) + heir(before),
      others: partitioned,
    },
    ({ source }) => expect(source).toBeUndefined(),
  ));

test('a change of an inherited column in the lower entity alone is refused', async () => {
  const heirOf = (type: string) => heir(`@Column({ type: '${type}', default: 1 }) points!: string;`);
  const evolution = {
    before: note('@Column({ default: 1 }) points!: number;') + heirOf('int'),
    after: note('@Column({ default: 1 }) points!: number;') + heirOf('bigint'),
    others: 'ALTER TABLE heir INHERIT note;',
  };
  const error = await evolve(evolution, () => {}).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(BlockedChangeError);
  expect((error as Error).message).toContain(
    'column heir.points depends on column note.points, from which it is inherited',
  );
});

describe('a column leaves the upper entity and stays in a lower one', () => {
  const entity = (name: string, ...columns: readonly string[]) =>
    `@Entity('${name}') export class ${name} { @PrimaryColumn() id!: number; ${columns
      .map(column => `@Column({ type: 'int', nullable: true }) ${column}!: number;`)
      .join(' ')} }`;
  const values = (database: { query(sql: string): Promise<unknown> }, ...tables: readonly string[]) =>
    Promise.all(tables.map(table => database.query(`SELECT e FROM ONLY ${table}`)));

  test('its values stay there, as they do below two upper ones, and what the downgrade leaves otherwise is named', () =>
    evolve(
      {
        before:
          entity('base', 'e', 'f') +
          entity('sub', 'e', 'f') +
          entity('deep', 'e', 'f') +
          entity('other', 'e', 'f') +
          entity('second', 'e') +
          entity('pair', 'e'),
        after:
          entity('base') +
          entity('sub', 'e') +
          entity('deep', 'e', 'f') +
          entity('other', 'f') +
          entity('second', 'e') +
          entity('pair', 'e'),
        others: `DROP TABLE sub, deep, other, pair; CREATE TABLE pair (PRIMARY KEY (id)) INHERITS (base, second); INSERT INTO pair VALUES (5, 5, 5); CREATE TABLE sub (PRIMARY KEY (id)) INHERITS (base);
          CREATE TABLE deep (PRIMARY KEY (id)) INHERITS (sub); CREATE TABLE other (PRIMARY KEY (id)) INHERITS (base);
          CREATE TABLE unknown () INHERITS (base); ALTER TABLE sub ALTER e SET DEFAULT 5; CREATE VIEW seen AS SELECT e FROM sub;
          INSERT INTO base VALUES (1, 1, 1); INSERT INTO sub VALUES (2, 2, 2); INSERT INTO deep VALUES (3, 3, 3); INSERT INTO other VALUES (4, 4, 4);`,
      },
      async ({ database, source, start, back, again }) => {
        expect(again).toEqual([]);
        expect(await values(database, 'sub', 'deep', 'pair')).toEqual([[{ e: 2 }], [{ e: 3 }], [{ e: 5 }]]);
        expect(await database.query('SELECT f FROM ONLY deep UNION ALL SELECT f FROM ONLY other')).toEqual([
          { f: 3 },
          { f: 4 },
        ]);
        for (const lost of ['base.e', 'base.f', 'sub.f', 'other.e', 'pair.f'])
          expect(source).toContain(`// Deletes data: column ${lost}\n`);
        expect(source!.match(/Deletes data/g)).toHaveLength(5);
        const local = await database.query(
          `SELECT attrelid::regclass || '.' || attname AS name FROM pg_attribute WHERE attname IN ('e', 'f') AND attinhcount > 0 AND attislocal`,
        );
        for (const { name } of local as { name: string }[])
          expect(source).toContain(`column ${name} as inherited only`);
        expect(back).toBe(start);
      },
    ));
});
