import { describe, expect, test } from '@jest/globals';
import { evolve, linesAbout } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const note = `@Entity('note') export class Note { @PrimaryColumn() id!: number; @Column() text!: string }`;
const view = (select: string, options = '') =>
  `${note} @ViewEntity({ name: 'report', expression: \`${select}\`${options} }) export class Report { @ViewColumn() id!: number }`;
const materialized = (select: string, index = '') =>
  view(select, ', materialized: true').replace('@ViewColumn()', `${index} @ViewColumn()`);
const table = `${note} @Entity('report') export class Report { @PrimaryColumn() id!: number; @Column() text!: string }`;

const [both, other] = ['SELECT id, text FROM note', 'SELECT id, text FROM note WHERE id > 3'];
const nothing = `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';`;
const rights = `GRANT SELECT ON report TO pg_monitor WITH GRANT OPTION; GRANT SELECT (text) ON report TO pg_read_all_stats;
  GRANT SELECT ON note TO pg_monitor; ALTER TABLE report OWNER TO pg_monitor;`;

interface Succession {
  readonly before: string;
  readonly after: string;
  readonly others: string;
  /** What the revision says that it does not keep. */
  readonly lost: readonly string[];
}

const commented = (kind: string) => `COMMENT ON ${kind} report IS 'why'; COMMENT ON COLUMN report.text IS 'which';`;
const ofView = `${rights} ${commented('VIEW')} ALTER VIEW report SET (security_barrier=true);
  ALTER VIEW report ALTER text SET DEFAULT 'none'; ${nothing} CREATE RULE silence AS ON DELETE TO report DO INSTEAD NOTHING;
  CREATE TRIGGER instead INSTEAD OF INSERT ON report FOR EACH ROW EXECUTE FUNCTION nothing()`;
const ofMaterialized = `${rights} ${commented('MATERIALIZED VIEW')} ALTER MATERIALIZED VIEW report SET (fillfactor=70);
  CREATE INDEX by_hand ON report (text)`;
const lostByView = ['option security_barrier=true', 'default of column text', 'rule silence', 'trigger instead'];
const lostByMaterialized = ['option fillfactor=70', 'index by_hand'];

const successions: Readonly<Record<string, Succession>> = {
  'a view becomes a materialized one': {
    before: view(both),
    after: materialized(both),
    others: ofView,
    lost: lostByView,
  },
  'a view becomes a materialized one of another SELECT': {
    before: view(both),
    after: materialized(other),
    others: ofView,
    lost: lostByView,
  },
  'a materialized view becomes a plain one': {
    before: materialized(both),
    after: view(both),
    others: ofMaterialized,
    lost: lostByMaterialized,
  },
  'a materialized view with an index that is declared becomes a plain one': {
    before: materialized(both, `@Index('declared')`),
    after: view(other),
    others: ofMaterialized,
    lost: lostByMaterialized,
  },
  'a view becomes a table': { before: view(both), after: table, others: rights, lost: [] },
  'a table becomes a view': { before: table, after: view(both), others: rights, lost: [] },
};

/** Who may do what with it, and the comments on it, whatever it is. */
const kept = (fingerprint: string) =>
  linesAbout(
    fingerprint,
    /^(relation|column|comment on) (\S+ )?(view|materialized view|public\.report|table column|view column|materialized view column)/,
  )
    .filter(line => line.includes('report'))
    .map(line =>
      line
        .replace(/materialized view|view|table/, 'relation')
        .replace(/ (kind=.*(?=owner=)|\S+ notnull=.*(?=acl=))/, ' '),
    );

/** What the upgrade says that it does not keep. */
const notKept = (source: string) =>
  [...source.split('async function downgrade')[0]!.matchAll(/\/\/ Does not keep (?:the )?(.*)$/gm)]
    .map(([, what]) => what!)
    .sort();

describe('a relation of another kind under the same name has what it can have of the former one', () => {
  test.each(shareOfToday(Object.entries(successions)))('%s', async (_, { before, after, others, lost }) => {
    await evolve({ before, after, others }, ({ source, start, end, back, again }) => {
      const privileges = (fingerprint: string) =>
        kept(fingerprint).map(line => line.replace(/=(?!SELECT|INSERT|UPDATE)\w+\*?/g, ''));
      expect(privileges(end)).toEqual(privileges(start));
      expect(notKept(source!)).toEqual([...lost].sort());
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });
});

const indexed = (index: string) =>
  `@Entity('note') ${index} export class Note { @PrimaryColumn() id!: number; @Column({ type: 'int', array: true }) marks!: number[]; @Column() points!: number }`;

/** What the new definition of an object cannot have. */
const redefinitions: Readonly<Record<string, Succession>> = {
  'a view without a column that has a comment, a default and privileges': {
    before: view(both),
    after: view('SELECT id FROM note'),
    others: `${rights} ${commented('VIEW')} ALTER VIEW report ALTER text SET DEFAULT 'none'`,
    lost: ['comment of column text', 'default of column text', 'privileges of pg_read_all_stats on column text'],
  },
  'a view with a check option that PostgreSQL can no longer update': {
    before: view(both),
    after: view('SELECT max(id) AS id FROM note GROUP BY text'),
    others: 'ALTER VIEW report SET (check_option=local, security_barrier=true)',
    lost: ['option check_option=local'],
  },
  'a btree index with a storage parameter becomes a gin one': {
    before: indexed(`@Index('by_marks', ['marks'])`),
    after: indexed(`@Index('by_marks', ['marks'], { type: 'gin' })`),
    others: `ALTER INDEX by_marks SET (fillfactor=60); COMMENT ON INDEX by_marks IS 'why'`,
    lost: ['option fillfactor=60 of index by_marks'],
  },
  'an index that the table is sorted by becomes partial': {
    before: indexed(`@Index('by_points', ['points'])`),
    after: indexed(`@Index('by_points', ['points'], { where: 'points > 3' })`),
    others: 'ALTER TABLE note CLUSTER ON by_points; ALTER INDEX by_points SET (fillfactor=60)',
    lost: ['by_points as the index that CLUSTER sorts note by'],
  },
  'an index that identifies rows to replicas is unique no longer': {
    before: indexed(`@Index('by_points', ['points'], { unique: true })`),
    after: indexed(`@Index('by_points', ['points'])`),
    others: 'ALTER TABLE note REPLICA IDENTITY USING INDEX by_points',
    lost: ['UNIQUE of index by_points', 'by_points as the replica identity of note'],
  },
};

describe('what another definition cannot have is dropped, and named', () => {
  test.each(shareOfToday(Object.entries(redefinitions)))('%s', async (_, { before, after, others, lost }) => {
    await evolve({ before, after, others }, ({ source, start, back, again }) => {
      expect(notKept(source!)).toEqual([...lost].sort());
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });
});
