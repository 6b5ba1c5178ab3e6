import { describe, expect, test } from '@jest/globals';
import { BlockedChangeError, type MigrationsConfig } from 'typeorm-alembic';
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
const other = `@Column({ type: 'int', nullable: true }) o!: number;`;

const changes: Readonly<Record<string, readonly [before: string, after: string]>> = {
  nothing: [plain, plain + other],
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
  test.each(shareOfToday(cases, 12))('$how, $what: $change', async ({ change, object, evolution }) => {
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
      expect(again).toEqual([]);
      expect(sorted(back)).toBe(sorted(start));
    });
  });
});

/** True where the upgrade says that it drops it. */
function isNamed(line: string, source: string): boolean {
  const upgrade = source.slice(0, source.indexOf('function downgrade'));
  const dropped = [...upgrade.matchAll(/op\.drop\w+\(\{[^}]*name: '(\w+)'/g)].map(([, name]) => name!);
  return dropped.some(name => name.includes('dba_') && line.includes(name));
}
