import type { Schema } from '../objects/kinds.ts';
import { pick } from '../objects/attributes.ts';
import { isNullConstant } from './null-constants.ts';
import type { Column } from '../objects/tables/table.ts';

/**
 * The declared schema, with the live spelling of defaults that are the same literal: `'0'` and `0`, `'draft'` and
 * `'draft'::ticket_status`, `'a'::text` and `'a'::character varying`, or the same clock: `CURRENT_TIMESTAMP` and `now()`; or
 * no default and `NULL`, of which PostgreSQL keeps none. For these the server need not be asked, nor would it call the clocks
 * the same.
 */
export function withLiveLiterals(target: Schema, live: Schema): Schema {
  let isChanged = false;
  const tables = [...target.tables].map(([name, table]) => {
    const lives = new Map(live.tables.get(name)?.columns.map(column => [column.name, column]));
    const columns = table.columns.map(column => {
      const own = lives.get(column.name);
      if (!own || own.default === column.default) return column;
      if (!isSameLiteral(column, own) && !areBothNull(column, own, target)) return column;
      isChanged = true;
      const { default: _, ...rest } = column;
      return { ...rest, ...pick(own, ['default']) };
    });
    return [name, { ...table, columns }] as const;
  });
  return isChanged ? { ...target, tables: new Map(tables) } : target;
}

function isSameLiteral(declared: Column, live: Column): boolean {
  if (declared.type !== live.type || declared.default === undefined || live.default === undefined) return false;
  const value = literalValue(declared.default, declared.type);
  if (value !== undefined) return value === literalValue(live.default, live.type);
  const clock = clockValue(declared.default);
  return clock !== undefined && clock === clockValue(live.default);
}

/** True where a column is NULL whatever of the two it has as its default. */
function areBothNull(declared: Column, live: Column, { enums }: Schema): boolean {
  if (declared.type !== live.type || (declared.serial ?? declared.identity ?? declared.generated) !== undefined)
    return false;
  return [declared, live].every(({ type, default: text }) => text === undefined || isNullConstant(text, type, enums));
}

const CLOCKS: Readonly<Record<string, (precision: string) => string>> = {
  CURRENT_TIMESTAMP: precision => (precision ? `('now'::text)::timestamp${precision} with time zone` : 'now()'),
  CURRENT_DATE: () => "('now'::text)::date",
  CURRENT_TIME: precision => `('now'::text)::time${precision} with time zone`,
  LOCALTIMESTAMP: precision => `('now'::text)::timestamp${precision} without time zone`,
  LOCALTIME: precision => `('now'::text)::time${precision} without time zone`,
};
const WRITTEN = /^(now\(\)|\('now'::text\)::(date|time(stamp)?(\(\d\))? with(out)? time zone))$/i;

/** What tells the time, as TypeORM writes it in place of SQL's own words. Undefined for anything else. */
function clockValue(expression: string): string | undefined {
  const [, word = '', precision = ''] = /^(\w+)(\(\d\))?$/.exec(expression) ?? [];
  const written = CLOCKS[word.toUpperCase()]?.(precision) ?? expression;
  return WRITTEN.test(written) ? written.toLowerCase() : undefined;
}

const STRINGS = new Set(['text', 'character varying', 'varchar', 'character', 'bpchar']);
const INTEGERS = new Set(['smallint', 'integer', 'bigint']);
const NUMBERS = new Set([...INTEGERS, 'numeric', 'real', 'double precision']);

/** The text of a literal, where it is one that is cast to nothing but the column's type. */
function literalValue(expression: string, columnType: string): string | undefined {
  const type = columnType.replace(/\([^)]*\)/, '');
  const bare = expression.replace(/^\((.*)\)(?=::)/, '$1');
  const [, quoted, casts] = /^'((?:[^']|'')*)'((?:::[^:'()]+)*)$/.exec(bare) ?? [];
  if (quoted === undefined || casts === undefined) return unquotedValue(expression, type);
  const names = casts.split('::').slice(1);
  const alike = [STRINGS, NUMBERS].find(types => types.has(type));
  const isPlain = names.every(name => name === type || (alike?.has(name) && !isRounded(quoted, name)));
  return isPlain ? quoted : undefined;
}

/** `1.5` is another number as an integer. */
const isRounded = (text: string, type: string): boolean => INTEGERS.has(type) && !/^-?\d+$/.test(text);

function unquotedValue(expression: string, type: string): string | undefined {
  if (NUMBERS.has(type) && /^\(?-?\d+(\.\d+)?\)?$/.test(expression)) return expression.replace(/[()]/g, '');
  return type === 'boolean' && /^(true|false)$/i.test(expression) ? expression.toLowerCase() : undefined;
}
