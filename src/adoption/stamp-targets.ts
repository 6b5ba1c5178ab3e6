import { MigrationError } from '../errors.ts';
import type { RevisionGraph } from '../revisions/graph.ts';
import type { Represented } from './represented-migrations.ts';

/** TypeORM ran migrations that follow some it did not run: no place in the history says that. */
export class MigrationGapError extends MigrationError {
  override readonly name = 'MigrationGapError';
  /** What is not applied, though something after it is: names of migrations, ids of other revisions. */
  readonly missing: readonly string[];
  /** The last that is applied. */
  readonly after: string;

  constructor(missing: readonly string[], after: string) {
    super(
      `TypeORM has run ${after} in this database, but not ${missing.join(', ')}, which come before it: run these with TypeORM first (\`typeorm migration:run\`), or, where what they do is there already, add their rows to its table.`,
    );
    this.missing = missing;
    this.after = after;
  }
}

/** A revision stands for several migrations, of which TypeORM has run only some. */
export class PartlyAppliedError extends MigrationError {
  override readonly name = 'PartlyAppliedError';
  readonly revision: string;
  readonly missing: readonly string[];

  constructor(revision: string, missing: readonly string[]) {
    super(
      `Revision ${revision} stands for several of TypeORM's migrations, and in this database TypeORM has not run ${missing.join(', ')}: run these first (\`typeorm migration:run\`).`,
    );
    this.revision = revision;
    this.missing = missing;
  }
}

export interface Standing {
  readonly graph: RevisionGraph;
  readonly represented: Represented;
  /** Names of the migrations that TypeORM has run. */
  readonly applied: ReadonlySet<string>;
  /** What the version table holds. */
  readonly heads: readonly string[];
}

/**
 * What the version table must hold for a database where TypeORM has run some migrations, and revisions perhaps more.
 * @throws MigrationGapError, PartlyAppliedError
 */
export function stampTargets({ graph, represented, applied, heads }: Standing): readonly string[] {
  const done = new Set(graph.appliedAt(heads));
  for (const [revision, names] of represented) {
    if (names.every(name => applied.has(name))) done.add(revision);
  }
  const targets = graph.headsOf(done);
  const missing = graph.appliedAt(targets).filter(revision => !done.has(revision));
  if (missing.length > 0) {
    const last = [...done].filter(revision => graph.appliedAt([revision]).includes(missing[0]!)).at(-1)!;
    throw new MigrationGapError(
      missing.flatMap(revision => represented.get(revision)?.filter(name => !applied.has(name)) ?? [revision]),
      represented.get(last)?.at(-1) ?? last,
    );
  }
  refusePart(represented, applied, done);
  return targets;
}

function refusePart(represented: Represented, applied: ReadonlySet<string>, done: ReadonlySet<string>): void {
  for (const [revision, names] of represented) {
    const missing = names.filter(name => !applied.has(name));
    if (!done.has(revision) && missing.length < names.length) throw new PartlyAppliedError(revision, missing);
  }
}
