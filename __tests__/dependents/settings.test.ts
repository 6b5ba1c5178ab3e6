import { describe, expect, test } from '@jest/globals';
import { testRun } from '../support/index.ts';
import { evolve, linesAbout } from './evolution.ts';

const { serverMajor } = testRun();
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
  'statistics with another column': `CREATE STATISTICS together (ndistinct) ON text, points FROM note; COMMENT ON STATISTICS together IS 'why'`,
};

const comesBack = (after: string, sql: string) =>
  evolve({ before: `${ticket} ${note(points + text('varchar'))}`, after, others: sql }, ({ start, back, again }) => {
    expect(again).toEqual([]);
    expect(back).toBe(start);
  });

describe('comes back with a table that is dropped, in the downgrade', () => {
  test.each(Object.entries({ ...ofTable, ...ofColumn }))('%s', (_, sql) => comesBack(ticket, sql));
});

describe('comes back with a column that is dropped, in the downgrade', () => {
  test.each(Object.entries(ofColumn))('%s', (_, sql) => comesBack(`${ticket} ${note(points)}`, sql));
});

describe('stays with a column that gets another type', () => {
  test.each(Object.entries(ofColumn))('%s', async (_, sql) => {
    const evolution = {
      before: note(points + text('varchar')),
      after: note(points + text('text')),
      others: sql,
    };
    await evolve(evolution, ({ start, end, back, again }) => {
      const about = (fingerprint: string) => linesAbout(fingerprint, /note\.text|together/).join('\n');
      expect(about(end).replaceAll(' text notnull', ' character varying notnull')).toBe(about(start));
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });
});
