import { isName, tokensOf } from '../../sql/lexer.ts';

/** What looks like a call in an expression and gives every row of a statement the same value. */
const STEADY = new Set(
  `now transaction_timestamp statement_timestamp timezone date_trunc date_part extract to_char to_timestamp to_date age
  make_date make_interval make_timestamptz lower upper concat coalesce nullif format length round abs array row any in
  json_build_object json_build_array jsonb_build_object jsonb_build_array to_json to_jsonb array_fill string_to_array
  current_setting current_user current_schema current_date current_time current_timestamp localtime localtimestamp
  numeric decimal varchar char character varying bit timestamp time interval geometry geography vector halfvec`.split(
    /\s+/,
  ),
);

/**
 * True for a default that may give each row a value of its own, such as `gen_random_uuid()`: adding a column with it
 * writes every row. A function that is not known counts as one that may.
 * @see https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
 */
export function mayBeVolatile(expression: string | undefined): boolean {
  const tokens = tokensOf(expression ?? '');
  return tokens.some((token, i) => isName(token) && tokens[i + 1] === '(' && !STEADY.has(token.toLowerCase()));
}
