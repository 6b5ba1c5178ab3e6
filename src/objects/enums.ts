import { quoteText } from '../sql/literal.ts';
import {
  besides,
  bareName,
  nameParts,
  quoteIdentifier,
  quoteName,
  truncated,
  typeName,
  typeNameIn,
  typeText,
  type QualifiedName,
} from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { moves, renames } from './address.ts';
import {
  attributeColumns,
  attributeFields,
  attributesOf,
  attributeStatements,
  keepAttributes,
  type Attributes,
} from './attributes.ts';
import { list, optional, record, text } from './form.ts';
import type { Comparison, ObjectKind, OperationIn } from './object-kind.ts';

export interface EnumType extends Attributes {
  readonly name: QualifiedName;
  readonly labels: readonly string[];
}

export interface EnumOperations {
  createEnum(type: EnumType): Promise<void>;
  dropEnum(type: { readonly name: QualifiedName }): Promise<void>;
  renameEnum(renaming: { readonly from: QualifiedName; readonly to: QualifiedName }): Promise<void>;
  /** Move an enum to another schema: columns, and whatever else uses it, follow. */
  moveEnum(move: { readonly name: QualifiedName; readonly to: string }): Promise<void>;
  /** Add a label: at the end, or before or after another. It cannot be used before its transaction has committed. */
  addEnumValue(addition: {
    readonly name: QualifiedName;
    readonly value: string;
    readonly before?: string;
    readonly after?: string;
  }): Promise<void>;
  /** Rename a label; rows that hold it show the new name. */
  renameEnumValue(renaming: {
    readonly name: QualifiedName;
    readonly from: string;
    readonly to: string;
  }): Promise<void>;
}

type EnumOperation = OperationIn<EnumOperations>;

export const enums: ObjectKind<EnumType, EnumOperations> = {
  namespace: 'type',
  filterType: 'enum',
  nameOf: type => type.name,
  dependsOn: () => [],
  effects: {
    renameEnum: renaming => renames('type', renaming),
    moveEnum: ({ name, to }, inSchema) =>
      moves('type', { from: name, to: typeName(to, bareName(name), inSchema(to, bareName(name))) }),
  },
  renamed: (type, naming) => ({ ...type, name: typeNameIn(naming.type(typeText(type.name))) }),

  catalog: {
    queries: {
      enums: `
        SELECT n.nspname AS namespace, t.typname AS name,
          (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
          ${attributeColumns('pg_type', 't')}
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype = 'e' AND n.nspname = ANY($1)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')`,
    },
    parse: (rows, qualify) =>
      (rows['enums'] ?? []).map(row => ({
        name: typeName(row.namespace, row.name, qualify(row.namespace, row.name)),
        labels: row.labels ?? [],
        ...attributesOf(row),
      })),
  },

  create: type => [{ op: 'createEnum', ...type }],
  drop: type => [{ op: 'dropEnum', name: type.name }],
  keepUndeclarable: keepAttributes,
  alter: (before, after, comparison) =>
    onlyGrew(before, after) ? addedValues(before, after, comparison) : replacement(after),
  cleanUp: (before, after) => (onlyGrew(before, after) ? [] : [{ op: 'dropEnum', name: replacedName(after.name) }]),
  rename: {
    shapeOf: ({ name, labels }) => JSON.stringify([nameParts(name).schema, labels]),
    operations: (before, after) => [{ op: 'renameEnum', from: before.name, to: after.name }],
  },

  takes: {
    createEnum: record({ name: text, labels: list(text), ...attributeFields }),
    dropEnum: record({ name: text }),
    renameEnum: record({ from: text, to: text }),
    moveEnum: record({ name: text, to: text }),
    addEnumValue: record({ name: text, value: text, before: optional(text), after: optional(text) }),
    renameEnumValue: record({ name: text, from: text, to: text }),
  },

  statements: {
    createEnum: op => [
      createType(op.name, op.labels),
      ...attributeStatements({ object: `TYPE ${quoteName(op.name)}` }, op),
    ],
    dropEnum: op => [statement(`DROP TYPE ${quoteName(op.name)}`)],
    renameEnum: ({ from, to }) => [renameType(from, bareName(to))],
    moveEnum: ({ name, to }) => [statement(`ALTER TYPE ${quoteName(name)} SET SCHEMA ${quoteIdentifier(to)}`)],
    addEnumValue: ({ name, value, before, after }) => {
      const position =
        before !== undefined ? ` BEFORE ${quoteText(before)}` : after !== undefined ? ` AFTER ${quoteText(after)}` : '';
      return [statement(`ALTER TYPE ${quoteName(name)} ADD VALUE ${quoteText(value)}${position}`)];
    },
    renameEnumValue: ({ name, from, to }) => [
      statement(`ALTER TYPE ${quoteName(name)} RENAME VALUE ${quoteText(from)} TO ${quoteText(to)}`),
    ],
  },
};

const createType = (name: QualifiedName, labels: readonly string[]): Statement =>
  statement(`CREATE TYPE ${quoteName(name)} AS ENUM (${labels.map(quoteText).join(', ')})`);

const renameType = (from: QualifiedName, to: string): Statement =>
  statement(`ALTER TYPE ${quoteName(from)} RENAME TO ${quoteIdentifier(to)}`);

function onlyGrew(before: EnumType, after: EnumType): boolean {
  const kept = after.labels.filter(label => before.labels.includes(label));
  return kept.length === before.labels.length && kept.every((label, i) => label === before.labels[i]);
}

/** A column of an enum. */
export interface EnumColumn {
  readonly table: QualifiedName;
  readonly name: string;
}

/** The key is a symbol because the columns describe the operation and are no part of it: they are not rendered. */
const COLUMNS: unique symbol = Symbol.for('typeorm-alembic.columns-of-enum') as never;

/** The columns that have the type which a label is added to; undefined where nobody has looked. */
export const columnsOf = (addition: object): readonly EnumColumn[] | undefined =>
  (addition as { readonly [COLUMNS]?: readonly EnumColumn[] })[COLUMNS];

function addedValues(before: EnumType, after: EnumType, comparison: Comparison): EnumOperation[] {
  const columns = { [COLUMNS]: columnsOfType(after.name, comparison) };
  return labelsAdded(before, after).map(addition => ({ ...addition, ...columns }));
}

const columnsOfType = (type: QualifiedName, { after }: Comparison): readonly EnumColumn[] =>
  [...after.tables.values()].flatMap(({ name: table, columns }) =>
    columns.filter(column => typeNameIn(column.type) === type).map(({ name }) => ({ table, name })),
  );

function labelsAdded(before: EnumType, after: EnumType): EnumOperation[] {
  return after.labels.flatMap((value, i): EnumOperation[] => {
    if (before.labels.includes(value)) return [];
    const next = after.labels.slice(i + 1).find(label => before.labels.includes(label));
    const previous = after.labels[i - 1];
    if (next === undefined) return [{ op: 'addEnumValue', name: after.name, value }];
    return [
      {
        op: 'addEnumValue',
        name: after.name,
        value,
        ...(previous === undefined ? { before: next } : { after: previous }),
      },
    ];
  });
}

/** PostgreSQL can neither remove nor reorder labels: a new type takes the name, and columns move over to it one by one. */
const replacement = (type: EnumType): EnumOperation[] => [
  { op: 'renameEnum', from: type.name, to: replacedName(type.name) },
  { op: 'createEnum', ...type },
];

/** What an enum is called while another one takes its place. */
export const replacedName = (name: QualifiedName): QualifiedName => besides(name, replacedText(bareName(name)));

/** A text for people: what gave its name to another object is called by that name, as in `mood (the former one)`. */
export const withFormerNames = (text: string): string =>
  text.replaceAll(
    /(_[\da-f]{8})?__replaced\b("?(?:\[\])*)/g,
    (_, digest: string | undefined, end: string) => `${digest === undefined ? '' : '…'}${end} (the former one)`,
  );

/** Names that do not fit into 63 bytes are told apart by a digest. */
export function replacedText(name: string): string {
  const plain = `${name}__replaced`;
  if (Buffer.byteLength(plain) <= 63) return plain;
  return `${truncated(name, 42)}_${digest(name)}__replaced`;
}

/** FNV-1a: the same on every machine, without the world outside. */
const digest = (text: string): string =>
  [...Buffer.from(text)]
    .reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5)
    .toString(16)
    .padStart(8, '0');

const replacedTypes = new WeakMap<Comparison, readonly string[]>();

/** The types, as expressions spell them, that a replacement puts another type in the place of. */
export function typesReplaced(comparison: Comparison): readonly string[] {
  const known = replacedTypes.get(comparison);
  if (known) return known;
  const types = [...comparison.after.enums.values()].flatMap(after => {
    const before = comparison.before.enums.get(after.name);
    return before === undefined || onlyGrew(before, after) ? [] : [typeText(after.name)];
  });
  replacedTypes.set(comparison, types);
  return types;
}
