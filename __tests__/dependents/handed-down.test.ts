import { describe, expect, test } from '@jest/globals';
import { BlockedChangeError } from 'typeorm-alembic';
import { shareOfToday } from '../support/share-of-today.ts';
import { evolve, type Evolution } from './evolution.ts';

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

/** What others may have there, by the words that tell of it. */
const own: Readonly<Record<string, string>> = {
  'index mine of part': `CREATE INDEX mine ON part (a, b); COMMENT ON INDEX mine IS 'why'`,
  'index over of part': 'CREATE INDEX over ON part (lower(a)) WHERE b > 1',
  'constraint strict of part': `ALTER TABLE part ADD CONSTRAINT strict CHECK (a <> 'q' AND b > 1)`,
  'constraint once of part': 'ALTER TABLE part ADD CONSTRAINT once UNIQUE (a, b)',
  'constraint of_ticket of part': 'ALTER TABLE part ADD CONSTRAINT of_ticket FOREIGN KEY (b) REFERENCES ticket (id)',
  'statistics object st': 'CREATE STATISTICS st (mcv) ON a, b FROM part; ALTER STATISTICS st SET STATISTICS 4',
  'default of column a of part': `ALTER TABLE part ALTER a SET DEFAULT 'own'`,
  'NOT NULL of column a of part': 'ALTER TABLE part ALTER a SET NOT NULL',
  'comment of column a of part': `COMMENT ON COLUMN part.a IS 'why'`,
  'privileges of column a of part': 'GRANT SELECT (a) ON part TO pg_monitor',
  'statistics target 77 of column a of part': 'ALTER TABLE part ALTER a SET STATISTICS 77',
  'option n_distinct=5 of column a of part': 'ALTER TABLE part ALTER a SET (n_distinct=5)',
  'storage of column a of part': 'ALTER TABLE part ALTER a SET STORAGE EXTERNAL',
  'compression of column a of part': 'ALTER TABLE part ALTER a SET COMPRESSION lz4',
  'policy own on table part': `CREATE POLICY own ON part USING (a = 'x' AND b > 1)`,
  'trigger own on table part':
    'CREATE TRIGGER own BEFORE UPDATE OF a, b ON part FOR EACH ROW EXECUTE FUNCTION nothing()',
  'rule own': `CREATE RULE own AS ON DELETE TO part WHERE old.a = 'q' AND old.b > 1 DO INSTEAD NOTHING`,
  'view seen': 'CREATE VIEW seen AS SELECT a, b FROM part',
  'view kept': 'CREATE MATERIALIZED VIEW kept AS SELECT a, b FROM part',
  'function counted': `CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(a) + count(b) FROM part; END`,
};

const text = `@Column({ type: 'text', nullable: true }) a!: string;`;
const changes: Readonly<Record<string, string>> = {
  'its column is dropped': note(b),
  'its column gets another type': note(text + b),
  'the types of its columns change': note(text + b.replace(`'int'`, `'bigint'`)),
  'its column gets a default': note(a.replace('nullable', `default: 'new', nullable`) + b),
  'its column must have a value': note(a.replace('nullable: true', 'nullable: false') + b),
  'it gets an index': note(a + b, `@Index('by_both', ['a', 'b'])`),
  'it gets a check': note(a + b, `@Check('strict', "a <> 'q' AND b > 1")`),
  'it gets a foreign key': note(
    a +
      `@ManyToOne(() => Ticket, { nullable: true }) @JoinColumn({ name: 'b', foreignKeyConstraintName: 'FK_b' }) b!: Ticket;`,
  ),
};

/** What is different after a way up and down, and what the file says of it. */
async function examine(evolution: Evolution, what: string): Promise<void> {
  const told: string[] = [];
  const caught: unknown = await evolve(evolution, ({ source, start, back, again }) => {
    expect(again).toEqual([]);
    told.push(source!.includes(what) ? 'named' : '', start === back ? '' : 'named');
  }).catch((error: unknown) => error);
  if (caught !== undefined) {
    if (!(caught instanceof BlockedChangeError)) throw caught;
    expect(caught.message).toContain(what.replace(/ of part$/, ''));
    return;
  }
  expect(told[0]).toBe(told[1]);
}

const cases = Object.entries(families).flatMap(([family, others]) =>
  Object.entries(changes).flatMap(([change, after]) =>
    Object.entries(own).map(([what, sql]) => ({ title: `${family} has ${what}, and ${change}`, what, after, others: `${others} ${sql}` })),
  ),
);

describe('what others have below a table', () => {
  test.each(shareOfToday(cases, 40))('$title', ({ what, after, others }) =>
    examine({ before: note(), after, others }, what),
  );

  test.each(Object.entries(families))('is nothing to be told of where there is nothing: %s', async (_, others) => {
    for (const after of Object.values(changes))
      await evolve({ before: note(), after, others }, ({ source, start, back, again }) => {
        expect(source).not.toMatch(/ of (part|mid|rest)\b/);
        expect(back).toBe(start);
        expect(again).toEqual([]);
      });
  });
});
