import { describe, expect, test } from '@jest/globals';
import { BlockedChangeError, kinds, NameTakenError, type MigrationsConfig } from 'typeorm-alembic';
import { shareOfToday } from '../support/share-of-today.ts';
import { evolve, linesAbout, type Evolution } from './evolution.ts';

/**
 * What a filter hides is neither created nor dropped for what entities declare, even where the project's own revision
 * created it. It stays through any change of what it stands on: PostgreSQL has it afterwards as before, or the revision
 * names it, or is refused; and the downgrade brings back all that there was.
 */
const isHidden = (name: string | null) => name?.startsWith('dba_') ?? false;

const filters: Readonly<Record<string, MigrationsConfig>> = {
  includeName: { includeName: name => !isHidden(name) },
  includeObject: { includeObject: (_object, name) => !isHidden(name) },
  'synchronize: false': {},
};

/** What may be hidden on column c of a relation, made by a revision of the project. */
interface Hidden {
  make(relation: string): string;
  /** The decorator of the entity, where there is one that hides it. */
  readonly decorator?: string;
  /** A class of its own that hides it. */
  readonly entity?: string;
  /** Where it reads the column itself, so that PostgreSQL does not drop it along. */
  readonly isReader?: true;
  readonly onTablesOnly?: true;
}

const viewOf = (
  type: string,
) => `@ViewEntity({ name: 'dba_view', expression: 'SELECT 1', synchronize: false${type} }) export class V {
  @ViewColumn() c!: number }`;

const hidden: Readonly<Record<string, Hidden>> = {
  index: {
    make: table => `await op.createIndex({ name: 'dba_index', table: '${table}', columns: ['c', 'id'] })`,
    decorator: `@Index('dba_index', { synchronize: false })`,
  },
  'unique index': {
    make: table => `await op.createIndex({ name: 'dba_index', table: '${table}', columns: ['id', 'c'], unique: true })`,
    decorator: `@Index('dba_index', { synchronize: false })`,
  },
  unique: {
    make: table => `await op.createUniqueConstraint({ name: 'dba_unique', table: '${table}', columns: ['c', 'id'] })`,
    onTablesOnly: true,
  },
  check: {
    make: table => `await op.createCheckConstraint({ name: 'dba_check', table: '${table}', expression: 'c > 0' })`,
    onTablesOnly: true,
  },
  'foreign key to it': {
    make: table => `await op.createTable({ name: 'dba_table', columns: [{ name: 'k', type: 'integer', nullable: true }] });
      await op.createForeignKey({ name: 'dba_key', table: 'dba_table', columns: ['k'], references: { table: '${table}', columns: ['c'] } })`,
    entity: `@Entity('dba_table', { synchronize: false }) export class T { @PrimaryColumn() k!: number }`,
    onTablesOnly: true,
  },
  statistics: {
    make: table =>
      `await op.createStatistics({ name: 'dba_statistics', table: '${table}', definition: '(ndistinct) ON c, id' })`,
  },
  'a column with things on it': {
    make: table => `await op.addColumn({ table: '${table}', column: { name: 'dba_column', type: 'integer', nullable: true } });
      await op.execute("CREATE INDEX on_dba_column ON ${table} (dba_column, c)");
      await op.execute("ALTER TABLE ${table} ADD CONSTRAINT of_dba_column CHECK (dba_column > c), ADD CONSTRAINT dba_once UNIQUE (dba_column)");
      await op.execute("CREATE STATISTICS by_dba_column ON c, dba_column FROM ${table}")`,
    onTablesOnly: true,
  },
  view: {
    make: relation => `await op.createView({ name: 'dba_view', definition: 'SELECT id, c FROM ${relation}' })`,
    entity: viewOf(''),
    isReader: true,
  },
  'materialized view': {
    make: relation => `await op.createMaterializedView({ name: 'dba_view', definition: 'SELECT id, c FROM ${relation}' });
      await op.createIndex({ name: 'dba_of_view', table: 'dba_view', columns: ['c'] })`,
    entity: viewOf(', materialized: true'),
    isReader: true,
  },
};

const plain = `@Column({ type: 'int', default: 1 }) c!: number;`;
const computed = (text: string) =>
  `@Column({ type: 'int', generatedType: 'STORED', asExpression: '${text}', nullable: true }) c!: number;`;
const wide = `@Column({ type: 'bigint', default: 1 }) c!: string;`;
const gained = `@Column({ type: 'int', nullable: true }) o!: number;`;

const changes: Readonly<Record<string, readonly [before: string, after: string]>> = {
  nothing: [plain, plain + gained],
  readded: [computed('length(title)'), computed('length(title) + 1')],
  dropped: [plain, ''],
  retyped: [plain, wide],
  'materialized view recreated': [plain, wide],
};

const entities = (column: string, change: string, { decorator = '', entity = '' }: Partial<Hidden>) => {
  const onView = change === 'materialized view recreated';
  const sizes = `${onView ? decorator : ''} @ViewEntity({ name: 'sizes', materialized: true, expression: 'SELECT id, c FROM doc' })
    export class Sizes { @ViewColumn() id!: number; @ViewColumn() c!: number }`;
  return `@Entity('doc') ${column ? `@Unique('declared', ['c'])` : ''} ${onView ? '' : decorator} export class Doc {
    @PrimaryGeneratedColumn() id!: number; @Column({ type: 'text' }) title!: string; ${column} }
    ${onView ? sizes : ''} ${entity}`;
};

const cases = Object.entries(filters).flatMap(([how, config]) =>
  Object.entries(hidden).flatMap(([what, object]) =>
    Object.entries(changes).flatMap(([change, [before, after]]) => {
      const onView = change === 'materialized view recreated';
      const { decorator, entity, onTablesOnly } = object;
      const declaration = how === 'synchronize: false' ? { decorator, entity } : {};
      if ((how === 'synchronize: false' && !decorator && !entity) || (onView && onTablesOnly)) return [];
      const evolution: Evolution = {
        before: entities(before, change, declaration as Partial<Hidden>),
        after: entities(after, change, declaration as Partial<Hidden>),
        byHand: object.make(onView ? 'sizes' : 'doc'),
        others: `INSERT INTO doc (title) VALUES ('seven')`,
        config,
      };
      return [{ how, what, change, object, evolution }];
    }),
  ),
);

/** What is there of it; that a view's columns have the new type is no loss. */
const linesOf = (fingerprint: string) =>
  linesAbout(sorted(fingerprint), /dba_/).filter(line => !/^column public.dba_view/.test(line));

/** PostgreSQL lists the columns of a statistics object by their place in the table: one that is added again is the last. */
const sorted = (fingerprint: string): string =>
  fingerprint.replace(/(?<=^statistics .* ON )\w+(, \w+)*/gm, columns => columns.split(', ').sort().join(', '));

describe('what a filter hides', () => {
  test.each(shareOfToday(cases, 5))('$how, $what: $change', async ({ change, object, evolution }) => {
    if (change === 'dropped' && object.isReader) {
      await expect(evolve(evolution, () => {})).rejects.toThrow(BlockedChangeError);
      return;
    }
    await evolve(evolution, ({ source, start, end, back, again }) => {
      expect(linesOf(start)).not.toEqual([]);
      const lost = linesOf(start).filter(line => !linesOf(end).includes(line));
      if (change === 'dropped') expect(lost.filter(line => !isNamed(line, source!))).toEqual([]);
      else expect(lost).toEqual([]);
      if (change === 'nothing') expect(source).not.toContain('dba_');
      expect(source).not.toContain('Does not keep');
      expect(again).toEqual([]);
      expect(sorted(back)).toBe(sorted(start));
    });
  });
});

const byName = filters['includeName']!;
const country = (type: string, rest = '', options = '') =>
  `@Entity('country'${options}) ${rest} export class Country { @PrimaryGeneratedColumn() id!: number; @Column({ type: '${type}' }) code!: any }`;
const city = `@Entity('city') export class City { @PrimaryGeneratedColumn() id!: number;
  @ManyToOne(() => Country) @JoinColumn({ name: 'code', referencedColumnName: 'code' }) country!: any }`;
const other = (text: string) =>
  `@Entity('other') export class Other { @PrimaryGeneratedColumn() id!: number; ${text} }`;
const status = `@Column({ type: 'enum', enum: ['open', 'closed'] }) status!: string`;
const ticketOf = (options: string) =>
  `@Entity('ticket'${options}) export class Ticket { @PrimaryGeneratedColumn() id!: number; ${status} }`;
const search = (language: string) =>
  `@Entity('doc') @Index('dba_search', { synchronize: false }) export class Doc { @PrimaryGeneratedColumn() id!: number; @Column({ type: 'text' }) title!: string;
    @Column({ type: 'tsvector', generatedType: 'STORED', asExpression: "to_tsvector('${language}', title)", nullable: true }) search!: any }`;

/** What stands on what is hidden, or beside it. */
const around: Readonly<Record<string, Evolution>> = {
  'the index of a search vector that is computed in another way': {
    before: search('english'),
    after: search('simple'),
    others: 'CREATE INDEX dba_search ON doc USING gin (search)',
  },
  'the enum of an entity that is no longer synchronized': {
    before: ticketOf('') + other(''),
    after: ticketOf(', { synchronize: false }') + other(`@Column({ default: 1 }) n!: number`),
  },
  'an enum that a table which is hidden by name has': {
    before: other(''),
    after: other(`@Column({ default: 1 }) n!: number`),
    byHand: `await op.createEnum({ name: 'mood', labels: ['a'] });
      await op.createTable({ name: 'dba_table', columns: [{ name: 'm', type: 'mood', nullable: true }] })`,
    config: byName,
  },
  'a new foreign key to an unsynchronized unique index': {
    before: country('text', `@Index('dba_code', { synchronize: false })`),
    after: country('text', `@Index('dba_code', { synchronize: false })`) + city,
    others: 'CREATE UNIQUE INDEX dba_code ON country (code)',
  },
  'a hidden foreign key whose columns get another type on both sides': {
    before: `${country('int', `@Unique('once', ['code'])`)} ${other(`@Column({ type: 'int', nullable: true }) c!: any`)}`,
    after: `${country('text', `@Unique('once', ['code'])`)} ${other(`@Column({ type: 'text', nullable: true }) c!: any`)}`,
    others: 'ALTER TABLE other ADD CONSTRAINT dba_key FOREIGN KEY (c) REFERENCES country (code)',
    config: byName,
  },
  'hidden things on an enum that loses a label': {
    before: `@Entity('ticket') export class Ticket { @PrimaryGeneratedColumn() id!: number; @Column({ type: 'enum', enum: ['a', 'b', 'c'], enumName: 'state' }) s!: string }`,
    after: `@Entity('ticket') export class Ticket { @PrimaryGeneratedColumn() id!: number; @Column({ type: 'enum', enum: ['b', 'c'], enumName: 'state' }) s!: string }`,
    others: `ALTER TABLE ticket ADD CONSTRAINT dba_check CHECK (s <> 'b'); CREATE POLICY dba_policy ON ticket USING (s <> 'b');
      CREATE TABLE dba_table (s state DEFAULT 'c')`,
    config: byName,
  },
  'what others have on a hidden column': {
    before: other(''),
    after: other(`@Column({ default: 1 }) n!: number`),
    others: `ALTER TABLE other ADD dba_c int, ADD UNIQUE (dba_c), ADD CHECK (dba_c > 1), ADD FOREIGN KEY (dba_c) REFERENCES other (id);
      CREATE INDEX ON other (dba_c); CREATE STATISTICS s ON dba_c, id FROM other; CREATE VIEW v AS SELECT dba_c FROM other`,
    config: byName,
  },
};

test.each(shareOfToday(Object.entries(around), 3))('stands: %s', (_, evolution) =>
  evolve(evolution, ({ start, end, back, again }) => {
    expect(linesOf(start).filter(line => !linesOf(end).includes(line))).toEqual([]);
    expect(
      linesAbout(start, /^enum /).filter(line => !end.includes(line) && !evolution.others?.includes('state')),
    ).toEqual([]);
    expect(again).toEqual([]);
    expect(back).toBe(start);
  }),
);

describe('what is of a kind that the configuration leaves out', () => {
  const { statistics: _, ...withoutStatistics } = kinds;
  const onView = entities(plain, 'materialized view recreated', {});
  test.each<[string, Evolution]>([
    [
      'statistics object dba_s of doc',
      {
        before: entities(plain, 'dropped', {}),
        after: entities('', 'dropped', {}),
        others: 'CREATE SCHEMA elsewhere; CREATE STATISTICS elsewhere.dba_s ON id, c FROM doc',
        config: { kinds: withoutStatistics } as MigrationsConfig,
      },
    ],
    [
      'statistics object dba_s of sizes',
      {
        before: onView,
        after: onView.replace(plain, wide),
        others: 'CREATE STATISTICS dba_s ON id, c FROM sizes',
        config: { kinds: withoutStatistics } as MigrationsConfig,
      },
    ],
  ])('is named where it goes along: %s', async (lost, evolution) => {
    await evolve(evolution, ({ source, start, end }) => {
      expect(linesOf(start)).not.toEqual([]);
      expect(linesOf(end)).toEqual([]);
      expect(source).toContain(`// Does not keep ${lost}`);
    });
  });
});

describe('what goes with a relation for good comes back in the downgrade, or is named', () => {
  const before = `${other('')} @Entity('gone') export class Gone { @PrimaryColumn() id!: number; @Column() c!: number }
    @ViewEntity({ name: 'gone_view', expression: 'SELECT id, c FROM gone' }) export class View { @ViewColumn() id!: number }
    @ViewEntity({ name: 'gone_rows', materialized: true, expression: 'SELECT id, c FROM gone' }) export class Rows { @ViewColumn() id!: number }`;
  const others = `CREATE INDEX dba_index ON gone (c); CREATE INDEX dba_expression ON gone ((1)); CREATE STATISTICS dba_statistics ON id, c FROM gone;
    ALTER TABLE gone ADD CONSTRAINT dba_key FOREIGN KEY (c) REFERENCES other, ADD CONSTRAINT dba_self FOREIGN KEY (c) REFERENCES gone,
      ADD CONSTRAINT dba_check CHECK (c > 0), ADD CONSTRAINT dba_unique UNIQUE (c);
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE POLICY dba_policy ON gone USING (c > 0); CREATE TRIGGER dba_trigger BEFORE UPDATE ON gone EXECUTE FUNCTION nothing();
    CREATE CONSTRAINT TRIGGER dba_constraint_trigger AFTER UPDATE ON gone DEFERRABLE FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE RULE dba_rule AS ON DELETE TO gone DO INSTEAD NOTHING; CREATE RULE dba_view_rule AS ON DELETE TO gone_view DO INSTEAD NOTHING;
    CREATE TRIGGER dba_view_trigger INSTEAD OF UPDATE ON gone_view FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE INDEX dba_rows_index ON gone_rows (c); CREATE STATISTICS dba_rows_statistics ON id, c FROM gone_rows`;
  const partKinds = ['indexes', 'foreignKeys', 'statistics', 'policies', 'triggers', 'rules'];
  const without = (names: readonly string[]) =>
    ({
      kinds: Object.fromEntries(Object.entries(kinds).filter(([name]) => !names.includes(name))),
    }) as unknown as MigrationsConfig;
  test.each(shareOfToday([partKinds, [], ...partKinds.map(each => [each])]))('leaving out: %p', (...leftOut) =>
    evolve({ before, after: other(''), others, config: without(leftOut) }, ({ source, start, end, back }) => {
      const upgrade = source!.slice(0, source!.indexOf('function downgrade'));
      const named = [...upgrade.matchAll(/Does not keep .*?(dba_\w+)/g)].map(([, name]) => name!).sort();
      const lost = linesOf(start).filter(line => !linesOf(back).includes(line));
      expect(linesOf(end)).toEqual([]);
      expect(named).toEqual([...new Set(lost.flatMap(line => line.match(/dba_\w+/g) ?? []))].sort());
      expect(named.length > 0).toBe(leftOut.length > 0);
    }),
  );
});

test('the enum of a declared table that is hidden is not created', () =>
  evolve(
    { before: other(''), after: other('') + ticketOf(''), config: { includeName: name => name !== 'ticket' } },
    ({ source }) => expect(source).toBeUndefined(),
  ));

test('an index that is hidden is in the way of a table of its name', () =>
  expect(
    evolve(
      {
        before: other(''),
        after: other('') + ticketOf(''),
        others: 'CREATE INDEX ticket ON other (id)',
        config: { includeName: (_name, type) => type !== 'index' },
      },
      () => {},
    ),
  ).rejects.toThrow(NameTakenError));

test('a view that one class declares and another one only reads follows the one that declares it', () => {
  const declaring = (
    text: string,
  ) => `${other('')} @ViewEntity({ name: 'numbers', expression: 'SELECT ${text} AS n FROM other' })
    export class Numbers { @ViewColumn() n!: number } @Entity('numbers', { synchronize: false }) export class Reader { @PrimaryColumn() n!: number }`;
  return evolve({ before: declaring('id'), after: declaring('id + 1') }, ({ source, start, back, again }) => {
    expect(source).toContain('id + 1');
    expect(again).toEqual([]);
    expect(back).toBe(start);
  });
});

/** True where the upgrade says that it drops it. */
function isNamed(line: string, source: string): boolean {
  const upgrade = source.slice(0, source.indexOf('function downgrade'));
  const dropped = [...upgrade.matchAll(/op\.drop\w+\(\{[^}]*name: '(\w+)'/g)].map(([, name]) => name!);
  return dropped.some(name => name.includes('dba_') && line.includes(name));
}
