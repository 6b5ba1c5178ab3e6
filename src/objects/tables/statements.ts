import type { Hazard } from '../../sql/hazard.ts';
import { attributeStatements, commentOn, pick, type Storage } from '../attributes.ts';
import { grantStatement, type Granted } from '../grants.ts';
import { bareName, quoteIdentifier, quoteIdentifiers, quoteName, type QualifiedName } from '../../sql/name.ts';
import { statement, type Statement } from '../../sql/statement.ts';
import type { ObjectKind } from '../object-kind.ts';
import { alterColumn } from './alter-column.ts';
import { constraintsOf } from './constraints.ts';
import {
  alterTable,
  checkClause,
  columnComment,
  columnDefinition,
  columnSettings,
  constraintComments,
  exclusionClause,
  exclusionTablespace,
  indexRoles,
  locked,
  primaryKeyClause,
  tablespaceClause,
  uniqueClause,
} from './clauses.ts';
import { createSequences, grantedOnSequences, ownSequences, sequenceComments } from './column-sequences.ts';
import { mayBeVolatile } from './volatile.ts';
import type { Column, Partition, Publication, Table, TableOperations } from './table.ts';

export const statements: ObjectKind<Table, TableOperations>['statements'] = {
  createTable,
  dropTable: ({ name, losing = [] }) => [
    statement(
      `DROP TABLE ${quoteName(name)}`,
      locked,
      { type: 'deletesData', what: `table ${name}` },
      ...(losing.length > 0 ? [{ type: 'losesObjects', what: losing.join(', ') } as const] : []),
    ),
  ],
  renameTable: ({ from, to }) => [alterTable(from, `RENAME TO ${quoteIdentifier(bareName(to))}`)],
  moveTable: ({ table, to }) => [alterTable(table, `SET SCHEMA ${quoteIdentifier(to)}`)],
  commentOnTable: ({ table, comment }) => [commentOn(`TABLE ${quoteName(table)}`, comment)],
  addColumn,
  dropColumn: ({ table, name, generated, only }) => [
    statement(
      `ALTER TABLE ${only ? 'ONLY ' : ''}${quoteName(table)} DROP COLUMN ${quoteIdentifier(name)}`,
      locked,
      ...(generated ? [] : [{ type: 'deletesData', what: `column ${table}.${name}` } as const]),
    ),
  ],
  renameColumn: ({ table, from, to }) => [
    alterTable(table, `RENAME COLUMN ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`),
  ],
  alterColumn,
  createPrimaryKey: op => [
    alterTable(op.table, `ADD ${primaryKeyClause(op)}`, {
      type: 'failsOnRows',
      what: `primary key (${op.columns.join(', ')}) of ${op.table}`,
    }),
    ...indexRoles(op.table, op),
    ...constraintComments(op.table, op),
  ],
  createUniqueConstraint: op => [
    alterTable(op.table, `ADD ${uniqueClause(op)}`, {
      type: 'failsOnRows',
      what: `unique (${op.columns.join(', ')}) of ${op.table}`,
    }),
    ...indexRoles(op.table, op),
    ...constraintComments(op.table, op),
  ],
  createCheckConstraint: op => [
    alterTable(
      op.table,
      `ADD ${checkClause(op)}${op.notValid ? ' NOT VALID' : ''}`,
      ...(op.notValid || op.notEnforced ? [] : rowsMustFit(`check ${op.name} of ${op.table}`)),
    ),
    ...constraintComments(op.table, op),
  ],
  createExclusionConstraint: op => [
    alterTable(op.table, `ADD ${exclusionClause(op)}`, ...rowsMustFit(`exclusion ${op.name} of ${op.table}`)),
    ...exclusionTablespace(op.table, op),
    ...constraintComments(op.table, op),
  ],
  dropConstraint: ({ table, name }) => [alterTable(table, `DROP CONSTRAINT ${quoteIdentifier(name)}`)],
  renameConstraint: ({ table, from, to }) => [
    alterTable(table, `RENAME CONSTRAINT ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`),
  ],
  validateConstraint: ({ table, name }) => [
    statement(
      `ALTER TABLE ${quoteName(table)} VALIDATE CONSTRAINT ${quoteIdentifier(name)}`,
      ...rowsMustFit(`constraint ${name} of ${table}`),
    ),
  ],
};

const rowsMustFit = (what: string): Hazard[] => [{ type: 'scansTable' }, { type: 'failsOnRows', what }];

function createTable(table: Table): Statement[] {
  const { inherits = [], ...standalone } = table;
  const isMadeOfParents = [...table.columns, ...(table.checks ?? [])].some(({ inherited }) => inherited);
  const checks = (table.checks ?? []).filter(({ inherited }) => !inherited);
  const lines = [
    ...table.columns.filter(({ inherited }) => !inherited).map(column => columnDefinition(table.name, column)),
    ...(table.primaryKey ? [primaryKeyClause(table.primaryKey)] : []),
    ...(table.uniques ?? []).map(uniqueClause),
    ...checks.filter(check => !check.notValid).map(checkClause),
    ...(table.exclusions ?? []).map(exclusionClause),
  ];
  return [
    ...table.columns.flatMap(column => createSequences(table.name, column)),
    statement(
      `CREATE ${table.unlogged ? 'UNLOGGED ' : ''}TABLE ${quoteName(table.name)} (\n  ${lines.join(',\n  ')}\n)${tableOptions(isMadeOfParents ? table : standalone)}`,
    ),
    ...table.columns.flatMap(column => ownSequences(table.name, column)),
    ...(table.partitions ?? []).flatMap(partition => createPartition(table.name, partition)),
    ...checks
      .filter(check => check.notValid)
      .map(check => alterTable(table.name, `ADD ${checkClause(check)} NOT VALID`)),
    ...(isMadeOfParents ? [] : inherits.map(parent => alterTable(table.name, `INHERIT ${quoteName(parent)}`))),
    ...(table.comment === undefined ? [] : [commentOn(`TABLE ${quoteName(table.name)}`, table.comment)]),
    ...table.columns.flatMap(column => [...columnComment(table.name, column), ...columnSettings(table.name, column)]),
    ...[...(table.primaryKey ? [table.primaryKey] : []), ...(table.uniques ?? [])].flatMap(key =>
      indexRoles(table.name, key),
    ),
    ...(table.exclusions ?? []).flatMap(exclusion => exclusionTablespace(table.name, exclusion)),
    ...constraintsOf(table).flatMap(each => constraintComments(table.name, each)),
    ...replication(table),
    ...rowSecurity(table),
    ...table.columns.flatMap(column => sequenceComments(table.name, column)),
    ...attributeStatements(
      { object: `TABLE ${quoteName(table.name)}` },
      pick(table, ['owner', 'grants']),
      table.columns.flatMap(column => grantedOn(table.name, column)),
    ),
  ];
}

const tableOptions = ({
  inherits,
  partitionBy,
  method,
  with: options,
  tablespace,
}: Pick<Table, 'inherits' | 'partitionBy' | keyof Storage>): string =>
  [
    inherits ? ` INHERITS (${inherits.map(quoteName).join(', ')})` : '',
    partitionBy === undefined ? '' : ` PARTITION BY ${partitionBy}`,
    method === undefined ? '' : ` USING ${quoteIdentifier(method)}`,
    options ? ` WITH (${options.join(', ')})` : '',
    tablespaceClause(tablespace),
  ].join('');

const createPartition = (table: QualifiedName, partition: Partition): Statement[] => {
  const { name, bounds, unlogged, partitions = [], ...options } = partition;
  return [
    statement(
      `CREATE ${unlogged ? 'UNLOGGED ' : ''}TABLE ${quoteName(name)} PARTITION OF ${quoteName(table)} ${bounds}${tableOptions(options)}`,
    ),
    ...partitions.flatMap(each => createPartition(name, each)),
    ...attributeStatements({ object: `TABLE ${quoteName(name)}` }, pick(partition, ['owner', 'grants', 'comment'])),
  ];
};

const rowSecurity = ({ name, rowSecurity: state }: Table): Statement[] => [
  ...(state === 'enabled' || state === 'forced' ? [alterTable(name, 'ENABLE ROW LEVEL SECURITY')] : []),
  ...(state?.startsWith('forced') ? [alterTable(name, 'FORCE ROW LEVEL SECURITY')] : []),
];

const replication = ({ name, replicaIdentity, publications = [] }: Table): Statement[] => [
  ...(replicaIdentity === undefined ? [] : [alterTable(name, `REPLICA IDENTITY ${replicaIdentity.toUpperCase()}`)]),
  ...publications.map(publication =>
    statement(`ALTER PUBLICATION ${quoteIdentifier(publication.name)} ADD TABLE ${publishedTable(name, publication)}`),
  ),
];

const publishedTable = (table: QualifiedName, { columns, where }: Publication): string =>
  `${quoteName(table)}${columns ? ` (${quoteIdentifiers(columns)})` : ''}${where === undefined ? '' : ` WHERE (${where})`}`;

const grantedOn = (table: QualifiedName, column: Column): Granted[] => [
  {
    subject: `TABLE ${quoteName(table)}`,
    grants: column.grants ?? [],
    columns: ` (${quoteIdentifier(column.name)})`,
  },
  ...grantedOnSequences(table, column),
];

function addColumn({ table, column, owner }: Parameters<TableOperations['addColumn']>[0]): Statement[] {
  const fills = column.default ?? column.identity ?? column.serial ?? column.generated;
  const hazards: Hazard[] =
    column.nullable || fills !== undefined
      ? []
      : [{ type: 'failsOnRows', what: `${table}.${column.name} is NOT NULL without a default`, fits: 'no row' }];
  const rewrites: Hazard[] =
    column.serial || column.identity || (column.generated && !column.virtual) || mayBeVolatile(column.default)
      ? [{ type: 'rewritesTable' }]
      : [];
  return [
    ...createSequences(table, column),
    alterTable(table, `ADD COLUMN ${columnDefinition(table, column)}`, ...hazards, ...rewrites),
    ...ownSequences(table, column, owner),
    ...columnComment(table, column),
    ...columnSettings(table, column),
    ...sequenceComments(table, column),
    ...grantedOn(table, column).flatMap(({ subject, grants, columns }) =>
      grants.map(grant => grantStatement(subject, grant, columns)),
    ),
  ];
}
