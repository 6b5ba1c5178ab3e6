import type { Schema } from '../objects/kinds.ts';
import { isBuiltInType } from '../sql/built-in-types.ts';
import { bareName, typeNameIn } from '../sql/name.ts';

/**
 * True for `NULL`, `(null)` or `NULL::jsonb` as the default of a column: one that has it holds NULL as if it had none.
 * PostgreSQL keeps none of it, except where it adds a length (`NULL::character varying`) or a domain, whose own default it
 * takes the place of: of a type that may be a domain, it is not known.
 * @param enums those that entities declare
 * @see https://www.postgresql.org/docs/current/sql-createdomain.html
 */
export function isNullConstant(expression: string, columnType: string, enums: Schema['enums']): boolean {
  const [value = '', ...casts] = asCasts(withoutModifiers(expression)).split('::');
  const isKnown = (type: string) => isNoDomain(type.trim().replace(/(\[\])+$/, ''), enums);
  return value.trim().toLowerCase() === 'null' && [withoutModifiers(columnType), ...casts].every(isKnown);
}

/** `(NULL)::numeric(10,2)` → `NULL::numeric`. */
const withoutModifiers = (text: string): string => text.replaceAll(/(?<=\w *)\([\d, ]+\)/g, '');

/** `CAST(NULL AS jsonb)` and `(NULL)::jsonb` → `NULL::jsonb`. */
const asCasts = (text: string): string =>
  text.replace(/^\s*cast\s*\(\s*null\s+as\b([^()]+)\)\s*$/i, 'NULL::$1').replaceAll(/[()]/g, '');

const isNoDomain = (type: string, enums: Schema['enums']): boolean =>
  enums.has(typeNameIn(type)) ||
  STANDARD.test(type) ||
  isBuiltInType(type.toLowerCase()) ||
  OF_EXTENSIONS.has(bareName(typeNameIn(type)));

/** Types by more than one word, or by others than those of the catalog. */
const STANDARD =
  /^(int|integer|smallint|bigint|boolean|real|double precision|decimal|dec|character|(character|char|bit) varying|(time|timestamp) with(out)? time zone)$/i;

/** Those that TypeORM knows. */
const OF_EXTENSIONS = new Set('citext hstore ltree cube geometry geography vector halfvec'.split(' '));
