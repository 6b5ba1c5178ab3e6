import { isRefused } from '../clones.ts';
import type { Connection } from '../connection.ts';
import { sqlStateOf } from '../server-error.ts';

/** A plan as `EXPLAIN (FORMAT JSON)` prints it. */
export interface Plan {
  readonly Output?: readonly string[];
  readonly [property: string]: unknown;
}

/** Gives the plan of a query, without running it; undefined where PostgreSQL refuses the query. */
export type Explain = (query: string) => Promise<Plan | undefined>;

/**
 * Does the work in a read-only transaction that is rolled back: a plan needs no privilege but those of the query, takes no
 * transaction id, and works on a standby. Expressions in it are in PostgreSQL's own words, with constants computed.
 */
export async function withPlans<Result>(
  connection: Connection,
  work: (explain: Explain) => Promise<Result>,
): Promise<Result> {
  const begin = async () => {
    await connection.query('BEGIN READ ONLY');
    await connection.query(
      "SELECT pg_catalog.set_config('standard_conforming_strings', 'on', true), pg_catalog.set_config('lock_timeout', '0', true)",
    );
  };
  await begin();
  try {
    return await work(async query => {
      try {
        const [row] = await connection.query(`EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) ${query}`);
        return planIn(row['QUERY PLAN']);
      } catch (error) {
        if (!isRefused(error) && sqlStateOf(error) !== '42501') throw error;
        await connection.query('ROLLBACK');
        await begin();
        return undefined;
      }
    });
  } finally {
    await connection.query('ROLLBACK');
  }
}

function planIn(value: unknown): Plan | undefined {
  const [first] = (typeof value === 'string' ? JSON.parse(value) : value) as readonly { readonly Plan?: Plan }[];
  return first?.Plan;
}
