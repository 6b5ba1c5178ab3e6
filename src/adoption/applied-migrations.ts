import { assertNotPassedOver } from '../database/access.ts';
import type { Connection } from '../database/connection.ts';
import { assertTrusted, factsOf, isAmong, refuseUntrusted, rowsOf, sampling } from '../database/trusted-tables.ts';
import type { QualifiedName } from '../sql/name.ts';

/** What TypeORM has written down of the migrations it ran. */
export interface AppliedMigrations {
  /** False where TypeORM never ran a migration in this database. */
  readonly hasTable: boolean;
  /** Their names in the order they were run, each once. */
  readonly names: readonly string[];
  /** Names that are there more than once, as applications leave them that start side by side. */
  readonly repeated: readonly string[];
  /** Names that were run after one with a later timestamp. */
  readonly late: readonly string[];
}

interface Row {
  readonly name: string;
  readonly timestamp: string;
}

/** @throws UntrustedTableError, AccessDeniedError */
export async function readAppliedMigrations(connection: Connection, table: QualifiedName): Promise<AppliedMigrations> {
  if (!isAmong(await refuseUntrusted(connection, table), table)) {
    await assertNotPassedOver(connection, table);
    return { hasTable: false, names: [], repeated: [], late: [] };
  }
  const [{ facts, rows }] = await sampling(connection, [table], () =>
    connection.query(
      `SELECT ${factsOf(table)} AS facts, coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', m."name",
         'timestamp', m."timestamp"::pg_catalog.text) ORDER BY m."id") FROM ${rowsOf(table, 'm')}), '[]') AS rows`,
    ),
  );
  await assertTrusted(connection, facts);
  return { hasTable: true, ...describeRows(rows) };
}

function describeRows(rows: readonly Row[]): Omit<AppliedMigrations, 'hasTable'> {
  const all = rows.map(({ name }) => name);
  const times = rows.map(({ timestamp }) => Number(timestamp));
  const isLate = (at: number) => times.slice(0, at).some(earlier => earlier > times[at]!);
  return {
    names: [...new Set(all)],
    repeated: [...new Set(all.filter((name, at) => all.indexOf(name) < at))],
    late: all.filter((name, at) => all.indexOf(name) === at && isLate(at)),
  };
}
