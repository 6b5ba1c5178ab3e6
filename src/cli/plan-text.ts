import type { PlannedStep } from '../runner/runner.ts';
import { hazardLines } from './operation-text.ts';
import { describeImpact } from '../sql/hazard.ts';
import type { Style } from './style.ts';

/** How a plan is told, with what the runner knows of steps and SQL. */
export interface PlanForm {
  readonly style: Style;
  titleOf(step: PlannedStep): string;
  sqlOf(statement: PlannedStep['statements'][number]): string;
}

/** Steps that would be taken, each with its statements and what is dangerous about them. */
export const planLines = (steps: readonly PlannedStep[], form: PlanForm): readonly string[] =>
  steps.flatMap(step => [
    form.style.strong(`Would run ${form.titleOf(step)}`),
    ...(step.transactional ? [] : [form.style.faint('  statement by statement, each committed by itself')]),
    ...(step.done === undefined ? [] : [form.style.faint(`  ${describeResume(step.done)}`)]),
    ...statementLines(step, form),
    ...(step.needsDatabase
      ? [form.style.faint('  … and what follows from rows it reads, which are known only when it runs')]
      : []),
  ]);

const describeResume = (done: number): string =>
  `resumes where it was interrupted: ${done === 1 ? '1 operation is' : `${done} operations are`} done and left out here`;

/** The statements, each with what it asks of a table that others use behind it, and what rows it may cost above it. */
const statementLines = ({ statements }: PlannedStep, { style, sqlOf }: PlanForm): readonly string[] =>
  statements.flatMap(statement => {
    const impact = statement.isOnNewTable ? '' : describeImpact(statement.hazards);
    const lines = [...hazardLines(statement.hazards, style), ...sqlOf(statement).split('\n')];
    return lines.map((line, i) => `  ${line}${impact && i === lines.length - 1 ? style.faint(`  -- ${impact}`) : ''}`);
  });
