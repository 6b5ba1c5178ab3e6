import { describe, expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { testRun } from '../support/index.ts';
import { evolve, linesAbout } from './evolution.ts';

const { serverMajor } = testRun();

interface Version {
  readonly key?: string;
  readonly unique?: string;
  readonly check?: string;
  readonly exclusion?: string;
  readonly references?: readonly [string, string];
  readonly onDelete?: string;
  readonly index?: string;
  /** Columns that are gone. */
  readonly without?: string;
  readonly during?: string;
  /** The names of keys follow from their columns, where nobody gives them one. */
  readonly named?: boolean;
}

function entities(version: Version): string {
  const {
    key = 'id',
    unique = 'a b',
    check = 'a > 0',
    exclusion = 'a WITH =',
    references,
    onDelete,
    index = 'a',
  } = version;
  const { without = '', during = 'int4range', named = true } = version;
  const list = (names: string) =>
    names
      .split(' ')
      .map(name => `'${name}'`)
      .join(', ');
  const column = (name: string, type: string) => {
    const primary = key.split(' ').includes(name);
    const options = `{ type: '${type}'${primary && named ? `, primaryKeyConstraintName: 'note_pk'` : ''} }`;
    return without.split(' ').includes(name)
      ? ''
      : `@${primary ? 'PrimaryColumn' : 'Column'}(${options}) ${name}!: any;`;
  };
  const [x, y] = references ?? ['a', 'b'];
  return `@Unique('xy', ['x', 'y']) @Unique('yz', ['y', 'z']) @Entity('client') export class Client { @PrimaryColumn() id!: number;
      @Column() x!: number; @Column() y!: number; @Column() z!: number }
    @Unique('once', [${list(unique)}]) @Check('few', '${check}') @Exclusion('alone', 'USING gist (${exclusion})') @Index('sorted', [${list(index)}])
    @Entity('note') export class Note {
      ${column('id', 'int')} ${column('a', 'int')} ${column('b', 'int')} ${column('c', 'int')} ${column('during', during)}
      @ManyToOne(() => Client${onDelete === undefined ? '' : `, { onDelete: '${onDelete}' }`})
      @JoinColumn([{ name: 'f', referencedColumnName: '${x === 'a' ? 'x' : x}', foreignKeyConstraintName: 'of_client' },
                   { name: 'g', referencedColumnName: '${y === 'b' ? 'y' : y}' }]) client!: Client;
      @Column({ type: 'int', nullable: true }) f!: number; @Column({ type: 'int', nullable: true }) g!: number;
    }`;
}

const replaced = (name: string, definition: string) =>
  `ALTER TABLE note DROP CONSTRAINT ${name}; ALTER TABLE note ADD CONSTRAINT ${name} ${definition};`;

/** What no entity can declare, by what it is said of and how PostgreSQL says it. */
const settings: readonly (readonly [what: string, sql: string, clause: RegExp, since?: number])[] = [
  ['a primary key that is deferrable', replaced('note_pk', 'PRIMARY KEY (id) DEFERRABLE'), /PRIMARY KEY .* DEFERRABLE/],
  [
    'a primary key that includes a column',
    replaced('note_pk', 'PRIMARY KEY (id) INCLUDE (c)'),
    /PRIMARY KEY .* INCLUDE \(c\)/,
  ],
  ['a primary key with a fill factor', 'ALTER INDEX note_pk SET (fillfactor=60)', /INDEX (note_pk|"PK_).*fillfactor/],
  ['a primary key with a comment', `COMMENT ON CONSTRAINT note_pk ON note IS 'why'`, /^comment .*(note_pk|PK_).*: why/],
  [
    'indexes of constraints with comments',
    `COMMENT ON INDEX note_pk IS 'why'; COMMENT ON INDEX once IS 'why'; COMMENT ON INDEX alone IS 'why'`,
    /^comment on index .*(note_pk|PK_|once|alone).*: why/,
  ],
  ['a primary key that CLUSTER sorts by', 'ALTER TABLE note CLUSTER ON note_pk', /INDEX (note_pk|"PK_).*clustered=t/],
  ['a unique constraint that includes a column', replaced('once', 'UNIQUE (a, b) INCLUDE (c)'), /once.* INCLUDE \(c\)/],
  [
    'a unique constraint over nulls',
    replaced('once', 'UNIQUE NULLS NOT DISTINCT (a, b)'),
    /once.* NULLS NOT DISTINCT/,
    15,
  ],
  ['a check that heirs do not have', replaced('few', 'CHECK (a > 0) NO INHERIT'), /few.* NO INHERIT/],
  ['a check that is not enforced', replaced('few', 'CHECK (a > 0) NOT ENFORCED'), /few.* NOT ENFORCED/, 18],
  [
    'an exclusion with a fill factor',
    replaced('alone', 'EXCLUDE USING gist (a WITH =) WITH (fillfactor=60)'),
    /INDEX alone .*fillfactor/,
  ],
  [
    'an exclusion that includes a column',
    replaced('alone', 'EXCLUDE USING gist (a WITH =) INCLUDE (c)'),
    /alone.* INCLUDE \(c\)/,
    14,
  ],
  [
    'a foreign key that matches in full',
    replaced('of_client', 'FOREIGN KEY (f, g) REFERENCES client (x, y) MATCH FULL'),
    /of_client.* MATCH FULL/,
  ],
  [
    'a foreign key that sets one column null',
    replaced('of_client', 'FOREIGN KEY (f, g) REFERENCES client (x, y) ON DELETE SET NULL (f)'),
    /of_client.* SET NULL \(f\)/,
    15,
  ],
  [
    'an index that includes a column',
    'DROP INDEX sorted; CREATE INDEX sorted ON note (a) INCLUDE (c)',
    /INDEX sorted .*INCLUDE \(c\)/,
  ],
  ['an index in another order', 'DROP INDEX sorted; CREATE INDEX sorted ON note (a DESC)', /INDEX sorted .*DESC/],
  [
    'a primary key without overlaps',
    replaced('note_pk', 'PRIMARY KEY (id, during WITHOUT OVERLAPS) WITH (fillfactor=60)'),
    /PRIMARY KEY .* WITHOUT OVERLAPS/,
    18,
  ],
  [
    'a unique constraint without overlaps',
    replaced('once', 'UNIQUE (b, during WITHOUT OVERLAPS)'),
    /once.* WITHOUT OVERLAPS/,
    18,
  ],
];

const before = {
  'a primary key without overlaps': { key: 'id during' },
  'a unique constraint without overlaps': { unique: 'b during' },
  'a foreign key that sets one column null': { onDelete: 'SET NULL' },
} as Readonly<Record<string, Version>>;

const rest = { unique: 'b id', check: 'a > 1', exclusion: 'b WITH =', references: ['y', 'z'] as const, index: 'a b' };

const changes: Readonly<Record<string, Version>> = {
  'other columns': { key: 'id a', ...rest },
  'another name': { key: 'id a', ...rest, named: false },
  'a column that it includes gone': { without: 'c' },
  'other columns, the range still last': { ...rest, key: 'a during', unique: 'b during' },
  'a range of another type': { key: 'id during', unique: 'b during', during: 'int8range' },
  'something that is no range': { key: 'id during', unique: 'b during', during: 'text' },
  'the range alone': { key: 'during', unique: 'during' },
};

const known = settings.filter(([, , , since = 0]) => serverMajor >= since);

describe.each(Object.entries(changes))('what no entity can declare stays, or is named as lost: %s', (_, change) => {
  test.each(shareOfToday(known, 1))('%s', (what, sql, clause) => {
    const first = before[what] ?? {};
    const after = { ...first, ...change };
    const others = `CREATE EXTENSION IF NOT EXISTS btree_gist; ${sql}`;
    return evolve(
      { before: entities(first), after: entities(after), others },
      ({ source = '', start, end, back, again }) => {
        const isThere = (text: string) => linesAbout(text, clause).length > 0;
        expect(isThere(start)).toBe(true);
        if (!isThere(end)) expect(source).toMatch(/Does not keep|dropColumn\(\{ table: 'note', name: 'c'/);
        expect(again).toEqual([]);
        expect(back).toBe(start);
      },
    );
  });
});

describe('a foreign key that could not refer to what becomes of a key is refused', () => {
  const client = (more = '') =>
    `@Entity('client') export class Client { @PrimaryColumn({ primaryKeyConstraintName: 'client_pk' }) id!: number; ${more} }`;
  const referring = `@Entity('task') export class Task { @PrimaryColumn() id!: number; @ManyToOne(() => Client) client!: Client }`;
  const plain = `@Entity('task') export class Task { @PrimaryColumn() id!: number }`;
  const during = (type: string) =>
    client(`@PrimaryColumn({ type: '${type}', primaryKeyConstraintName: 'client_pk' }) during!: any;`);
  const deferrable =
    'ALTER TABLE client DROP CONSTRAINT client_pk, ADD CONSTRAINT client_pk PRIMARY KEY (id) DEFERRABLE';
  const period = `CREATE EXTENSION IF NOT EXISTS btree_gist; ALTER TABLE client DROP CONSTRAINT client_pk,
    ADD CONSTRAINT client_pk PRIMARY KEY (id, during WITHOUT OVERLAPS);
    CREATE TABLE stay (id int, during int4range, CONSTRAINT of_client FOREIGN KEY (id, PERIOD during) REFERENCES client (id, PERIOD during))`;

  test('to a deferrable one', () =>
    expect(
      evolve({ before: `${client()} ${plain}`, after: `${client()} ${referring}`, others: deferrable }, () => {}),
    ).rejects.toThrow(/a key of client \(id\) that is not deferrable, and there is none/));

  if (serverMajor >= 18)
    test('to a period that is none any more', () =>
      expect(evolve({ before: during('int4range'), after: during('text'), others: period }, () => {})).rejects.toThrow(
        /foreign key of_client of stay depends on a key of client \(id, during\) WITHOUT OVERLAPS, and there is none/,
      ));
});
