import { MigrationError } from '../../errors.ts';
import type { DatabaseNotAtHeadError } from '../../runner/check.ts';
import type { ChangedRevision } from '../../runner/runner.ts';
import { defineCommand, type Outcome } from '../command.ts';
import type { Context } from '../context.ts';
import { nameDatabase } from '../name-database.ts';
import { operationLines, statementsUnlessCall } from '../operation-text.ts';

export const check = defineCommand({
  name: 'check',
  describe: 'Compare entities and database; exit with 2 where they differ',
  details:
    'Prints what `revision --autogenerate` would write: + is made, - is dropped, ~ is changed. Writes nothing. Exits with 2 also while revisions are pending, and with 5 where the file of an applied revision was changed.',
  examples: [
    ['check', 'for a test or a pull request'],
    ['check -v', 'with the SQL'],
    ['check --json', 'for a program'],
  ],
  async run(context) {
    const runner = await context.runner();
    if (context.verbose) await nameDatabase(context);
    const result = await runner.check({ x: context.x }).catch((error: unknown) => pendingIn(error));
    if ('current' in result) return pendingOutcome(result, context);
    const { operations, isEmpty, obstacles = [] } = result;
    for (const { dependent, on } of obstacles)
      context.logger.warn(`PostgreSQL would refuse this: ${dependent} depends on ${on}`);
    const { files } = await context.revisions({ mayBeEmpty: true });
    const changed = files.size === 0 ? [] : await runner.changedSince();
    for (const each of changed) context.logger.warn(changeOf(each, context));
    const { statementsOf: made } = await import('../../objects/kinds.ts');
    const { config } = await context.project();
    const statementsOf = statementsUnlessCall(operation => made(operation, config.kinds));
    return {
      exitCode: isEmpty ? (changed.length > 0 ? 5 : 0) : 2,
      json: {
        isEmpty,
        operations,
        ...(obstacles.length > 0 && { obstacles }),
        sql: operations.flatMap(statementsOf).map(({ sql }) => sql),
        changed,
      },
      lines: operationLines(operations, statementsOf, context),
      summary: isEmpty
        ? 'Entities and database do not differ.'
        : `Entities and database differ by ${counted(operations.length)}: write them down with \`revision --autogenerate\`.`,
    };
  },
});

/** While revisions are pending, a comparison would repeat what they do. */
function pendingIn(error: unknown): DatabaseNotAtHeadError {
  if (MigrationError.is(error) && error.name === 'DatabaseNotAtHeadError') return error as DatabaseNotAtHeadError;
  throw error;
}

function pendingOutcome({ message, current, heads }: DatabaseNotAtHeadError, { logger }: Context): Outcome {
  logger.warn(message);
  return { exitCode: 2, json: { isEmpty: false, pending: { current, heads } } };
}

const counted = (count: number): string => (count === 1 ? 'one operation' : `${count} operations`);

const changeOf = ({ revision, path }: ChangedRevision, { shortPath }: Context): string =>
  `Revision ${revision} was changed after it was applied, and the database has what it was then: ${shortPath(path)}`;
