import type { Table } from '../../objects/tables/table.ts';
import { bareName, quoteIdentifier, quoteName } from '../../sql/name.ts';
import type { MutableSchema } from '../mutable-schema.ts';
import type { Explain } from './explain.ts';
import type { Plannable } from './functions.ts';
import type { Question, Questions } from './questions.ts';

/** Takes the live spelling of expressions that PostgreSQL plans alike into `schema`. Gives what it could not compare. */
export async function adoptExpressions(
  schema: MutableSchema,
  all: readonly Questions[],
  explain: Explain,
  plannable: Plannable,
): Promise<readonly string[]> {
  const undecided: string[] = [];
  for (const { table, questions } of together(all)) {
    const asked = questions.filter(({ declared, live }) => [...declared, ...live].every(plannable.expression));
    undecided.push(...questions.filter(each => !asked.includes(each)).map(({ what }) => what));
    for (const { question, isSame } of await answers(explain, table, asked)) {
      if (isSame === undefined) undecided.push(question.what);
      else if (isSame) question.adopt(schema);
    }
  }
  return undecided;
}

/** Defaults look at no columns: those of all tables are asked for together. */
function together(all: readonly Questions[]): readonly Questions[] {
  const defaults = all.filter(({ table }) => table === undefined).flatMap(({ questions }) => questions);
  return [...inChunks(defaults), ...all.filter(({ table }) => table !== undefined)];
}

/** A query has 1,664 columns at most. */
const QUESTIONS_PER_QUERY = 200;

const inChunks = (questions: readonly Question[]): Questions[] =>
  Array.from({ length: Math.ceil(questions.length / QUESTIONS_PER_QUERY) }, (_, i) => ({
    questions: questions.slice(i * QUESTIONS_PER_QUERY, (i + 1) * QUESTIONS_PER_QUERY),
  }));

interface Answer {
  readonly question: Question;
  /** Undefined where PostgreSQL refuses one of the two. */
  readonly isSame: boolean | undefined;
}

/** Halves what is refused, until only the questions that PostgreSQL cannot make sense of are left without an answer. */
async function answers(
  explain: Explain,
  table: Table | undefined,
  questions: readonly Question[],
): Promise<readonly Answer[]> {
  if (questions.length === 0) return [];
  const output = (await explain(queryOf(table, questions)))?.Output;
  if (output?.length === questions.flatMap(({ declared, live }) => [...declared, ...live]).length) {
    const left = [...output];
    return questions.map(question => {
      const [declared, live] = [question.declared, question.live].map(each => left.splice(0, each.length));
      return { question, isSame: JSON.stringify(declared) === JSON.stringify(live) };
    });
  }
  if (questions.length === 1) return [{ question: questions[0]!, isSame: undefined }];
  const middle = Math.ceil(questions.length / 2);
  return [
    ...(await answers(explain, table, questions.slice(0, middle))),
    ...(await answers(explain, table, questions.slice(middle))),
  ];
}

/** The table's columns, without the table: no lock and no privilege is needed. */
function queryOf(table: Table | undefined, questions: readonly Question[]): string {
  const expressions = questions.flatMap(({ declared, live }) => [...declared, ...live]).map(text => `(${text}\n)`);
  const select = `SELECT ${expressions.join(', ')}`;
  if (!table) return select;
  const columns = table.columns.map(
    ({ name, type, collation }) =>
      `${quoteIdentifier(name)} ${type}${collation === undefined ? '' : ` COLLATE ${quoteName(collation)}`}`,
  );
  return `${select} FROM pg_catalog.json_to_record('{}') AS ${quoteIdentifier(bareName(table.name))}(${columns.join(', ')})`;
}
