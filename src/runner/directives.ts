import type { Argument } from '../call-arguments.ts';
import { isListOf, isPlain, isText } from '../config-checks.ts';
import type { DraftRevision, ResolvedConfig } from '../config.ts';
import { ConfigurationError, saidBy, shownValue } from '../errors.ts';
import { type Registry, statementsOf } from '../objects/kinds.ts';
import type { AnyOperation } from '../objects/object-kind.ts';
import type { DataOperations } from '../operations/operations.ts';
import type { RevisionGraph } from '../revisions/graph.ts';
import { assertNewBranchLabel, assertNewRevisionId } from '../revisions/new-names.ts';

interface Project {
  readonly config: Pick<ResolvedConfig, 'processRevisionDirectives' | 'kinds'>;
  readonly graph: RevisionGraph;
}

/**
 * What `processRevisionDirectives` makes of a draft: it may change it, leave it out, or put several in its place.
 * @throws ConfigurationError where it gives something else
 */
export async function directed<Draft extends DraftRevision>(
  draft: Draft,
  { config, graph }: Project,
  x: Readonly<Record<string, string>>,
): Promise<readonly Draft[]> {
  if (!config.processRevisionDirectives) return [draft];
  const answer = await config.processRevisionDirectives(draft, { heads: graph.heads(), x });
  if (answer === undefined) return [draft];
  const scripts: readonly unknown[] = answer === null ? [] : Array.isArray(answer) ? answer : [answer];
  for (const script of scripts) {
    assertDraft(script);
    for (const operation of [...script.upgrade, ...script.downgrade])
      assertOperation(operation, script.kinds ?? config.kinds);
    assertNewRevisionId(script.revision);
    script.branchLabels?.forEach(assertNewBranchLabel);
  }
  return scripts as readonly Draft[];
}

/** What a draft has when it comes from `autogenerate`. */
interface GivenDraft extends DraftRevision {
  readonly branchLabels?: readonly string[];
  readonly kinds?: Registry;
}

function assertDraft(script: unknown): asserts script is GivenDraft {
  const given = (typeof script === 'object' && script !== null ? script : {}) as Readonly<Record<string, unknown>>;
  const isNamed = typeof given['revision'] === 'string' && typeof given['message'] === 'string';
  if (!isNamed || !Array.isArray(given['upgrade']) || !Array.isArray(given['downgrade']))
    throw new ConfigurationError(
      `The configuration's "processRevisionDirectives" gave ${shownValue(script)}; expected a script with its id, its message and its operations ` +
        'for upgrade and downgrade, several in a list, null for none, or undefined for the script as it was.',
    );
  for (const [field, { expected, holds }] of Object.entries(fields))
    if (!holds(given[field]))
      throw new ConfigurationError(
        `The configuration's "processRevisionDirectives" gave a script whose "${field}" is ${shownValue(given[field])}; expected ${expected}.`,
      );
}

/** A method of `op` that no kind has, with its arguments as they stand, or an operation with what it takes. */
function assertOperation(operation: AnyOperation, kinds: Registry | undefined): void {
  const isCall = Object.keys(dataMethods).includes(operation.op);
  if (isCall && Array.isArray((operation as { readonly arguments?: unknown }).arguments)) return;
  try {
    statementsOf(operation, kinds);
  } catch (error) {
    const problem = saidBy(error).replace(/\.$/, '');
    throw new ConfigurationError(
      `The configuration's "processRevisionDirectives" gave ${shownValue(operation)} (${problem}); expected an operation of a kind with what it ` +
        'takes, or a call such as { op: "execute", arguments: ["…"] }.',
      { cause: error },
    );
  }
}

const dataMethods: Readonly<Record<Exclude<keyof DataOperations, 'context'>, true>> = {
  execute: true,
  query: true,
  bulkInsert: true,
  backfill: true,
  runMigration: true,
  revertMigration: true,
};

const isOptional =
  (holds: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || holds(value);
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isOperation = (value: unknown): boolean => isObject(value) && 'op' in value && isText(value.op);

const operations: Argument = { expected: 'a list of operations, each with its "op"', holds: isListOf(isOperation) };
const texts: Argument = { expected: 'a list of texts', holds: isOptional(isListOf(isText)) };

/** What a script may have, by its field. */
const fields: Readonly<Record<string, Argument>> = {
  downRevision: {
    expected: 'an id, a list of ids, or null',
    holds: value => value === null || isText(value) || (isListOf(isText)(value) && (value as []).length > 0),
  },
  upgrade: operations,
  downgrade: operations,
  branchLabels: texts,
  dependsOn: texts,
  replaces: texts,
  createDate: {
    expected: 'a date as text, such as "2026-11-22T10:00:00.000Z"',
    holds: isOptional(value => isText(value) && !Number.isNaN(Date.parse(value as string))),
  },
  transactional: {
    expected: 'true, false, "upgrade" or "downgrade"',
    holds: isOptional(value => [true, false, 'upgrade', 'downgrade'].includes(value as never)),
  },
  kinds: { expected: 'an object of kinds by name', holds: isOptional(isPlain) },
  missingOnEmpty: texts,
  missingNames: texts,
  downgradeObstacles: { expected: 'a list of obstacles', holds: isOptional(isListOf(isObject)) },
};
