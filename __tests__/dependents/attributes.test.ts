import { describe, expect, test } from '@jest/globals';
import { testRun } from '../support/index.ts';
import { evolve, linesAbout } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const { serverMajor } = testRun();

/** Roles that every server has: one that owns, and one that is given privileges. */
const [owner, reader] = ['pg_monitor', 'pg_read_all_stats'];

const state = (...labels: string[]) => `@Column({ type: 'enum', enum: ${JSON.stringify(labels)} }) state!: string;`;
const ticket = (type: string, ...labels: string[]) =>
  `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number; @Column({ type: '${type}' }) points!: number; ${state(...labels)} }`;
const note = (columns = '') =>
  `@Entity('note') export class Note { @PrimaryColumn() id!: number; @Column() text!: string; ${columns} }`;
const gone = `@Entity('gone') export class Gone { @PrimaryGeneratedColumn() id!: number }
  @Entity({ name: 'apart', schema: 'aside' }) export class Apart { @PrimaryGeneratedColumn() id!: number; ${state('open')} }`;

/** An object that a revision drops and creates again, or that its downgrade does. */
interface Subject {
  /** What `ALTER` and `COMMENT ON` call it. */
  readonly name: string;
  readonly privilege: string;
  /** What `ALTER DEFAULT PRIVILEGES` calls objects of its sort. */
  readonly all: string;
}

const before = `${ticket('int', 'open', 'lost')} ${note(state('open'))} ${gone}`;
const after = `${ticket('bigint', 'open')} ${note()}`;
const views = `CREATE VIEW report AS SELECT points FROM ticket; CREATE MATERIALIZED VIEW summary AS SELECT points FROM ticket`;

const subjects: readonly Subject[] = [
  { name: 'VIEW report', privilege: 'SELECT ON report', all: 'TABLES' },
  { name: 'MATERIALIZED VIEW summary', privilege: 'SELECT ON summary', all: 'TABLES' },
  { name: 'TABLE gone', privilege: 'INSERT ON gone', all: 'TABLES' },
  { name: 'TABLE aside.apart', privilege: 'UPDATE ON aside.apart', all: 'TABLES' },
  { name: 'TYPE ticket_state_enum', privilege: 'USAGE ON TYPE ticket_state_enum', all: 'TYPES' },
  { name: 'TYPE note_state_enum', privilege: 'USAGE ON TYPE note_state_enum', all: 'TYPES' },
  { name: 'TYPE aside.apart_state_enum', privilege: 'USAGE ON TYPE aside.apart_state_enum', all: 'TYPES' },
  { name: 'SCHEMA aside', privilege: 'USAGE ON SCHEMA aside', all: 'SCHEMAS' },
];

/** What may have happened to an object's owner, privileges and comment. */
const histories: Readonly<Record<string, (subject: Subject) => string>> = {
  'an owner, privileges and a comment': ({ name, privilege }) =>
    `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${owner}; ALTER ${name} OWNER TO ${owner}; GRANT ${privilege} TO ${reader} WITH GRANT OPTION; COMMENT ON ${name} IS 'why'`,
  'less than the owner’s own privileges': ({ privilege }) => `REVOKE ${privilege} FROM PUBLIC, CURRENT_USER`,
  'privileges that are the default of its owner’s': ({ name, privilege, all }) =>
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT ALL ON ${all} TO ${reader};
     GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${owner}; ALTER ${name} OWNER TO ${owner}; GRANT ${privilege.replace(/^\w+/, 'ALL')} TO ${reader}`,
  'an owner, while new objects get privileges by default': ({ name, all }) =>
    `ALTER DEFAULT PRIVILEGES GRANT ALL ON ${all} TO ${reader}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${owner}; ALTER ${name} OWNER TO ${owner}`,
  'no privileges, while new objects get some by default': ({ all }) =>
    `ALTER DEFAULT PRIVILEGES GRANT ALL ON ${all} TO ${reader}`,
  'some privileges, while new objects get others by default': ({ privilege, all }) =>
    `ALTER DEFAULT PRIVILEGES GRANT ALL ON ${all} TO ${reader} WITH GRANT OPTION; GRANT ${privilege} TO ${reader}, PUBLIC`,
  'an owner whom new objects give privileges by default': ({ name, all }) =>
    `ALTER DEFAULT PRIVILEGES GRANT ALL ON ${all} TO ${owner}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${owner}; ALTER ${name} OWNER TO ${owner}`,
  'privileges, while new objects get fewer by default': ({ privilege, all }) =>
    `ALTER DEFAULT PRIVILEGES REVOKE ALL ON ${all} FROM CURRENT_USER; GRANT ${privilege} TO ${reader}`,
};

test('what goes along with a schema is named', async () => {
  const published = serverMajor >= 15 ? 'CREATE PUBLICATION news FOR TABLES IN SCHEMA aside;' : '';
  const others = `${published} ALTER DEFAULT PRIVILEGES IN SCHEMA aside GRANT SELECT ON TABLES TO ${reader};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA aside GRANT USAGE ON TYPES TO ${reader}`;
  await evolve({ before, after, others }, async ({ source, again, database }) => {
    const lost = linesAbout(source!.split('function downgrade')[0]!, /Does not keep/);
    expect(lost.filter(line => /default privileges .* in schema aside/.test(line))).toHaveLength(2);
    expect(lost.filter(line => line.includes('schema aside in publication news'))).toHaveLength(
      serverMajor >= 15 ? 1 : 0,
    );
    expect(await database.query('SELECT FROM pg_default_acl WHERE defaclnamespace <> 0')).toEqual([]);
    expect(again).toEqual([]);
  });
});

/** The lines that tell an object's owner, privileges and comment. */
const attributesIn = (fingerprint: string) =>
  linesAbout(fingerprint, /^(relation|enum|schema|comment on) /)
    .map(line => line.replace(/\('.*?'\) |kind=.*(?=owner=)/, ''))
    .filter(line => /report|summary|gone|apart|aside|_state_enum/.test(line));

describe('what is created again, in a revision or its downgrade, comes back with', () => {
  test.each(shareOfToday(Object.entries(histories)))('%s', async (_, history) => {
    const others = `${views}; ${subjects.map(history).join(';')}`;
    await evolve({ before, after, others }, ({ start, end, back, again }) => {
      const stays = /report|summary|ticket_state_enum/;
      expect(attributesIn(end)).toEqual(attributesIn(start).filter(line => stays.test(line)));
      expect(attributesIn(back)).toEqual(attributesIn(start));
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });
});
