import type { DataSource } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { check } from '../runner/check.ts';
import { contextOf, type RunnerContext, setupOf } from '../runner/context.ts';
import { silent } from '../runner/logger.ts';
import { migrate } from '../runner/migrate.ts';
import type { CheckResult } from '../runner/runner.ts';
import { stamp } from '../runner/stamp.ts';
import type { RevisionGraph } from '../revisions/graph.ts';
import type { Step } from '../revisions/revision.ts';
import { explaining } from '../unexpected-error.ts';
import type { TestedProject } from './project.ts';
import { withScratchDatabase } from './scratch-database.ts';
import { type DatabaseState, readState } from './state.ts';

/** A project's migrations on a database of their own. The revisions' headers are read once. */
export class Session {
  readonly context: RunnerContext;
  readonly #x: Readonly<Record<string, string>>;
  readonly #skipped: ReadonlySet<string>;
  #heads: readonly string[] = [];

  constructor(context: RunnerContext, { x = {}, skipRevisions = [] }: Pick<TestedProject, 'x' | 'skipRevisions'>) {
    this.context = context;
    this.#x = x;
    this.#skipped = new Set(skipRevisions.flatMap(name => context.graph.resolve(name)));
  }

  get graph(): RevisionGraph {
    return this.context.graph;
  }

  get dataSource(): DataSource {
    return this.context.dataSource;
  }

  /** Runs all steps to a target; those the project wants skipped are written down instead. */
  async go(direction: Step['direction'], target: string): Promise<void> {
    const path =
      direction === 'upgrade'
        ? this.graph.upgradePath(this.#heads, target)
        : this.graph.downgradePath(this.#heads, target);
    if (path.some(({ revision }) => this.#skipped.has(revision))) for (const step of path) await this.take(step);
    else this.#heads = (await migrate(this.context, direction, target, { x: this.#x })).heads;
  }

  async take(step: Step): Promise<void> {
    const after = this.graph.headsAfter(this.#heads, step);
    if (this.#skipped.has(step.revision)) await this.#writeDown(after);
    else await migrate(this.context, step.direction, this.#targetOf(step), { x: this.#x });
    this.#heads = after;
  }

  /** Takes the step that an upgrade to the heads would begin with, or takes back the last of those it has taken. */
  async goOne(direction: Step['direction']): Promise<void> {
    const applied = new Set(this.graph.appliedAt(this.#heads));
    const all = this.graph.upgradePath([], 'heads').map(({ revision }) => revision);
    const revision =
      direction === 'upgrade' ? all.find(each => !applied.has(each)) : all.findLast(each => applied.has(each));
    if (revision === undefined) throw new MigrationError(`There is nothing left to ${direction}.`);
    await this.take({ revision, direction });
  }

  current(): readonly string[] {
    return this.graph.current(this.#heads);
  }

  state(): Promise<DatabaseState> {
    return readState(this.dataSource, this.context.config);
  }

  check(): Promise<CheckResult> {
    return check(this.context, { x: this.#x });
  }

  async #writeDown(heads: readonly string[]): Promise<void> {
    await stamp(this.context, heads.length > 0 ? heads : ['base'], { purge: true });
  }

  /** Up, a revision is its own target. Down, one must be found that takes nothing else along. */
  #targetOf({ revision, direction }: Step): string {
    if (direction === 'upgrade') return revision;
    const parents = [this.graph.get(revision)?.downRevision ?? []].flat();
    const targets = [`${revision}@-1`, ...parents.map(parent => `${revision}@${parent}`), ...parents];
    return targets.find(target => this.#leadsJustBelow(revision, target)) ?? `${revision}@-1`;
  }

  #leadsJustBelow(revision: string, target: string): boolean {
    try {
      const path = this.graph.downgradePath(this.#heads, target);
      return path.length === 1 && path[0]?.revision === revision;
    } catch (error) {
      // Of a merge point, `@-1` is ambiguous.
      if (MigrationError.is(error)) return false;
      throw error;
    }
  }
}

export const contextFor = (dataSource: DataSource, { config = {}, directory }: TestedProject): Promise<RunnerContext> =>
  explaining(async () =>
    contextOf(setupOf(dataSource, config, { logger: silent, ...(directory !== undefined && { directory }) })),
  );

/** Does the work on an empty database. */
export const withSession = <Result>(
  project: TestedProject,
  work: (session: Session) => Promise<Result>,
): Promise<Result> =>
  explaining(() =>
    withScratchDatabase(project, async dataSource => work(new Session(await contextFor(dataSource, project), project))),
  );
