import { withConnection } from '../database/with-connection.ts';
import { aFunction, checkArgument } from '../call-arguments.ts';
import { checked } from '../objects/operation-argument-error.ts';
import { bulkInsert, takesBulkInsert } from '../operations/bulk-insert.ts';
import type { QualifiedName } from '../sql/name.ts';
import { checkProject, type TestedProject } from './project.ts';
import { type Session, withSession } from './session.ts';

type Row = Readonly<Record<string, unknown>>;

/** Migrations in the hands of a test, on a database that is empty at first. */
export interface MigrationTest {
  /** Runs what is missing for a target: an id or the unique beginning of one, `head`, `heads`, `+2` … */
  upgradeTo(target: string): Promise<void>;
  /** Runs all that this revision needs, and not the revision: time to insert rows for it to work on. */
  upgradeToJustBefore(revision: string): Promise<void>;
  /** Runs the next revision. */
  upgradeOne(): Promise<void>;
  /** Takes back what is above a target: an id, `base`, `-2` … */
  downgradeTo(target: string): Promise<void>;
  /** Takes back the last revision. */
  downgradeOne(): Promise<void>;
  /** The revisions the database is at. */
  current(): readonly string[];
  /** Inserts rows as `op.bulkInsert` does: columns that one leaves out get their defaults. */
  insert(table: QualifiedName, rows: Row | readonly Row[]): Promise<void>;
  /** The rows of a statement. */
  query<Each = any>(sql: string, parameters?: readonly unknown[]): Promise<Each[]>;
}

/**
 * A test of what single revisions do to rows: the function to hand to a test runner.
 *
 * @example
 * test('splits names', migrationTest(project, async migrations => {
 *   await migrations.upgradeToJustBefore('a1b2');
 *   await migrations.insert('customer', { name: 'Ada Lovelace' });
 *   await migrations.upgradeOne();
 *   expect(await migrations.query('SELECT first_name FROM customer')).toEqual([{ first_name: 'Ada' }]);
 * }));
 */
export function migrationTest(
  project: TestedProject,
  work: (migrations: MigrationTest) => Promise<void>,
): () => Promise<void> {
  checkProject('migrationTest', project);
  checkArgument('migrationTest', 'its work', work, aFunction);
  return () => withSession(project, session => work(handlesOf(session)));
}

function handlesOf(session: Session): MigrationTest {
  const query = <Each>(sql: string, parameters?: readonly unknown[]): Promise<Each[]> =>
    withConnection(session.dataSource, async connection =>
      rowsOf(await connection.query(sql, parameters && [...parameters])),
    );
  const upgradeTo = (target: string): Promise<void> => session.go('upgrade', target);
  const downgradeTo = (target: string): Promise<void> => session.go('downgrade', target);
  return {
    query,
    upgradeTo,
    downgradeTo,
    upgradeOne: () => session.goOne('upgrade'),
    downgradeOne: () => session.goOne('downgrade'),
    current: () => session.current(),
    async upgradeToJustBefore(revision) {
      const { downRevision, dependsOn } = session.graph.get(revision) ?? {};
      for (const needed of [downRevision ?? [], dependsOn ?? []].flat()) await upgradeTo(needed);
    },
    async insert(table, rows) {
      for (const { sql } of bulkInsert(
        checked('bulkInsert', { table, rows: [rows].flat() as readonly Row[] }, takesBulkInsert),
      ))
        await query(sql);
    },
  };
}

/** TypeORM gives rows, and of UPDATE and DELETE a pair of rows and their number. */
const rowsOf = <Each>(result: unknown): Each[] =>
  (Array.isArray(result) && Array.isArray(result[0]) && typeof result[1] === 'number' ? result[0] : result) as Each[];
