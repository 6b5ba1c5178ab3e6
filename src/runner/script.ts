import { abandonJournals } from '../database/journal.ts';
import { ownSchemaOf, setSearchPath } from '../database/own-schema.ts';
import { addParents, createLog, logRun } from '../database/run-log.ts';
import { BEGIN, guardAfter, guardSession, guardTransaction, waitForLock } from '../database/script-guard.ts';
import { createOwnSchema, createVersionTable, versionChanges, type VersionTables } from '../database/version-table.ts';
import type { OperationContext } from '../operations/target.ts';
import type { Step } from '../revisions/revision.ts';
import { runsInTransaction } from '../scripts/revision-file.ts';
import { piecesOf } from '../sql/lexer.ts';
import type { Statement } from '../sql/statement.ts';
import { announcedStatements } from './announce-offline.ts';
import type { RunnerContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import { failureOf } from './revision-failed.ts';
import { parentsToLog } from './run.ts';
import type { ScriptOptions } from './runner.ts';
import { expectationOfStamp, expectationOfStart, expectationOfStep } from './script-expectation.ts';
import { type ScriptSession, scriptSession } from './script-session.ts';
import { scriptText, UnscriptableStatementError } from './script-text.ts';
import { terminated, withoutParameters } from './sql-text.ts';
import { applyFailure, stampedOf } from './stamp.ts';
import { assertOneTransaction, describeStep, loadSteps, type LoadedStep } from './step.ts';

/** A part of a script, which is a transaction or is not. */
interface Block {
  readonly isTransactional: boolean;
  readonly lines: readonly string[];
}

/** The script of an upgrade or a downgrade: what the run would send, and no question to the database. */
export async function script(
  context: RunnerContext,
  direction: Step['direction'],
  range: string,
  { x = {}, tag }: ScriptOptions,
): Promise<string> {
  const { graph, config, tables } = context;
  const { heads } = direction === 'upgrade' ? graph.offlineUpgrade(range) : graph.offlineDowngrade(range);
  const path =
    direction === 'upgrade'
      ? graph.upgradePath([], range, { offline: true })
      : graph.downgradePath([], range, { offline: true });
  const operationContext = { isOffline: true, x, heads, ...(tag !== undefined && { tag }) };
  if (path.length === 0) return '';
  const guard = guardTransaction(tables, expectationOfStart(graph, path[0]!, heads));
  const blocks = [tablesBlock(tables, heads, [guard])];
  const steps = await loadSteps(context, path);
  if (config.transaction === 'all')
    assertOneTransaction(steps.filter(({ file, direction: way }) => !runsInTransaction(file, way)));
  const evaluated: EvaluatedStep[] = [];
  let before: readonly string[] = heads;
  for (const step of steps) {
    const after = graph.headsAfter(before, step);
    evaluated.push(await evaluateStep(context, step, operationContext, { before, after }));
    before = after;
  }
  const session = sessionOf(evaluated);
  blocks.push(...statementBlock(session.before), ...evaluated.flatMap(each => stepBlocks(context, each, session)));
  return textOf([...opening(context), ...(config.transaction === 'all' ? allInOne(blocks) : blocks)]);
}

/** Names that are not qualified stand for objects of the DataSource's own schema. */
function opening({ dataSource, tables }: RunnerContext): readonly Block[] {
  const schema = ownSchemaOf(dataSource);
  return [
    ...statementBlock(schema === undefined ? [] : [setSearchPath(schema)]),
    {
      isTransactional: false,
      lines: [remark('Waiting for the migration lock'), ...waitForLock(tables).map(terminated)],
    },
  ];
}

/** Statements that are no transaction, each on its own. */
const statementBlock = (statements: readonly string[]): Block[] =>
  statements.length === 0 ? [] : [{ isTransactional: false, lines: statements.map(terminated) }];

/** The version table is there where the script does not start from the base; the log need not be. */
const tablesBlock = (tables: VersionTables, heads: readonly string[], guards: readonly string[] = []): Block => ({
  isTransactional: true,
  lines: [
    ...guards.map(terminated),
    ...linesOf([
      ...(heads.length === 0 ? [...createOwnSchema(tables), createVersionTable(tables)] : []),
      createLog(tables),
      addParents(tables),
    ]),
  ],
});

/** The heads around a step. */
interface Heads {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

interface EvaluatedStep extends Heads {
  readonly step: LoadedStep;
  readonly isTransactional: boolean;
  readonly statements: readonly Statement[];
  /** Of the project's `onVersionApply`. */
  readonly announced: readonly Statement[];
}

/** @throws RevisionFailedError */
async function evaluateStep(
  context: RunnerContext,
  step: LoadedStep,
  operationContext: OperationContext,
  heads: Heads,
): Promise<EvaluatedStep> {
  const { config, dataSource, logger, tables } = context;
  const isTransactional = runsInTransaction(step.file, step.direction) && config.transaction !== 'none';
  const { statements, offlineError } = await evaluate(step, operationContext, {
    isTransactional,
    dataSource,
    config,
    logger,
    tables,
  });
  const failed = (error: unknown) => failureOf(step, { error, statement: undefined }, 'no script was written');
  if (offlineError) throw failed(offlineError);
  const announced = await announcedStatements(context, step, heads.after).catch((error: unknown) => {
    throw failed(error);
  });
  return { step, isTransactional, statements, announced, ...heads };
}

function stepBlocks(
  context: RunnerContext,
  { step, isTransactional, statements, announced, before, after }: EvaluatedStep,
  session: ScriptSession,
): readonly Block[] {
  const { graph, tables } = context;
  const { revision, direction, module } = step;
  const parents = parentsToLog({ context, logsParents: true }, step);
  const entry = { revision, direction, checksum: module.checksum, parents };
  const bookkeeping = [
    ...linesOf([...versionChanges(tables, before, after), logRun(tables, entry)]),
    ...scriptable(step, () => linesOf(announced)),
    ...session.after(announced).map(terminated),
  ];
  const expectation = expectationOfStep(graph, step, before, after);
  const own = scriptable(step, () => linesOf(statements));
  const restoring = session.after(statements).map(terminated);
  const linesAfter = (guards: readonly string[]) => [
    remark(`Running ${describeStep(step)}`),
    ...guards.map(terminated),
    ...own,
    ...restoring,
  ];
  if (isTransactional) {
    const lines = [...linesAfter([guardTransaction(tables, expectation)]), ...bookkeeping];
    return [{ isTransactional, lines }];
  }
  return [
    { isTransactional, lines: linesAfter(guardSession(tables, expectation)) },
    { isTransactional: true, lines: [terminated(guardAfter(tables, expectation)), ...bookkeeping] },
  ];
}

/** On one line, whatever the text. */
const remark = (text: string): string => `-- ${text.replace(/[\s\0]+/g, ' ')}`;

/** What the session of the script must be for each of the steps. */
const sessionOf = (steps: readonly EvaluatedStep[]): ScriptSession => {
  const sent = ({ statements, announced }: EvaluatedStep) => [...statements, ...announced];
  for (const each of steps) scriptable(each.step, () => scriptSession(sent(each)));
  return scriptSession(steps.flatMap(sent));
};

function scriptable<Result>(step: LoadedStep, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UnscriptableStatementError)) throw error;
    throw failureOf(step, { error, statement: error.statement }, 'no script was written');
  }
}

const linesOf = (statements: readonly Statement[]): string[] =>
  statements.map(({ sql, parameters }) => scriptText(withoutParameters(sql, parameters)));

const allInOne = (blocks: readonly Block[]): readonly Block[] =>
  blocks.length === 0 ? [] : [{ isTransactional: true, lines: blocks.flatMap(({ lines }) => lines) }];

/** Outside of `E'…'`, where a backslash means the same under every setting. */
const hasPlainBackslash = (sql: string): boolean =>
  piecesOf(sql).some(({ text, type }) => text.includes('\\') && !(type === 'quoted' && /^e/i.test(text)));

function textOf(blocks: readonly Block[]): string {
  const text = blocks
    .map(({ isTransactional, lines }) => (isTransactional ? [terminated(BEGIN), ...lines, 'COMMIT;'] : lines))
    .map(lines => `${lines.join('\n\n')}\n`)
    .join('\n');
  // As in a run, a backslash is a backslash, whatever the session that the script is run in.
  return hasPlainBackslash(text) ? `SET standard_conforming_strings = on;\n\n${text}` : text;
}

/** The script of `stamp`. */
export async function stampScript(context: RunnerContext, targets: readonly string[]): Promise<string> {
  const { graph, tables } = context;
  const { heads } = graph.offlineStamp(targets);
  const after = graph.stampedHeads([], targets, { offline: true });
  const parents = graph.appliedAt(after).filter(each => !after.includes(each));
  const bookkeeping = [
    ...versionChanges(tables, heads, after),
    abandonJournals(tables),
    logRun(tables, { revision: after.join(', ') || 'base', direction: 'stamp', parents }),
  ];
  const guard = guardTransaction(tables, expectationOfStamp(graph, heads, after));
  const { lines } = tablesBlock(tables, heads, [guard]);
  const comment = remark(`Running stamp ${[...heads, '->', ...after].join(' ')}`);
  const announced = await announcedByStamp(context, after);
  return textOf([
    ...opening(context),
    ...statementBlock(announced.before),
    { isTransactional: true, lines: [...lines, comment, ...linesOf(bookkeeping), ...announced.lines] },
  ]);
}

/**
 * What `onVersionApply` sends for a stamp, and what the session must be before and after it.
 * @throws VersionApplyError
 */
async function announcedByStamp(
  context: RunnerContext,
  heads: readonly string[],
): Promise<{ readonly before: readonly string[]; readonly lines: readonly string[] }> {
  try {
    const statements: Statement[] = [];
    for (const applied of stampedOf(context, heads))
      statements.push(...(await announcedStatements(context, applied, heads)));
    const session = scriptSession(statements);
    return { before: session.before, lines: [...linesOf(statements), ...session.after(statements).map(terminated)] };
  } catch (error) {
    throw applyFailure(error, 'no script was written');
  }
}

/** The script of `ensure-version`. */
export const tablesScript = (tables: VersionTables): string => textOf([tablesBlock(tables, [])]);
