import type { EnumType } from '../objects/enums.ts';
import type { Table } from '../objects/tables/table.ts';
import { catalogName, nameParts, qualify, quoteName, type QualifiedName } from '../sql/name.ts';
import { changedCalls, type Copied } from './calls.ts';
import { cloneColumn, ownSchemaOf, refusalOf, rolledBack } from './clones.ts';
import type { Connection } from './connection.ts';
import { readPlannable } from './plans/functions.ts';
import { reasonFor, type Reason } from './refusal-reasons.ts';
import { holdsRow } from './stand-ins.ts';
import { createTemporaryEnum, temporaryEnums, withTemporaryEnums } from './temporary-enums.ts';
import { CLONE, functionsIn, type Trial } from './trials.ts';

/** What became of a part of a table on a clone of it. */
export interface Tried {
  readonly trial: Trial;
  /** Why PostgreSQL refused it. */
  readonly reason?: Reason;
  /** What becomes of its calls, in words. */
  readonly changedCalls?: string;
}

/** The name that a relation has in the database until it is renamed. */
export type NameNow = (relation: QualifiedName) => QualifiedName;

interface Tables {
  readonly table: Table;
  readonly nameNow: NameNow;
}

interface Coming {
  readonly enums: readonly EnumType[];
  readonly addsExtension: boolean;
}

/**
 * Makes parts of a table on a clone of it. A text that names a function of another role is tried only where nothing runs when
 * it is made.
 */
export async function tryParts(
  connection: Connection,
  tables: Tables,
  trials: readonly Trial[],
  { enums, addsExtension }: Coming,
): Promise<readonly Tried[]> {
  if (trials.length === 0) return [];
  const { isTrusted } = await readPlannable(connection);
  return rolledBack(connection, async () => {
    const own = await ownSchemaOf(connection);
    const names = temporaryEnums(enums);
    for (const each of enums) await refusalOf(connection, [createTemporaryEnum(each, names)]);
    await makeClone(
      connection,
      tables.table.columns.map(column => cloneColumn(column, names)),
    );
    const found: Tried[] = [];
    for (const trial of trials) {
      if (!trial.runsNothing && !isTrusted(trial.sql)) {
        found.push({ trial, ...(trial.copied && { changedCalls: UNKNOWN }) });
        continue;
      }
      const state = await refusalOf(connection, [withTemporaryEnums(trial.sql, names, own)], 'is refused');
      const isUnsure = isMissing(state) && trial.declared !== undefined;
      const isAwaited = isUnsure && (addsExtension || !(await areKnown(connection, functionsIn(trial.declared!))));
      const reason = reasonFor(state, isAwaited || holdsRow(trial.sql));
      found.push({ trial, ...(reason && { reason }) });
    }
    return withCalls(connection, found, tables, own);
  });
}

const UNKNOWN = 'its text holds the name of a function of another role, and PostgreSQL may find that one from here on';

async function withCalls(
  connection: Connection,
  tried: readonly Tried[],
  { table, nameNow }: Tables,
  own: string,
): Promise<readonly Tried[]> {
  const places = { relation: placedName(nameNow(table.name), own), copy: `pg_temp.${CLONE}` };
  const asked = tried.filter(each => each.reason === undefined && each.changedCalls === undefined);
  const copied = asked.flatMap(each =>
    each.trial.copied ? [{ each, copy: { ...each.trial.copied, ...places } }] : [],
  );
  const changed = await changedCalls(
    connection,
    copied.map(({ copy }): Copied => copy),
    own,
  );
  return tried.map(each => {
    const changes = changed[copied.findIndex(one => one.each === each)];
    return changes === undefined ? each : { ...each, changedCalls: changes };
  });
}

/** A relation's name, quoted and with its schema. */
export function placedName(relation: QualifiedName, own: string): string {
  const { schema = own, name } = nameParts(relation);
  return quoteName(qualify(schema, name));
}

/** Without the columns of types that are not there yet: what stands on those cannot be tried. */
export async function makeClone(connection: Connection, columns: readonly string[]): Promise<void> {
  const refusal = await refusalOf(connection, [`CREATE TEMP TABLE ${CLONE} (${columns.join(', ')})`]);
  if (refusal === undefined) return;
  await connection.query(`CREATE TEMP TABLE ${CLONE} ()`);
  for (const column of columns) await refusalOf(connection, [`ALTER TABLE pg_temp.${CLONE} ADD COLUMN ${column}`]);
}

/** Whether there are functions of these names, whatever types they take. */
async function areKnown(connection: Connection, functions: readonly string[]): Promise<boolean> {
  const names = [...new Set(functions.map(catalogName))];
  const [{ known }] = await connection.query(
    `SELECT pg_catalog.count(DISTINCT proname)::pg_catalog.int4 AS known FROM pg_catalog.pg_proc
     WHERE proname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.name[])`,
    [names],
  );
  return known === names.length;
}

/** PostgreSQL has no such function, type or operator. */
const isMissing = (state = ''): boolean => ['42883', '42704'].includes(state);
