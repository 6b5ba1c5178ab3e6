import { beforeAll, describe, expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { testRun } from '../support/index.ts';
import { evolve } from './evolution.ts';

const ticket = `@Entity('ticket') export class Ticket { @PrimaryColumn({ primaryKeyConstraintName: 'ticket_pkey' }) id!: number }`;

interface Version {
  readonly index?: string;
  readonly key?: string;
  readonly check?: string;
  readonly generated?: string;
  readonly onDelete?: string;
  readonly points?: string;
}

const note = ({
  index = `'points'`,
  key = `'id', 'points'`,
  check = 'points > 0',
  generated = `repeat('x', id)`,
  onDelete = 'CASCADE',
  points = 'integer',
}: Version) => `${ticket}
  @Index('by_points', [${index}]) @Unique('once', [${key}]) @Check('few', '${check}')
  @Entity('note') export class Note { @PrimaryColumn({ primaryKeyConstraintName: 'note_pkey' }) id!: number;
    @Column({ type: '${points}' }) points!: number;
    @Column({ type: 'text', nullable: true, generatedType: 'STORED', asExpression: "${generated}" }) twice!: string;
    @ManyToOne(() => Ticket, { nullable: true, onDelete: '${onDelete}' }) @JoinColumn({ name: 'ticket_id', foreignKeyConstraintName: 'of_ticket' }) ticket!: Ticket; }`;

const columns = `id integer, points integer NOT NULL, twice text GENERATED ALWAYS AS (repeat('x', id)) STORED, ticket_id integer`;
const parts = `CONSTRAINT note_pkey PRIMARY KEY (id), CONSTRAINT once UNIQUE (id, points), CONSTRAINT few CHECK (points > 0),
  CONSTRAINT of_ticket FOREIGN KEY (ticket_id) REFERENCES ticket ON DELETE CASCADE`;
const above = `DROP TABLE note; CREATE TABLE note (${columns}, ${parts}) PARTITION BY RANGE (id);
  CREATE INDEX by_points ON note (points); CREATE INDEX by_hand ON note ((points + 1));
  CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
  CREATE TRIGGER later AFTER INSERT ON note FOR EACH ROW WHEN (NEW.points > 3) EXECUTE FUNCTION nothing();`;
const parted = `${above} CREATE TABLE part PARTITION OF note DEFAULT;`;

/** What a partition may have of its own on what comes from above, by the words that tell of it. */
const own: Readonly<Record<string, string>> = {
  'comment of index part_points_idx of part': `COMMENT ON INDEX part_points_idx IS 'why'`,
  'option fillfactor=60 of index part_points_idx of part': 'ALTER INDEX part_points_idx SET (fillfactor=60)',
  'statistics target 77 of index part_expr_idx of part': 'ALTER INDEX part_expr_idx ALTER COLUMN 1 SET STATISTICS 77',
  'use by CLUSTER of index part_points_idx of part': 'ALTER TABLE part CLUSTER ON part_points_idx',
  'name of index mine of part': 'ALTER INDEX part_points_idx RENAME TO mine',
  'comment of index part_id_points_key of part': `COMMENT ON CONSTRAINT part_id_points_key ON part IS 'why'`,
  'option fillfactor=60 of index part_id_points_key of part': 'ALTER INDEX part_id_points_key SET (fillfactor=60)',
  'use as replica identity of index part_id_points_key of part':
    'ALTER TABLE part REPLICA IDENTITY USING INDEX part_id_points_key',
  'comment of check few of part': `COMMENT ON CONSTRAINT few ON part IS 'why'`,
  'comment of foreign key of_ticket of part': `COMMENT ON CONSTRAINT of_ticket ON part IS 'why'`,
  'comment of trigger later of part': `COMMENT ON TRIGGER later ON part IS 'why'`,
  // Before, the catalog has the triggers of partitions as internal ones.
  ...(testRun().serverMajor >= 15 && { 'state of trigger later of part': 'ALTER TABLE part DISABLE TRIGGER later' }),
  'comment of column twice of part': `COMMENT ON COLUMN part.twice IS 'why'`,
  'privileges of column twice of part': 'GRANT SELECT (twice) ON part TO pg_monitor',
  'statistics target 77 of column twice of part': 'ALTER TABLE part ALTER twice SET STATISTICS 77',
  'option n_distinct=5 of column twice of part': 'ALTER TABLE part ALTER twice SET (n_distinct=5)',
  'storage of column twice of part': 'ALTER TABLE part ALTER twice SET STORAGE PLAIN',
  'NOT NULL of column twice of part': 'ALTER TABLE part ALTER twice SET NOT NULL',
};

/** Two databases are compared, whose schemas may have been made on different occasions. */
const withoutSchemas = (fingerprint: string): string => fingerprint.replace(/^comment on schema .*\n?/gm, '');

/** What drops one of those above and creates it again. */
const changes: Readonly<Record<string, Version>> = {
  'all that stands on the columns': {
    index: `'points', 'id'`,
    key: `'id', 'points', 'ticket'`,
    check: 'points > 1',
    generated: `repeat('y', id)`,
    onDelete: 'SET NULL',
  },
  'the type of a column': { points: 'bigint' },
};

describe.each(Object.entries(changes))('what a partition has of its own, and %s', (_, change) => {
  const evolution = { before: note({}), after: note(change) };
  let [plain, words] = ['', ''];
  beforeAll(() =>
    evolve({ ...evolution, others: parted }, ({ source, end, again }) => {
      [plain, words] = [withoutSchemas(end), source!];
      expect(again).toEqual([]);
    }),
  );

  test.each(shareOfToday(Object.entries(own), 2))('is named where it is lost: %s', async (what, sql) =>
    evolve({ ...evolution, others: `${parted} ${sql}` }, ({ source, end, again }) => {
      expect(words).not.toContain(what);
      // An index that is gone is still said to identify the rows.
      const found = withoutSchemas(end).replace(/^(relation public.part .* replica=)i/m, '$1d');
      expect(source!.includes(what)).toBe(found === plain);
      expect(again).toEqual([]);
    }),
  );
});

const validBelow = `ALTER TABLE note DROP CONSTRAINT few; ALTER TABLE note ADD CONSTRAINT few CHECK (points > 0) NOT VALID;
  ALTER TABLE part VALIDATE CONSTRAINT few`;

test('that rows of a partition fit a check which is NOT VALID above is named where it is lost', () =>
  evolve(
    { before: note({}), after: note({ check: 'points > 1' }), others: `${parted} ${validBelow}` },
    async ({ database, source, again }) => {
      const [{ valid }] = await database.query(
        `SELECT convalidated AS valid FROM pg_constraint WHERE conrelid = 'part'::regclass AND conname = 'few'`,
      );
      expect(valid).toBe(false);
      expect(source).toContain('validity of check few of part');
      expect(again).toEqual([]);
    },
  ));

describe('what a partition has of its own, and the whole table', () => {
  const more: Readonly<Record<string, string>> = {
    'replica identity of the partition part': 'ALTER TABLE part REPLICA IDENTITY FULL',
    'publication news of the partition part': 'CREATE PUBLICATION news FOR TABLE part',
    'validity of constraint few of the partition part': validBelow,
    'name of index part_points_idx7 of the partition part': 'ALTER INDEX part_points_idx RENAME TO part_points_idx7',
  };
  const ofPartition = Object.entries(own).map(([what, sql]) => {
    const word = what
      .replace(/ of part$/, ' of the partition part')
      .replace(/of (check|foreign key) /, 'of constraint ');
    return [word, sql] as const;
  });

  test.each(shareOfToday([...ofPartition, ...Object.entries(more)]))('is named: %s', (what, sql) =>
    evolve({ before: note({}), after: ticket, others: `${parted} ${sql}` }, ({ source, start, back, again }) => {
      expect(back).not.toBe(start);
      expect(source).toContain(what);
      expect(again).toEqual([]);
    }),
  );

  test('nothing is named where it has nothing', () =>
    evolve({ before: note({}), after: ticket, others: parted }, ({ source, start, back }) => {
      expect(source).not.toContain('of the partition');
      expect(back).toBe(start);
    }));
});

/** A table that inherits without being a partition is a table of its own, whose columns and checks come from above. */
describe('what an heir has of its own', () => {
  const heir = `CREATE TABLE part () INHERITS (note);`;
  const single = above.replace(' PARTITION BY RANGE (id)', '');
  const own = {
    'comment of check few of part': `COMMENT ON CONSTRAINT few ON part IS 'why'`,
    'comment of column twice of part': `COMMENT ON COLUMN part.twice IS 'why'`,
    'statistics target 77 of column twice of part': 'ALTER TABLE part ALTER twice SET STATISTICS 77',
  };

  describe.each(Object.entries(changes))('with %s', (_, change) => {
    test.each(shareOfToday(Object.entries(own), 2))('comes back, or is named: %s', (what, sql) =>
      evolve(
        { before: note({}), after: note(change), others: `${single} ${heir} ${sql}` },
        ({ source, start, end, again }) => {
          const lines = (text: string) => text.split('\n').filter(line => /\bpart\b/.test(line) && /why|77/.test(line));
          expect(lines(start)).not.toEqual([]);
          expect(source!.includes(what)).toBe(lines(end).length === 0);
          expect(again).toEqual([]);
        },
      ),
    );
  });
});
