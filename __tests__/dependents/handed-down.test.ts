import { describe, expect, test } from '@jest/globals';
import { BlockedChangeError } from 'typeorm-alembic';
import { testRun } from '../support/index.ts';
import { evolve, type Evolution } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/**
 * PostgreSQL hands what is done to a table down to its partitions and heirs, and refuses it, or loses something, for what
 * others have there. Each case is refused when the revision is generated, or its file runs both ways and names what is lost.
 */
const ticket = `@Entity('ticket') export class Ticket { @PrimaryColumn({ primaryKeyConstraintName: 'ticket_pkey' }) id!: number }`;

const a = `@Column({ type: 'varchar', length: 10, nullable: true }) a!: string;`;
const b = `@Column({ type: 'int', nullable: true }) b!: number;`;
const note = (columns = a + b, decorators = '') => `${ticket} ${decorators} @Entity('note') export class Note {
  @PrimaryColumn({ primaryKeyConstraintName: 'note_pkey' }) id!: number; ${columns} }`;

const columns = `id integer NOT NULL, a varchar(10), b integer, CONSTRAINT note_pkey PRIMARY KEY (id)`;
const functions = `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';`;
const families: Readonly<Record<string, string>> = {
  'a partition': `DROP TABLE note; CREATE TABLE note (${columns}) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF note FOR VALUES FROM (1) TO (100); CREATE TABLE rest PARTITION OF note DEFAULT; ${functions}`,
  'a partition of a partition': `DROP TABLE note; CREATE TABLE note (${columns}) PARTITION BY RANGE (id);
    CREATE TABLE mid PARTITION OF note FOR VALUES FROM (1) TO (100) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF mid DEFAULT; ${functions}`,
  'an heir': `CREATE TABLE part () INHERITS (note); ${functions}`,
  'the heir of an heir': `CREATE TABLE mid () INHERITS (note); CREATE TABLE part () INHERITS (mid); ${functions}`,
};

const columnIs = (condition: string) =>
  `SELECT FROM pg_attribute WHERE attrelid = 'part'::regclass AND attname = 'a' AND ${condition}`;
const hasConstraint = (name: string) =>
  `SELECT FROM pg_constraint WHERE conrelid = 'part'::regclass AND conname = '${name}'`;

const foreign = `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE part ()`;

/** What others may have there, by the words that tell of it, with a query that finds it. */
const own: Readonly<Record<string, readonly [sql: string, found: string]>> = {
  'index mine of part': ['CREATE INDEX mine ON part (a, b)', `SELECT FROM pg_class WHERE relname = 'mine'`],
  'index over of part': [
    'CREATE INDEX over ON part (lower(a)) WHERE b > 1',
    `SELECT FROM pg_class WHERE relname = 'over'`,
  ],
  'constraint strict of part': [
    `ALTER TABLE part ADD CONSTRAINT strict CHECK (a <> 'q' AND b > 1)`,
    hasConstraint('strict'),
  ],
  'constraint once of part': ['ALTER TABLE part ADD CONSTRAINT once UNIQUE (a, b)', hasConstraint('once')],
  'constraint of_ticket of part': [
    'ALTER TABLE part ADD CONSTRAINT of_ticket FOREIGN KEY (b) REFERENCES ticket (id)',
    hasConstraint('of_ticket'),
  ],
  'statistics object st of part': [
    'CREATE STATISTICS st (mcv) ON a, b FROM part; ALTER STATISTICS st SET STATISTICS 4',
    'SELECT FROM pg_statistic_ext WHERE stxstattarget = 4',
  ],
  'default of column a of part': [
    `ALTER TABLE part ALTER a SET DEFAULT 'own'`,
    `SELECT FROM pg_attrdef WHERE adrelid = 'part'::regclass AND pg_get_expr(adbin, adrelid) LIKE '%own%'`,
  ],
  'NOT NULL of column a of part': ['ALTER TABLE part ALTER a SET NOT NULL', columnIs('attnotnull')],
  'comment of column a of part': [
    `COMMENT ON COLUMN part.a IS 'why'`,
    columnIs(`col_description(attrelid, attnum) = 'why'`),
  ],
  'privileges of column a of part': ['GRANT SELECT (a) ON part TO pg_monitor', columnIs('attacl IS NOT NULL')],
  'statistics target 77 of column a of part': [
    'ALTER TABLE part ALTER a SET STATISTICS 77',
    columnIs('attstattarget = 77'),
  ],
  'option n_distinct=5 of column a of part': [
    'ALTER TABLE part ALTER a SET (n_distinct=5)',
    columnIs('attoptions IS NOT NULL'),
  ],
  'storage of column a of part': ['ALTER TABLE part ALTER a SET STORAGE EXTERNAL', columnIs(`attstorage = 'e'`)],
};

/** What PostgreSQL may refuse a change for. */
const hindrances: Readonly<Record<string, string>> = {
  'policy own ': `CREATE POLICY own ON part USING (a = 'x' AND b > 1)`,
  'trigger own ': 'CREATE TRIGGER own BEFORE UPDATE OF a, b ON part FOR EACH ROW EXECUTE FUNCTION nothing()',
  'rule own ': `CREATE RULE own AS ON DELETE TO part WHERE old.a = 'q' AND old.b > 1 DO INSTEAD NOTHING`,
  'view seen': 'CREATE VIEW seen AS SELECT a, b FROM part',
  'view kept': 'CREATE MATERIALIZED VIEW kept AS SELECT a, b FROM part',
};

const text = `@Column({ type: 'text', nullable: true }) a!: string;`;
const changes: Readonly<Record<string, string>> = {
  'its column is dropped': note(b),
  'its column gets another type': note(text + b),
  'its column gets a default': note(a.replace('nullable', `default: 'new', nullable`) + b),
  'its column must have a value': note(a.replace('nullable: true', 'nullable: false') + b),
  'it gets an index': note(a + b, `@Index('by_both', ['a', 'b'])`),
  'it gets a check': note(a + b, `@Check('strict', "a <> 'q' AND b > 1")`),
  'it gets a foreign key': note(
    a +
      `@ManyToOne(() => Ticket, { nullable: true }) @JoinColumn({ name: 'b', foreignKeyConstraintName: 'FK_b' }) b!: Ticket;`,
  ),
};

describe.each(shareOfToday(Object.entries(families)))('%s', (_, family) => {
  test.each(shareOfToday(Object.entries(changes), 1))('what it loses is named where %s', async (change, after) => {
    const others = [family, ...Object.values(own).map(([sql]) => sql)].join('; ');
    const isBack = /dropped|default/.test(change);
    await evolve({ before: note(), after, others }, async ({ database, source, again }) => {
      expect(again).toEqual([]);
      const named = Object.keys(own).filter(what => source!.includes(what));
      const lost: string[] = [];
      for (const [what, [, query]] of Object.entries(own))
        if ((await database.query(query)).length === 0) lost.push(what);
      expect(named).toEqual(expect.arrayContaining(lost));
      if (!isBack) expect(named).toEqual(lost);
    });
  });

  test.each(Object.entries(changes).slice(0, 2))('what is in the way is named where %s', async (_title, after) => {
    const tell = (things: Readonly<Record<string, string>>) => [family, ...Object.values(things)].join('; ');
    const error = await evolve({ before: note(), after, others: tell(hindrances) }, () => {}).catch(
      (caught: unknown) => caught,
    );
    if (error !== undefined) expect(error).toBeInstanceOf(BlockedChangeError);
    const message = (error as BlockedChangeError | undefined)?.message ?? '';
    const others = Object.fromEntries(Object.entries(hindrances).filter(([what]) => !message.includes(what)));
    await evolve({ before: note(), after, others: tell(others) }, ({ start, back, again }) => {
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });

  test('nothing is named where it has nothing', async () => {
    const after = note(
      text + b.replace(`'int'`, `'bigint'`),
      `@Index('by_both', ['a', 'b']) @Check('strict', 'b > 1')`,
    );
    await evolve({ before: note(), after, others: family }, ({ source, start, back, again }) => {
      expect(source).not.toMatch(/ of (part|mid|rest)\b/);
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });
});

describe('a change that PostgreSQL does not hand down is refused', () => {
  const varchar = `a varchar(10), b integer`;
  const counted = note(`${a} ${b} @Column({ type: 'int', generated: 'identity' }) counter!: number;`);
  const cases: Readonly<Record<string, readonly [others: string, after: string, refused: RegExp, before?: string]>> = {
    'the type of a column of a typed table': [
      `DROP TABLE note; CREATE TYPE made AS (id integer, ${varchar}); CREATE TABLE note OF made (CONSTRAINT note_pkey PRIMARY KEY (id))`,
      note(text + b),
      /table note depends on type made, of which it is a typed table/,
    ],
    'a column more of a typed table': [
      `DROP TABLE note; CREATE TYPE made AS (id integer, ${varchar}); CREATE TABLE note OF made (CONSTRAINT note_pkey PRIMARY KEY (id))`,
      note(`${a} ${b} @Column({ nullable: true }) more!: number;`),
      /table note depends on type made/,
    ],
    'a row type in a column': [
      'CREATE TABLE log (was note)',
      note(text + b),
      /column log\.was depends on the row type of table note/,
    ],
    'a row type in a composite type': [
      'CREATE TYPE pair AS (was note[]); CREATE DOMAIN two AS pair; CREATE TABLE log (was two)',
      note(text + b),
      /column log\.was depends on the row type of table note/,
    ],
    'a row type in a materialized view': [
      'CREATE MATERIALIZED VIEW log AS SELECT note FROM note',
      note(text + b),
      /log(\.note)? depends on .*note/,
    ],
    'the row type of an heir': [
      'CREATE TABLE part () INHERITS (note); CREATE TABLE log (was part)',
      note(text + b),
      /column log\.was depends on the row type of table note/,
    ],
    'two parents, another type': [
      'CREATE TABLE other (a varchar(10)); CREATE TABLE part () INHERITS (note, other)',
      note(text + b),
      /column a of table part depends on table other, from which it is inherited as well/,
    ],
    'a generated column of an heir, another type': [
      `CREATE TABLE part (g text GENERATED ALWAYS AS (a || 'x') STORED) INHERITS (note)`,
      note(text + b),
      /column g of table part depends on column note\.a/,
    ],
    'a generated column of an heir, dropped': [
      `CREATE TABLE part (g text GENERATED ALWAYS AS (a || 'x') STORED) INHERITS (note)`,
      note(b),
      /column g of table part depends on column note\.a/,
    ],
    'the key of a partition that is partitioned': [
      `DROP TABLE note; CREATE TABLE note (id integer, ${varchar}) PARTITION BY RANGE (id);
       CREATE TABLE part PARTITION OF note DEFAULT PARTITION BY LIST (lower(a))`,
      note(text + b),
      /partition key of table part depends on column note\.a/,
    ],
    'the partition key': [
      `DROP TABLE note; CREATE TABLE note (id integer, ${varchar}) PARTITION BY RANGE (a); CREATE TABLE part PARTITION OF note DEFAULT`,
      note(text + b),
      /partition key of table note depends on column note\.a/,
    ],
    'the partition key, dropped': [
      `DROP TABLE note; CREATE TABLE note (id integer, ${varchar}) PARTITION BY RANGE (a); CREATE TABLE part PARTITION OF note DEFAULT`,
      note(b),
      /partition key of table note depends on column note\.a/,
    ],
    'a type that the default of a partition cannot have': [
      `${families['a partition']} ALTER TABLE part ALTER a SET DEFAULT 'own'`,
      note(`@Column({ type: 'enum', enum: ['x', 'y'], enumName: 'letter', nullable: true }) a!: string;${b}`),
      /default of column a of table part depends on the type that it has/,
    ],
    'a unique index with a foreign partition': [
      `DROP TABLE note; CREATE TABLE note (id integer NOT NULL, ${varchar}) PARTITION BY RANGE (id); CREATE FOREIGN DATA WRAPPER w;
       CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE part PARTITION OF note DEFAULT SERVER s`,
      note(),
      /foreign table part depends on table note, whose new key it cannot have/,
    ],
    ...(testRun().serverMajor < 17 && {
      'an identity column of a table with partitions': [
        families['a partition of a partition']!,
        counted,
        /: partition \S+ depends on table note, to which PostgreSQL before version 17 adds no identity column \(counter\) while it has partitions\. Drop/,
      ] as const,
    }),
    'an identity column of a table with heirs': [
      families['the heir of an heir']!,
      counted,
      /: table \S+ depends on table note, to which PostgreSQL adds no identity column \(counter\) while another one inherits from it\. Drop/,
    ],
    'a primary key of a table whose partition has another': [
      `DROP TABLE note; CREATE TABLE note (id integer NOT NULL, ${varchar}) PARTITION BY RANGE (id);
       CREATE TABLE part PARTITION OF note (PRIMARY KEY (id, b)) FOR VALUES FROM (1) TO (9);
       CREATE TABLE same PARTITION OF note (PRIMARY KEY (id)) DEFAULT`,
      note(),
      /: primary key part_pkey of partition part depends on table note, whose primary key \(id\) it would need as a second one\. Drop/,
    ],
    'an index whose part backs a constraint of a partition': [
      `${families['a partition']} CREATE UNIQUE INDEX pair ON note (id, b); ALTER TABLE part ADD CONSTRAINT mine UNIQUE USING INDEX part_id_b_idx`,
      note(),
      /: constraint mine on table part depends on relation pair\. Drop/,
      note(a + b, `@Index('pair', ['id', 'b'], { unique: true })`),
    ],
    'values that are converted in a foreign table': [
      `${foreign} INHERITS (note) SERVER s`,
      note(`@Column({ type: 'int', nullable: true }) a!: number; ${b}`),
      /: foreign table part depends on column note\.a, whose values PostgreSQL converts with USING in tables only\. Drop/,
    ],
    'a foreign key to a partition of a table that goes': [
      `${families['a partition']} CREATE TABLE remark (n integer CONSTRAINT of_part REFERENCES part (id))`,
      ticket,
      /: constraint of_part on table remark depends on relation part\. Drop/,
    ],
  };

  const refusal = (evolution: Evolution) => evolve(evolution, () => {}).catch((caught: unknown) => caught);

  test.each(shareOfToday(Object.entries(cases)))('%s', async (_, [others, after, refused, before = note()]) => {
    const error = await refusal({ before, after, others });
    expect(error).toBeInstanceOf(BlockedChangeError);
    expect((error as BlockedChangeError).message).toMatch(refused);
  });

  test('two parents, another name', async () => {
    const error = await refusal({
      before: note(),
      after: note(a.replace('a!', 'z!') + b),
      others: `CREATE TABLE other (a varchar(10)); CREATE TABLE part () INHERITS (note, other)`,
      renames: { columns: { 'note.a': 'z' } },
    });
    expect(error).toBeInstanceOf(BlockedChangeError);
    expect((error as BlockedChangeError).message).toMatch(/column a of table part depends on table other/);
  });
});

/** The source of the revision between two entities, whose downgrade PostgreSQL refuses. */
async function sourceOfFailing(evolution: Evolution, downgrade: RegExp): Promise<string> {
  let written = '';
  await expect(
    evolve(
      evolution,
      () => {},
      source => (written = source ?? ''),
    ),
  ).rejects.toThrow(downgrade);
  return written;
}

test.each([
  [
    'a foreign key that refers to it',
    `@Unique('both', ['id', 'b'])`,
    /cannot drop constraint both/,
    'foreign key of_part of remark refers to it',
  ],
  [
    'its constraint',
    `@Index('pair', ['id', 'b'], { unique: true })`,
    /cannot drop index pair/,
    'constraint part_key rests on it',
  ],
])(
  'the key of a partition becomes part of a new one, and what keeps the downgrade from dropping it is named: %s',
  async (_, decorator, downgrade, reason) => {
    const others = `${families['a partition']!} ALTER TABLE part ADD CONSTRAINT part_key UNIQUE (id, b);
      CREATE TABLE remark (id integer, b integer, CONSTRAINT of_part FOREIGN KEY (id, b) REFERENCES part (id, b))`;
    const evolution = { before: note(), after: note(a + b, decorator), others };
    expect(await sourceOfFailing(evolution, downgrade)).toMatch(
      new RegExp(`Does not keep index part_key of part in the downgrade, which PostgreSQL refuses while .*${reason}`),
    );
  },
);

test('what a partition or an heir keeps PostgreSQL from doing in the downgrade is said there', async () => {
  const integer = `@Column({ type: 'int', nullable: true }) a!: number;`;
  const before = note(`${integer} ${b} @Column({ type: 'int', generated: 'identity' }) counter!: number;`);
  const source = await sourceOfFailing(
    { before, after: note(), others: `${foreign} INHERITS (note) SERVER s` },
    /"part" is not a table|cannot recursively add identity column/,
  );
  const [upgrade, downgrade] = source.split('function downgrade');
  expect(upgrade).not.toContain('PostgreSQL refuses');
  expect(downgrade).toContain(
    'PostgreSQL refuses this while foreign table part depends on column note.a, whose values',
  );
  expect(downgrade).toContain('PostgreSQL refuses this while table part depends on table note, to which');
});

test('an enum that loses a label, or gets its labels in another order, under a column of two parents is refused', async () => {
  const moods = (labels: string) =>
    ['one', 'two']
      .map(
        name => `@Entity('${name}') export class ${name} { @PrimaryColumn() id!: number;
          @Column({ type: 'enum', enum: [${labels}], enumName: 'mood' }) state!: string }`,
      )
      .join(' ');
  const before = moods(`'good', 'worst', 'bad'`);
  const others = 'CREATE TABLE part () INHERITS (one, two)';
  for (const labels of [`'good', 'bad'`, `'bad', 'worst', 'good'`])
    await expect(evolve({ before, after: moods(labels), others }, () => {})).rejects.toThrow(
      /column state of table part depends on table two, from which it is inherited as well/,
    );
});
