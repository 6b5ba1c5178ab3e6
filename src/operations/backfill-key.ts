import { MigrationError } from '../errors.ts';
import { quoteName, type QualifiedName } from '../sql/name.ts';
import { HiddenRowsError } from './hidden-rows-error.ts';
import type { RowSource } from './target.ts';

/** A table cannot be walked along the column it was to be walked along. */
export class BackfillKeyError extends MigrationError {
  override readonly name = 'BackfillKeyError';
  readonly table: QualifiedName;
  readonly key: string;

  constructor(table: QualifiedName, key: string, problem: string) {
    super(
      `the backfill walks ${table} along ${key}, which ${problem}: name a unique NOT NULL column with \`key\`, or write the UPDATE yourself with op.execute`,
    );
    this.table = table;
    this.key = key;
  }
}

/** As SQL writes them between two values. */
export interface KeyOperators {
  readonly above: string;
  readonly upTo: string;
}

/**
 * A key must be there in every row (`NULL > 5` is not true: such rows would be passed over), tell rows apart (so that a
 * batch is no larger than it should be), be indexed, and stay as it is while it is walked along.
 * @returns the operators to compare keys by: the server's own where the type is, so that no other role's take their place
 * @throws BackfillKeyError, HiddenRowsError
 */
export async function assertWalkable(
  { table, key, set }: { readonly table: QualifiedName; readonly key: string; readonly set: object },
  rows: RowSource,
): Promise<KeyOperators> {
  const [column] = await rows(columnQuery, [quoteName(table), key]);
  const problem = problemOf(column, Object.hasOwn(set, key));
  if (problem !== undefined) throw new BackfillKeyError(table, key, problem);
  if (column.hidesRows) throw new HiddenRowsError(table);
  const operator = (name: string) => (column.isBuiltIn ? `OPERATOR(pg_catalog.${name})` : name);
  return { above: operator('>'), upTo: operator('<=') };
}

function problemOf(
  column: { readonly notNull: boolean; readonly unique: boolean } | undefined,
  isSet: boolean,
): string | undefined {
  if (!column) return 'is no column of it';
  if (isSet) return 'it changes, so that rows would be met again';
  if (!column.notNull) return 'may be NULL, so that rows without it would be passed over';
  return column.unique ? undefined : 'has no unique index of its own';
}

const restricts = `EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid OPERATOR(pg_catalog.=) a.attrelid AND NOT polpermissive)`;

/** Whether no policy lets this role read all rows, or change all. */
const isUncovered = `EXISTS (SELECT FROM pg_catalog.unnest(ARRAY['r', 'w']::pg_catalog."char"[]) command WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid OPERATOR(pg_catalog.=) a.attrelid AND p.polpermissive
      AND (p.polcmd OPERATOR(pg_catalog.=) command OR p.polcmd OPERATOR(pg_catalog.=) '*'::pg_catalog."char")
      AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) OPERATOR(pg_catalog.=) 'true'
      AND EXISTS (SELECT FROM pg_catalog.unnest(p.polroles) role WHERE CASE WHEN role OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN true
        ELSE pg_catalog.pg_has_role(role, 'USAGE') END)))`;

const columnQuery = `SELECT a.attnotnull AS "notNull", t.typnamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace AS "isBuiltIn",
    pg_catalog.row_security_active(a.attrelid) AND (${restricts} OR ${isUncovered}) AS "hidesRows", EXISTS (
    SELECT FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) a.attrelid
      AND i.indkey[0] OPERATOR(pg_catalog.=) a.attnum AND i.indnkeyatts OPERATOR(pg_catalog.=) 1::pg_catalog.int2
      AND i.indisunique AND i.indisvalid AND i.indpred IS NULL) AS unique
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.atttypid
  WHERE a.attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.regclass AND a.attname OPERATOR(pg_catalog.=) $2::pg_catalog.name
    AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped`;
