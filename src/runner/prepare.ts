import type { Connection } from '../database/connection.ts';
import { addParents, createLog, type Existence } from '../database/run-log.ts';
import { isBusy, isConnectionLoss, sqlStateOf } from '../database/server-error.ts';
import { refuseForeign, refuseUntrusted } from '../database/trusted-tables.ts';
import {
  createOwnSchema,
  createVersionTable,
  MissingVersionSchemaError,
  VersionTableError,
  type VersionTables,
} from '../database/version-table.ts';
import { MigrationError } from '../errors.ts';
import type { Statement } from '../sql/statement.ts';
import { send } from './run.ts';

/** The statements that make the version table and the log, where they or parts of them are missing. */
export const missingTables = (tables: VersionTables, exists: Existence): readonly Statement[] => [
  ...(exists.schema ? [] : createOwnSchema(tables)),
  ...(exists.versions ? [] : [createVersionTable(tables)]),
  ...(exists.log ? [] : [createLog(tables)]),
  ...(lacksParents(exists) && exists.isLogOwner ? [addParents(tables)] : []),
];

const lacksParents = ({ log, parents }: Existence): boolean => log && !parents;

/** Whether the log has a column for parents once {@link missingTables} are made; an earlier version's has not. */
export const logsParents = (exists: Existence): boolean => !lacksParents(exists) || exists.isLogOwner;

/** @throws MissingVersionSchemaError, VersionTableError, UntrustedTableError, LockWaitError */
export async function prepare(
  connection: Connection,
  preparation: readonly Statement[],
  tables: VersionTables,
): Promise<void> {
  try {
    for (const statement of preparation) await send(connection, statement);
  } catch (error) {
    if (MigrationError.is(error) || isBusy(error) || isConnectionLoss(error)) throw error;
    const { versions } = tables;
    throw sqlStateOf(error) === '3F000'
      ? new MissingVersionSchemaError(versions, error)
      : new VersionTableError(versions, error);
  }
  if (preparation.length === 0) return;
  // IF NOT EXISTS takes what somebody else made since they were looked for, which nothing would look at before it is written.
  if (tables.isShared) await refuseUntrusted(connection, tables.versions, tables.log);
  else await refuseForeign(connection, [tables.versions, tables.log]);
}
