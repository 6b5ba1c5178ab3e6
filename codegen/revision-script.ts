import { aList, anObject, aText, checkArgument } from '../src/call-arguments.ts';
import type { Obstacle } from '../src/compare/obstacles.ts';
import type { Operation, Registry } from '../src/objects/kinds.ts';
import type { Transactional } from '../src/config.ts';
import type { DataOperations } from '../src/operations/operations.ts';

/** A call of a method of `op` that no kind of object has, such as `op.execute`, with its arguments as they stand. */
export interface OperationCall {
  readonly op: Exclude<keyof DataOperations, 'context'>;
  readonly arguments: readonly unknown[];
}

export const isCall = (operation: { readonly op: string }): operation is OperationCall => 'arguments' in operation;

/** A revision before it is written down. */
export interface RevisionScript<Each = Operation> {
  readonly revision: string;
  readonly downRevision: string | readonly string[] | null;
  readonly message: string;
  readonly upgrade: readonly Each[];
  readonly downgrade: readonly Each[];
  readonly branchLabels?: readonly string[];
  readonly dependsOn?: readonly string[];
  /** When it was made, as the file shall say; left out of the file where it is left out here. */
  readonly createDate?: string;
  /** False, or only one direction, where PostgreSQL refuses a statement in a transaction; worked out from the operations by default. */
  readonly transactional?: Transactional;
  /** The kinds that its operations are of; the built-in ones by default. */
  readonly kinds?: Registry;
  /** Why PostgreSQL would refuse the downgrade of today's database: a comment in it says so. */
  readonly downgradeObstacles?: readonly Obstacle[];
  /** What the upgrade drops and no operation of the revisions before creates, in words: a comment in it says so. */
  readonly missingOnEmpty?: readonly string[];
  /** What the upgrade names and the database lacks, in words: a comment in it says so. */
  readonly missingNames?: readonly string[];
  /** The migrations of TypeORM's own that it stands for. */
  readonly replaces?: readonly string[];
}

/** A script that may also call methods for data. */
export type AnyRevisionScript = RevisionScript<Operation | OperationCall>;

/** What the file is to be: TypeScript, or JavaScript of either kind of module. */
export type RevisionLanguage = 'typescript' | 'esm' | 'commonjs';

/** For JavaScript. Throws RunnerCallError for what is no script. */
export function checkScript(method: string, script: AnyRevisionScript): void {
  checkArgument(method, 'script', script, anObject);
  for (const name of ['revision', 'message'] as const)
    checkArgument(method, `the script's "${name}"`, script[name], aText);
  for (const name of ['upgrade', 'downgrade'] as const)
    checkArgument(method, `the script's "${name}"`, script[name], aList);
}
