import type { DataSource, QueryRunner } from 'typeorm';
import { qualify, quoteName } from '../sql/name.ts';

/** Sends what a migration asks for: `send` does it, and may not be called at all. */
export type Interceptor = (
  sql: string,
  parameters: readonly unknown[] | undefined,
  send: () => Promise<unknown>,
) => Promise<unknown>;

export interface MigrationQueryRunnerOptions {
  /** True where the revision is a transaction: what the migration begins itself are savepoints then. */
  readonly inTransaction: boolean;
  /** Where the metadata of entities is, for `queryRunner.manager`. */
  readonly metadata: DataSource;
  readonly intercept: Interceptor;
}

/**
 * What TypeORM's own migrations are given: a query runner on the same connection, with everything that TypeORM's has, whose
 * every query goes through `intercept`.
 */
export function migrationQueryRunner(
  queryRunner: QueryRunner,
  { inTransaction, metadata, intercept }: MigrationQueryRunnerOptions,
): QueryRunner {
  const query = async (sql: string, parameters?: unknown[], structured?: boolean): Promise<unknown> => {
    if (/^\s*(INSERT|UPDATE|DELETE)\b/i.test(sql) && sql.includes(metadata.metadataTableName)) await makeTable();
    return intercept(sql, parameters, () => queryRunner.query(sql, parameters, structured as true));
  };
  const makeTable = (): Promise<unknown> => {
    const sql = metadataTable(metadata);
    return intercept(sql, undefined, () => queryRunner.query(sql));
  };
  const own = Object.create(queryRunner, {
    query: { value: query, configurable: true },
    isTransactionActive: { value: inTransaction, writable: true },
    transactionDepth: { value: inTransaction ? 1 : 0, writable: true },
    manager: { value: undefined, writable: true },
    // A migration that releases it releases nothing: the connection is the run's.
    isReleased: { value: false, writable: true },
    releaseCallback: { value: undefined, writable: true },
  }) as QueryRunner;
  // It makes itself the query runner's manager.
  metadata.createEntityManager(own);
  return own;
}

/** TypeORM makes its table of views and generated columns before it runs migrations, which write into it. */
function metadataTable({ options, metadataTableName }: DataSource): string {
  const { schema } = options as { schema?: string };
  return (
    `CREATE TABLE IF NOT EXISTS ${quoteName(qualify(schema, metadataTableName))} ("type" character varying NOT NULL, ` +
    '"database" character varying, "schema" character varying, "table" character varying, "name" character varying, "value" text)'
  );
}
