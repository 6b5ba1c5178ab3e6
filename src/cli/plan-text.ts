import type { PlannedStep } from '../runner/runner.ts';
import { hazardLines } from './operation-text.ts';
import type { Style } from './style.ts';

/** How a plan is told, with what the runner knows of steps and SQL. */
export interface PlanForm {
  readonly style: Style;
  readonly verbose: boolean;
  titleOf(step: PlannedStep): string;
  sqlOf(statement: PlannedStep['statements'][number]): string;
}

/** Steps that would be taken, each with its statements and what is dangerous about them. */
export const planLines = (steps: readonly PlannedStep[], form: PlanForm): readonly string[] =>
  steps.flatMap(step => [
    form.style.strong(`Would run ${form.titleOf(step)}`),
    ...(step.transactional ? [] : [form.style.faint('  statement by statement, each committed by itself')]),
    ...step.statements.flatMap(statement => [
      ...hazardLines(statement.hazards, form).map(line => `  ${line}`),
      ...form
        .sqlOf(statement)
        .split('\n')
        .map(line => `  ${line}`),
    ]),
    ...(step.needsDatabase
      ? [form.style.faint('  … and what follows from rows it reads, which are known only when it runs')]
      : []),
  ]);
