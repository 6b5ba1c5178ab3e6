import { code, type ColumnModel, type ColumnOptions } from './entity-set.ts';
import type { Random } from './random.ts';

/** A column type with its parameters, and defaults that fit it. */
interface TypeChoice {
  readonly options: ColumnOptions;
  readonly defaults?: readonly unknown[];
  /** Types of one family are often changed into each other. */
  readonly family: string;
  /** What every row may be asked: true for all values that the rows are given. */
  readonly demands?: readonly string[];
  /** PostgreSQL has no order for it, so no index or unique constraint can be on it. */
  readonly unordered?: true;
}

const numbers = { defaults: [0, 7, -1], demands: [' > -100', ' >= 0 - 99', ' <> 5000'] };
const texts = {
  defaults: ['draft', '', code(`() => "'it''s'"`), code(`() => "'a' || 'b'"`)],
  demands: [` <> 'nothing'`, ` IN ('v1', 'v2', 'v3')`, ` NOT LIKE 'z%'`],
};

export const typeChoices: readonly TypeChoice[] = [
  { options: { type: 'int' }, family: 'number', ...numbers },
  { options: { type: 'smallint' }, family: 'number', ...numbers },
  { options: { type: 'bigint' }, family: 'number', ...numbers },
  { options: { type: 'numeric' }, family: 'number', ...numbers },
  { options: { type: 'decimal', precision: 10, scale: 2 }, family: 'number', ...numbers },
  { options: { type: 'numeric', precision: 12, scale: 4 }, family: 'number', ...numbers },
  { options: { type: 'real' }, family: 'number', ...numbers },
  { options: { type: 'double precision' }, family: 'number', ...numbers },
  { options: { type: 'varchar' }, family: 'text', ...texts },
  { options: { type: 'varchar', length: 20 }, family: 'text', ...texts },
  { options: { type: 'varchar', length: 80 }, family: 'text', ...texts },
  { options: { type: 'text' }, family: 'text', ...texts },
  { options: { type: 'char', length: 8 }, family: 'text', ...texts },
  { options: { type: 'varchar', length: 20, collation: 'C' }, family: 'text', ...texts },
  { options: { type: 'boolean' }, family: 'boolean', defaults: [true, false] },
  { options: { type: 'timestamp' }, family: 'time', defaults: [code(`() => 'now()'`), '2020-02-01 00:00:00'] },
  { options: { type: 'timestamptz' }, family: 'time', defaults: [code(`() => 'CURRENT_TIMESTAMP'`)] },
  { options: { type: 'timestamp', precision: 3 }, family: 'time', defaults: [code(`() => 'CURRENT_TIMESTAMP(3)'`)] },
  { options: { type: 'timestamp with time zone', precision: 0 }, family: 'time' },
  { options: { type: 'date' }, family: 'time', defaults: ['2020-02-01', code(`() => 'CURRENT_DATE'`)] },
  { options: { type: 'time' }, family: 'clock', defaults: ['12:30:00'] },
  { options: { type: 'time with time zone' }, family: 'clock' },
  { options: { type: 'interval' }, family: 'interval', defaults: ['01:00:00', '1 day'] },
  { options: { type: 'uuid' }, family: 'uuid', defaults: [code(`() => 'gen_random_uuid()'`)] },
  { options: { type: 'json' }, family: 'json', unordered: true, defaults: [code(`() => "'{}'"`)] },
  { options: { type: 'jsonb' }, family: 'json', defaults: [code(`() => "'{}'"`), { a: 1 }, [1]] },
  { options: { type: 'bytea' }, family: 'bytea' },
  { options: { type: 'inet' }, family: 'net', defaults: ['10.0.0.1'] },
  { options: { type: 'cidr' }, family: 'net' },
  { options: { type: 'macaddr' }, family: 'mac' },
  { options: { type: 'int4range' }, family: 'range' },
  { options: { type: 'tstzrange' }, family: 'range' },
  { options: { type: 'point' }, family: 'geometric', unordered: true },
  { options: { type: 'tsvector' }, family: 'search' },
  { options: { type: 'bit', length: 4 }, family: 'bit' },
  { options: { type: 'bit varying', length: 8 }, family: 'bit' },
  { options: { type: 'money' }, family: 'money' },
  { options: { type: 'int', array: true }, family: 'array', defaults: ['{}', code(`() => "'{1,2}'"`), [1, 2]] },
  { options: { type: 'text', array: true }, family: 'array', defaults: ['{}', code(`() => 'ARRAY[]::text[]'`)] },
  { options: { type: 'varchar', length: 10, array: true }, family: 'array', defaults: ['{}'] },
  { options: { type: 'uuid', array: true }, family: 'array' },
  { options: { type: 'simple-array' }, family: 'text' },
  { options: { type: 'simple-json' }, family: 'text' },
];

const labels = ['open', 'closed', 'on hold', 'Done', 'new', "won't fix"];

/** Options of a column of any type, an enum in a quarter of the cases. */
export function randomOptions(random: Random): ColumnOptions {
  return random.chance(25) ? randomEnum(random) : withExtras(random.pick(typeChoices), random);
}

/** Options of another type: of the same family in most cases. */
export function otherOptions(random: Random, options: ColumnOptions): ColumnOptions {
  const { family } = choiceOf(options) ?? {};
  const relatives = typeChoices.filter(choice => choice.family === family && choice.options.type !== options.type);
  const other =
    relatives.length > 0 && random.chance(70) ? withExtras(random.pick(relatives), random) : randomOptions(random);
  return {
    ...other,
    ...(options.nullable && { nullable: true }),
    ...(options.comment && { comment: options.comment }),
  };
}

export function randomEnum(random: Random): ColumnOptions {
  const values = random.some(labels, 2, 4);
  const array = random.chance(15);
  const options = { type: 'enum', enum: values, ...(array && { array }) };
  if (random.chance(40)) return { ...options, default: array ? [values[0]] : values[0] };
  return { ...options, ...(random.chance(40) && { nullable: true }) };
}

function withExtras({ options, defaults }: TypeChoice, random: Random): ColumnOptions {
  return {
    ...options,
    ...(random.chance(35) && { nullable: true }),
    ...(defaults && random.chance(35) && { default: random.pick(defaults) }),
    ...(random.chance(12) && { comment: random.pick(['as told', "the user's own", 'a "quoted" word']) }),
  };
}

/** Another default that fits the type, or none. */
export function otherDefault(random: Random, { default: _, ...options }: ColumnOptions): ColumnOptions {
  const defaults = options.enum ? (options.array ? [] : options.enum) : (choiceOf(options)?.defaults ?? []);
  return defaults.length > 0 && random.chance(75) ? { ...options, default: random.pick(defaults) } : options;
}

export const demandsOf = (options: ColumnOptions): readonly string[] => choiceOf(options)?.demands ?? [];

export const isOrdered = (options: ColumnOptions): boolean => !choiceOf(options)?.unordered;

/** Whether indexes of any method can be on a column of this type. */
export const takesMethods = ({ type, array }: ColumnOptions): boolean =>
  !array && ['int', 'bigint', 'numeric', 'varchar', 'text', 'uuid', 'timestamp', 'date'].includes(type);

const choiceOf = ({ type, length, precision, array }: ColumnOptions): TypeChoice | undefined =>
  typeChoices.find(
    ({ options }) =>
      options.type === type && options.length === length && options.precision === precision && options.array === array,
  );

/** What a generated column of the same type is computed as, where the type has a use for that. */
export function expressionFrom({ name, options, computedFrom }: ColumnModel): string | undefined {
  const { family } = choiceOf(options) ?? {};
  if (computedFrom !== undefined || options.array) return undefined;
  if (family === 'number') return `"${name}" * 1`;
  return family === 'text' ? `"${name}"` : undefined;
}
