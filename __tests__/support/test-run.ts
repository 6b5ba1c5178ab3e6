/** What every test file of one run shares: made by the global setup, handed to the workers through the environment. */
export interface TestRun {
  /** The project's root folder. */
  readonly root: string;
  /** A scratch directory of this run, removed after it. */
  readonly directory: string;
  /** The maintenance database, as a superuser (or at least somebody who may create databases). */
  readonly url: string;
  /** What the names of this run's databases begin with. */
  readonly prefix: string;
  readonly serverMajor: number;
  /** What an empty database is known by; see `sealOf`. */
  readonly seal: string;
  /** The `pg_dump` that understands this server, if there is one. */
  readonly pgDump?: string;
  /** Extensions that are installed in the `extensions` template. */
  readonly extensions: readonly string[];
}

const variable = 'TYPEORM_ALEMBIC_TEST_RUN';

export function publishTestRun(run: TestRun): void {
  process.env[variable] = JSON.stringify(run);
}

export function testRun(): TestRun {
  const published = process.env[variable];
  if (!published) throw new Error('No database server was started: run the tests through jest and its global setup.');
  return JSON.parse(published) as TestRun;
}
