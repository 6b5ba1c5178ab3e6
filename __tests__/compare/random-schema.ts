import fc from 'fast-check';
import { schemaOf, type Schema, type SchemaContents } from '../../src/objects/kinds.ts';
import type { ForeignKey } from '../../src/objects/foreign-key-definition.ts';
import type { Index } from '../../src/objects/index-definition.ts';
import type { Column, Table } from '../../src/objects/tables/table.ts';

/** Types that PostgreSQL can cast into one another while a table is empty, by the column that has them. */
const TYPES: Readonly<Record<string, readonly (readonly [type: string, defaults: readonly string[]])[]>> = {
  a: [
    ['integer', ['0', '1 + 1']],
    ['bigint', ['0']],
    ['text', ["'x'"]],
    ['character varying(20)', ["'x'", "'it''s'"]],
    ['character varying(40)', ["'x'"]],
    ['numeric(10,2)', ['0']],
  ],
  'B "b"': [
    ['smallint', ['3']],
    ['integer', ['3']],
    ['text', ["upper('q')"]],
  ],
  at: [
    ['timestamp with time zone', ['now()', "'2024-01-01'"]],
    ['timestamp(3) without time zone', ['now()']],
    ['date', ['now()']],
    ['text', ["'never'"]],
  ],
  kind: [
    ['kind', ["'x'"]],
    ['text', ["'x'"]],
    ['kind[]', ["'{}'"]],
  ],
  key: [
    ['uuid', ["md5('k')::uuid"]],
    ['text', ["'k'"]],
  ],
  data: [
    ['jsonb', ["'{}'"]],
    ['text', ["'{}'"]],
    ['json', ["'[]'"]],
  ],
  tags: [
    ['text[]', ["'{}'"]],
    ['character varying(9)[]', ["'{}'"]],
  ],
};

const TABLES = ['alpha', 'beta', 'Gam ma', 'aside.delta'] as const;
const CHECKS: Readonly<Record<string, string>> = {
  integer: '> 0',
  bigint: '> 0',
  smallint: '<> 5',
  'numeric(10,2)': 'BETWEEN 1 AND 9',
  text: "<> ''",
  kind: "<> 'x'",
};

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const columnNamed = (name: string): fc.Arbitrary<Column> =>
  fc.constantFrom(...TYPES[name]!).chain(([type, defaults]) =>
    fc.record(
      {
        name: fc.constant(name),
        type: fc.constant(type),
        nullable: fc.boolean(),
        default: fc.constantFrom(...defaults),
        comment: fc.constantFrom('why', "it's"),
      },
      { requiredKeys: ['name', 'type', 'nullable'] },
    ),
  );

const keyColumn: fc.Arbitrary<Column> = fc.constantFrom<Column>(
  { name: 'id', type: 'integer', nullable: false },
  { name: 'id', type: 'integer', nullable: false, serial: true },
  { name: 'id', type: 'bigint', nullable: false, serial: true },
  { name: 'id', type: 'integer', nullable: false, identity: 'always' },
  { name: 'id', type: 'bigint', nullable: false, identity: 'by default' },
);

const subset = <Item>(items: readonly Item[]): fc.Arbitrary<Item[]> => fc.subarray([...items]);

interface Draft {
  readonly table: Table;
  readonly indexes: readonly Index[];
}

function tableNamed(name: string): fc.Arbitrary<Draft> {
  const bare = name.split('.').at(-1)!;
  return fc
    .tuple(
      keyColumn,
      subset(Object.keys(TYPES)).chain(names => fc.tuple(...names.map(columnNamed))),
      fc.boolean(),
      fc.infiniteStream(fc.nat(9)),
      fc.option(fc.constantFrom('what', 'else'), { nil: undefined }),
    )
    .map(([id, columns, computes, stream, comment]) => {
      const dice = () => Number(stream.next().value);
      const generated: Column[] = computes
        ? [{ name: 'twice', type: 'bigint', nullable: true, generated: dice() > 4 ? 'id * 2' : 'id + id' }]
        : [];
      const uniques = columns
        .filter(({ type }) => type !== 'json' && dice() > 7)
        .map(column => ({
          name: `uq ${bare} ${column.name}${dice() > 7 ? '2' : ''}`,
          columns: [column.name, 'id'].slice(0, dice() > 4 ? 1 : 2),
        }));
      const checks = columns
        .filter(({ type }) => CHECKS[type] !== undefined && dice() > 6)
        .map(column => ({
          name: `chk ${bare} ${column.name}`,
          expression: `${quoted(column.name)} ${CHECKS[column.type]}`,
        }));
      const table: Table = {
        name,
        columns: [id, ...columns, ...generated],
        primaryKey: { name: dice() > 5 ? `pk ${bare}` : `${bare}_key`, columns: ['id'] },
        ...(uniques.length > 0 && { uniques }),
        ...(checks.length > 0 && { checks }),
        ...(comment !== undefined && { comment }),
      };
      return {
        table,
        indexes: columns
          .filter(({ type }) => type !== 'json' && dice() > 6)
          .map(column => indexOn(name, column, dice())),
      };
    });
}

function indexOn(table: string, column: Column, choice: number): Index {
  const schema = table.includes('.') ? 'aside.' : '';
  const name = `${schema}ix ${table.split('.').at(-1)} ${column.name.replaceAll('"', '')}${choice > 7 ? ' 2' : ''}`;
  const base = { name, table };
  if (choice < 3) return { ...base, columns: [column.name] };
  if (choice < 5 && column.type !== 'jsonb')
    return { ...base, columns: [{ column: column.name, order: 'desc', nulls: 'last' }], unique: true };
  if (choice < 7 && column.type === 'text')
    return { ...base, columns: [{ expression: `lower(${quoted(column.name)})` }] };
  if (column.type === 'kind') return { ...base, columns: ['id'], where: `${quoted(column.name)} = 'x'` };
  return { ...base, columns: ['id', column.name], where: `${quoted(column.name)} IS NOT NULL` };
}

/** A state of a database: some of four tables in two schemas, an enum, keys between the tables, views over them. */
export const schema: fc.Arbitrary<Schema> = fc
  .tuple(
    subset(TABLES).chain(names => fc.tuple(...names.map(tableNamed))),
    fc
      .shuffledSubarray(['x', 'y', "z'z", 'w'], { minLength: 2 })
      .map(labels => [...new Set(['x', ...labels])].sort((a, b) => labels.indexOf(a) - labels.indexOf(b))),
    fc.infiniteStream(fc.nat(9)),
  )
  .map(([drafts, labels, stream]) => {
    const dice = () => Number(stream.next().value);
    const tables = drafts.map(({ table }) => table);
    const foreignKeys = tables.flatMap(table =>
      tables
        .filter(() => dice() > 6)
        .flatMap((other): ForeignKey[] => {
          const column = table.columns.find(
            ({ name, type }) => name === 'a' && (type === 'integer' || type === 'bigint'),
          );
          if (!column) return [];
          const action = dice() > 5 ? ({ onDelete: 'cascade' } as const) : {};
          return [
            {
              name: `fk ${other.name}`,
              table: table.name,
              columns: ['a'],
              references: { table: other.name, columns: ['id'] },
              ...action,
              ...(dice() > 7 && { deferrable: 'initially deferred' as const }),
            },
          ];
        }),
    );
    const views = tables
      .filter(() => dice() > 6)
      .map(table => ({
        name: `v ${table.name.replace('.', ' ')}`,
        definition: `SELECT ${table.columns.map(({ name }) => quoted(name)).join(', ')} FROM ${table.name.split('.').map(quoted).join('.')}`,
        reads: [table.name],
      }));
    const usesKind = tables.some(table => table.columns.some(({ type }) => type.startsWith('kind')));
    const contents: SchemaContents = {
      namespaces: tables.some(({ name }) => name.startsWith('aside.')) ? [{ name: 'aside' }] : [],
      enums: usesKind ? [{ name: 'kind', labels }] : [],
      tables,
      foreignKeys,
      indexes: drafts.flatMap(({ indexes }) => indexes),
      views,
    };
    return schemaOf(contents);
  });
