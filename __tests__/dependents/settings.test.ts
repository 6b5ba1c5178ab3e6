import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { testRun } from '../support/index.ts';
import { withClient } from '../support/templates.ts';
import { evolve, linesAbout } from './evolution.ts';

const { serverMajor, url, prefix } = testRun();
const far = `${prefix}${randomBytes(6).toString('hex')}`;
const ticket = `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number }`;
const note = (columns: string) => `@Entity('note') export class Note { @PrimaryColumn() id!: number; ${columns} }`;
const text = (type: string) => `@Column({ type: '${type}' }) text!: string;`;
const points = '@Column({ default: 0 }) points!: number;';
const nothing = `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';`;

/** What can be set of a table, its columns, keys and indexes, and what can be attached to it. */
const ofTable: Readonly<Record<string, string>> = {
  'the whole row identifies it to replicas': 'ALTER TABLE note REPLICA IDENTITY FULL',
  'nothing identifies it to replicas': 'ALTER TABLE note REPLICA IDENTITY NOTHING',
  'an index identifies it to replicas':
    'CREATE UNIQUE INDEX by_points ON note (points); ALTER TABLE note REPLICA IDENTITY USING INDEX by_points',
  'a key identifies it to replicas':
    'ALTER TABLE note ADD CONSTRAINT once UNIQUE (points); ALTER TABLE note REPLICA IDENTITY USING INDEX once',
  'sorted by an index': 'CREATE INDEX by_points ON note (points); ALTER TABLE note CLUSTER ON by_points',
  'sorted by a key': 'ALTER TABLE note ADD CONSTRAINT once UNIQUE (points); ALTER TABLE note CLUSTER ON once',
  'row security for the owner, not enabled': 'ALTER TABLE note FORCE ROW LEVEL SECURITY',
  'parameters of its own and of its TOAST table': `ALTER TABLE note SET (fillfactor=70, toast.autovacuum_enabled=false, toast.vacuum_truncate=false)`,
  'another tablespace': `ALTER TABLE note SET TABLESPACE ${far}`,
  'another access method': `CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler; DROP TABLE note; CREATE TABLE note
    (id integer CONSTRAINT pk PRIMARY KEY, points integer NOT NULL DEFAULT 0, text varchar NOT NULL) USING pile`,
  'keys in another tablespace, with parameters and a comment': `DO $$ DECLARE key text := (SELECT conname FROM pg_constraint WHERE conrelid = 'note'::regclass AND contype = 'p'); BEGIN
    EXECUTE format('ALTER INDEX %I SET TABLESPACE ${far}', key); EXECUTE format('ALTER INDEX %I SET (fillfactor=60)', key);
    EXECUTE format('COMMENT ON CONSTRAINT %I ON note IS ''why''', key); END $$;
    ALTER TABLE note ADD CONSTRAINT once UNIQUE (points, text) WITH (fillfactor=60) USING INDEX TABLESPACE ${far}`,
  'an exclusion in another tablespace': `CREATE EXTENSION IF NOT EXISTS btree_gist; ALTER TABLE note ADD CONSTRAINT alone
    EXCLUDE USING gist (points WITH =) WITH (fillfactor=60) USING INDEX TABLESPACE ${far} WHERE (points > 3) DEFERRABLE`,
  'an index in another tablespace, with targets': `CREATE INDEX far_one ON note (points, (points + 1), lower(text)) INCLUDE (id) WITH (fillfactor=60) TABLESPACE ${far};
    ALTER INDEX far_one ALTER COLUMN 2 SET STATISTICS 77; ALTER INDEX far_one ALTER COLUMN 3 SET STATISTICS 0`,
  'statistics with a target': `CREATE STATISTICS together ON id, points FROM note; ALTER STATISTICS together SET STATISTICS 55`,
  'partitions here and there': `DROP TABLE note; CREATE TABLE note (id integer CONSTRAINT pk PRIMARY KEY, points integer NOT NULL DEFAULT 0, text varchar NOT NULL)
    PARTITION BY RANGE (id) TABLESPACE ${far}; CREATE TABLE here PARTITION OF note FOR VALUES FROM (1) TO (9) TABLESPACE pg_default;
    CREATE TABLE there PARTITION OF note DEFAULT WITH (toast.autovacuum_enabled=false)`,
  'sequences with comments': `CREATE SEQUENCE numbers; COMMENT ON SEQUENCE numbers IS 'why'; ALTER SEQUENCE numbers OWNED BY note.points;
    ALTER TABLE note ALTER points SET DEFAULT nextval('numbers'); GRANT USAGE ON SEQUENCE numbers TO pg_monitor`,
  'parameters of its TOAST table': 'ALTER TABLE note SET (toast.autovacuum_enabled=false)',
  published: 'CREATE PUBLICATION news FOR TABLE note',
  ...(serverMajor >= 15 && {
    'published in part': `CREATE PUBLICATION news FOR TABLE note (id, points) WHERE (id > 3)`,
  }),
  'a check that rows were not checked against': 'ALTER TABLE note ADD CONSTRAINT few CHECK (points > 0) NOT VALID',
  'a check that tables below do not inherit': 'ALTER TABLE note ADD CONSTRAINT few CHECK (points > 0) NO INHERIT',
  'a constraint trigger': `${nothing} CREATE CONSTRAINT TRIGGER later AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nothing()`,
  'a trigger that fires on replicas too': `${nothing} CREATE TRIGGER later AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION nothing(); ALTER TABLE note ENABLE ALWAYS TRIGGER later`,
  'a trigger with transition tables': `${nothing} CREATE TRIGGER later AFTER UPDATE ON note REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION nothing()`,
  'a rule that is disabled': `CREATE RULE silence AS ON DELETE TO note WHERE OLD.points > 3 DO INSTEAD NOTHING; ALTER TABLE note DISABLE RULE silence`,
  'an exclusion constraint': `CREATE EXTENSION IF NOT EXISTS btree_gist; ALTER TABLE note ADD CONSTRAINT alone EXCLUDE USING gist (points WITH =) WHERE (points > 3) DEFERRABLE`,
  'an index with every option': `CREATE INDEX every ON note USING btree (text COLLATE "C" text_pattern_ops DESC NULLS LAST, (points + 1)) INCLUDE (id) WITH (fillfactor=60) WHERE points > 1`,
  ...(serverMajor >= 18 && {
    'constraints that are not enforced': `ALTER TABLE note ADD CONSTRAINT few CHECK (points > 0) NOT ENFORCED,
      ADD CONSTRAINT to_ticket FOREIGN KEY (points) REFERENCES ticket ON DELETE CASCADE NOT ENFORCED; COMMENT ON CONSTRAINT to_ticket ON note IS 'why'`,
    'keys of periods': `CREATE EXTENSION IF NOT EXISTS btree_gist; ALTER TABLE note ADD valid daterange NOT NULL DEFAULT 'empty', ADD during daterange;
      ALTER TABLE note ADD CONSTRAINT once UNIQUE (points, valid WITHOUT OVERLAPS) WITH (fillfactor=60) USING INDEX TABLESPACE ${far};
      ALTER TABLE note ADD CONSTRAINT covered FOREIGN KEY (id, PERIOD during) REFERENCES note (points, PERIOD valid)`,
  }),
  'comments on the indexes of constraints': `CREATE EXTENSION IF NOT EXISTS btree_gist; ALTER TABLE note ADD CONSTRAINT once UNIQUE (points),
    ADD CONSTRAINT alone EXCLUDE USING gist (points WITH =); COMMENT ON INDEX once IS 'why'; COMMENT ON INDEX alone IS 'why'; COMMENT ON CONSTRAINT once ON note IS 'other'`,
  'a generated column': 'ALTER TABLE note ADD twice int GENERATED ALWAYS AS (points * 2) STORED',
  'privileges on columns':
    'GRANT SELECT (text), UPDATE (points) ON note TO pg_monitor WITH GRANT OPTION; COMMENT ON COLUMN note.text IS $$why$$',
};

/** What can be set of the column `text`, or stands on it. */
const ofColumn: Readonly<Record<string, string>> = {
  'a statistics target': 'ALTER TABLE note ALTER text SET STATISTICS 500',
  'a way of storage': 'ALTER TABLE note ALTER text SET STORAGE EXTERNAL',
  ...(serverMajor >= 14 && { 'a compression': 'ALTER TABLE note ALTER text SET COMPRESSION pglz' }),
  options: 'ALTER TABLE note ALTER text SET (n_distinct=5)',
  'an index in another tablespace': `CREATE INDEX far_one ON note ((text IS NULL)) TABLESPACE ${far}; ALTER INDEX far_one ALTER COLUMN 1 SET STATISTICS 77`,
  'statistics with a target': `CREATE STATISTICS together ON text, points FROM note; ALTER STATISTICS together SET STATISTICS 55`,
  'an index that goes with an extension': `CREATE EXTENSION IF NOT EXISTS citext; CREATE INDEX far_one ON note (text); ALTER INDEX far_one DEPENDS ON EXTENSION citext`,
  'an index with an expression that goes with an extension': `CREATE EXTENSION IF NOT EXISTS citext; CREATE INDEX far_one ON note ((text IS NULL)); ALTER INDEX far_one DEPENDS ON EXTENSION citext`,
  'statistics of another owner': `CREATE STATISTICS together ON text, points FROM note; ALTER STATISTICS together OWNER TO pg_monitor`,
  'statistics with another column': `CREATE STATISTICS together (ndistinct) ON text, points FROM note; COMMENT ON STATISTICS together IS 'why'`,
};

beforeAll(() =>
  withClient(url, async admin => {
    await admin.query('SET allow_in_place_tablespaces = on');
    await admin.query(`CREATE TABLESPACE ${far} LOCATION ''`);
  }),
);
afterAll(() => withClient(url, admin => admin.query(`DROP TABLESPACE ${far}`)));

/** Where new relations go by default, whatever there is goes on being elsewhere. */
const elsewhere = `CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler; DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET default_tablespace = ${far}', current_database());
  EXECUTE format('ALTER DATABASE %I SET default_table_access_method = pile', current_database());
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid(); END $$`;

/** What is read from the column `text`, and cannot stay when it goes. */
const onColumn: Readonly<Record<string, string>> = {
  'a materialized view in another tablespace': `CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler;
    CREATE MATERIALIZED VIEW report USING pile WITH (fillfactor=60, toast.autovacuum_enabled=false) TABLESPACE ${far} AS SELECT id, 'x'::bytea AS word, text IS NULL AS bare FROM note;
    ALTER MATERIALIZED VIEW report ALTER word SET STORAGE EXTERNAL; ALTER MATERIALIZED VIEW report ALTER id SET STATISTICS 77;
    ALTER MATERIALIZED VIEW report ALTER id SET (n_distinct=5); GRANT SELECT (id) ON report TO pg_monitor;
    CREATE EXTENSION IF NOT EXISTS citext; ALTER MATERIALIZED VIEW report DEPENDS ON EXTENSION citext;
    ${serverMajor >= 14 ? 'ALTER MATERIALIZED VIEW report ALTER word SET COMPRESSION pglz;' : ''}
    CREATE UNIQUE INDEX report_id ON report (id) TABLESPACE ${far}; CLUSTER report USING report_id`,
  'what is where new relations do not go': `CREATE MATERIALIZED VIEW report AS SELECT text IS NULL AS bare FROM note;
    CREATE INDEX far_one ON note ((text IS NULL)); CREATE INDEX report_one ON report (bare); ${elsewhere}`,
  'a trigger that goes with an extension': `CREATE EXTENSION IF NOT EXISTS citext; ${nothing} CREATE TRIGGER report_it AFTER UPDATE OF text ON note FOR EACH ROW EXECUTE FUNCTION nothing();
    ALTER TRIGGER report_it ON note DEPENDS ON EXTENSION citext`,
};

const comesBack = (after: string, sql: string) =>
  evolve({ before: `${ticket} ${note(points + text('varchar'))}`, after, others: sql }, ({ start, back, again }) => {
    expect(again).toEqual([]);
    expect(back).toBe(start);
  });

describe('comes back with a table that is dropped, in the downgrade', () => {
  test.each(shareOfToday(Object.entries({ ...ofTable, ...ofColumn })))('%s', (_, sql) => comesBack(ticket, sql));
});

test('a table comes back where it was, though new ones go elsewhere', () =>
  comesBack(ticket, `CREATE INDEX far_one ON note (points); ${elsewhere}`));

test('an index is written without the tablespace that temporary ones go to', () => {
  const indexed = (where: string) =>
    `@Entity('note') @Index('by_points', ['points'], { where: '${where}' }) export class Note { @PrimaryColumn() id!: number; ${points} }`;
  const settings = `-c temp_tablespaces=${far}`;
  return evolve({ before: indexed('points > 1'), after: indexed('points > 2'), settings }, ({ source, end, again }) => {
    expect(source).toContain("name: 'by_points'");
    expect([source, end].join('\n')).not.toContain(far);
    expect(again).toEqual([]);
  });
});

describe('comes back with a column that is dropped, in the downgrade', () => {
  test.each(shareOfToday(Object.entries(ofColumn)))('%s', (_, sql) => comesBack(`${ticket} ${note(points)}`, sql));
});

describe('stays with a column that gets another type', () => {
  test.each(shareOfToday(Object.entries({ ...ofColumn, ...onColumn })))('%s', async (_, sql) => {
    const evolution = {
      before: note(points + text('varchar')),
      after: note(points + text('text')),
      others: sql,
    };
    await evolve(evolution, ({ start, end, back, again }) => {
      const about = (fingerprint: string) => linesAbout(fingerprint, /note\.text|together|far_one|report/).join('\n');
      expect(about(end).replaceAll(' text notnull', ' character varying notnull')).toBe(about(start));
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });
});

describe('an index keeps the collation that its column gets, or loses', () => {
  const typed = (type: string, collation: string) =>
    note(`@Column({ type: '${type}'${collation === 'default' ? '' : `, collation: '${collation}'`} }) text!: string;`);
  const collations = ['default', 'C', 'POSIX'];
  const sorts = ['varchar', 'text'].flatMap(type => collations.map(collation => ({ type, collation })));
  const cases = sorts.flatMap(from => sorts.filter(to => to !== from).map(to => [from, to] as const));
  const others = collations
    .map(each => [each, each.toLowerCase()] as const)
    .map(
      ([each, name]) => `CREATE INDEX of_${name} ON note (text COLLATE "${each}", (text || '') COLLATE "${each}" DESC);
        CREATE UNIQUE INDEX if_${name} ON note (id) WHERE text COLLATE "${each}" > 'b';
        ALTER TABLE note ADD CONSTRAINT apart_${name} EXCLUDE (text COLLATE "${each}" WITH =);
        ALTER TABLE note ADD CONSTRAINT lower_${name} EXCLUDE (lower(text) COLLATE "${each}" WITH =) WHERE (id > 1);
        ALTER TABLE note ADD CONSTRAINT check_${name} CHECK (text COLLATE "${each}" > 'a');
        CREATE STATISTICS both_${name} ON (text COLLATE "${each}"), id FROM note;`,
    )
    .join(' ');
  test.each(shareOfToday(cases))('from %o to %o', (from, to) =>
    evolve(
      { before: typed(from.type, from.collation), after: typed(to.type, to.collation), others },
      ({ start, back, again }) => {
        expect(again).toEqual([]);
        expect(back).toBe(start);
      },
    ),
  );
});

describe('what was set of a key or an index stays', () => {
  const keyed = (name: string, columns: string) =>
    `@Unique('once${name}', [${columns}]) @Index('sorted${name}', [${columns}]) ${note(points + text('varchar'))}`;
  const settings = ['once', 'sorted'].map(
    name => `ALTER INDEX ${name} SET (fillfactor=60); ALTER INDEX ${name} SET TABLESPACE ${far}`,
  );
  const others = `${settings.join(';')}; COMMENT ON CONSTRAINT once ON note IS 'why'; COMMENT ON INDEX sorted IS 'why too';
    ALTER TABLE note CLUSTER ON once; ALTER TABLE note REPLICA IDENTITY USING INDEX once`;
  const settingsIn = (fingerprint: string) =>
    linesAbout(fingerprint, /^index .*(once|sorted)|^comment on/).map(line =>
      line.replace(/\(points.*\)/, '()').replace(/(once|sorted)2/, '$1'),
    );
  test.each([
    ['with other columns', keyed('', `'points', 'text'`)],
    ['under another name', keyed('2', `'points'`)],
  ])('%s', (_, after) =>
    evolve({ before: keyed('', `'points'`), after, others }, ({ source, start, end, back, again }) => {
      expect(settingsIn(end)).toEqual(settingsIn(start));
      expect(source!.includes('op.drop')).toBe(!after.includes('once2'));
      expect(again).toEqual([]);
      expect(back).toBe(start);
    }),
  );
});
