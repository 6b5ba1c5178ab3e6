import { ConfigurationError } from '../errors.ts';
import type { Operations } from '../operations/operations.ts';
import type { Step } from '../revisions/revision.ts';
import { checksumOf } from '../scripts/checksum.ts';
import { loadRevision, type RevisionModule } from '../scripts/load-revision.ts';
import type { RevisionFile } from '../scripts/revision-file.ts';
import type { RunnerContext } from './context.ts';
import type { RunStep } from './runner.ts';

/** A step with its revision's file, read but not run. */
export interface FiledStep extends RunStep {
  readonly file: RevisionFile;
}

/** A step that is ready to be taken. */
export interface LoadedStep extends FiledStep {
  readonly module: RevisionModule<Operations>;
}

export function filed({ files }: Pick<RunnerContext, 'files'>, step: Step): FiledStep {
  const file = files.get(step.revision)!;
  return { ...step, message: file.message, file };
}

/** Runs the files of the steps' revisions: all before the first step, so that a broken file changes nothing. */
export async function loadSteps(
  context: Pick<RunnerContext, 'files' | 'logger'>,
  steps: readonly Step[],
): Promise<LoadedStep[]> {
  const loaded: LoadedStep[] = [];
  for (const step of steps.map(each => filed(context, each))) {
    const module = await loadRevision<Operations>(step.file);
    if (module.checksum !== checksumOf(step.file)) warnOfOldText(context, step);
    loaded.push({ ...step, module });
  }
  return loaded;
}

const warnOfOldText = ({ logger }: Pick<RunnerContext, 'logger'>, { revision, file }: FiledStep): void =>
  logger.warn(
    `The file of ${revision} was changed after this process had loaded it, and is taken as it was then: start the process ` +
      `again (${file.path})`,
  );

/** Throws a ConfigurationError where there are steps that commit statement by statement, for a run that is one transaction. */
export function assertOneTransaction([step]: readonly FiledStep[]): void {
  if (!step) return;
  throw new ConfigurationError(
    `Revision ${step.revision} commits statement by statement, which cannot be part of one transaction for the whole ` +
      "run: set the configuration's `transaction` to 'each'.",
  );
}

export const runStepOf = ({ revision, direction, message }: RunStep): RunStep => ({ revision, direction, message });

/** `upgrade a, b -> c, join the branches`: a step as Alembic names it. */
export function describeStep({ revision, direction, message, file }: FiledStep): string {
  const below = [file.downRevision ?? []].flat().join(', ');
  const way = direction === 'upgrade' ? `${below && `${below} `}-> ${revision}` : `${revision} -> ${below}`;
  return `${direction} ${way}${message && `, ${message}`}`;
}
