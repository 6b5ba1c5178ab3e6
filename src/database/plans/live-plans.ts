import type { Schema } from '../../objects/kinds.ts';
import type { Connection } from '../connection.ts';
import { mutable } from '../mutable-schema.ts';
import { withPlans } from './explain.ts';
import { adoptExpressions } from './expressions.ts';
import { readPlannable } from './functions.ts';
import { questionsAbout } from './questions.ts';
import { adoptViews, changedViews } from './views.ts';

export interface Planned {
  readonly schema: Schema;
  /** What plans cannot tell the sameness of, as in `view open_ticket`. */
  readonly undecided: readonly string[];
  /** Tells of which text of the database that it may be declared anew. */
  trust(): Promise<(text: string) => boolean>;
}

/**
 * The declared schema, with the live spelling of whatever PostgreSQL plans alike: `status IN ('a', 'b')` and what became
 * of it in the catalog. Nothing is written for it, so that an unchanged database is known as such on a standby, in a
 * read-only session, and without the TEMP privilege.
 */
export async function withLivePlans(connection: Connection, target: Schema, live: Schema): Promise<Planned> {
  const questions = questionsAbout(target, live);
  const views = changedViews(target, live);
  if (questions.length + views.length === 0) return { schema: target, undecided: [], trust: () => trustOf(connection) };
  const plannable = await readPlannable(connection);
  const schema = mutable(target);
  const undecided = [
    ...(await withPlans(connection, explain => adoptExpressions(schema, questions, explain, plannable))),
    ...(await adoptViews(schema, views, { connection, live, plannable })),
  ];
  return { schema, undecided, trust: async () => plannable.isTrusted };
}

const trustOf = async (connection: Connection) => (await readPlannable(connection)).isTrusted;
