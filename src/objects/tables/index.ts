import { besides, typeNameIn } from '../../sql/name.ts';
import type { ObjectKind } from '../object-kind.ts';
import { alterTable, detachDependents } from './alter.ts';
import { catalog } from './catalog.ts';
import { effects } from './effects.ts';
import { takes } from './forms.ts';
import { sequenceOf } from './clauses.ts';
import { constraintsOf, wordOf } from './constraints.ts';
import { renamedTable } from './renamed.ts';
import { statements } from './statements.ts';
import type { Column, Table, TableOperations } from './table.ts';
import { keepOfView, keepTableAttributes } from './undeclarable.ts';

/** Whether a sequence of the column's own feeds it. */
export const isFed = ({ serial, identity }: Column): boolean => serial !== undefined || identity !== undefined;

/** Tables with their columns, keys and constraints. Indexes and foreign keys are kinds of their own. */
export const tables: ObjectKind<Table, TableOperations> = {
  namespace: 'relation',
  filterType: 'table',
  storesRows: true,
  nameOf: table => table.name,
  makesType: true,
  namesTaken: table =>
    constraintsOf(table).flatMap(({ kind, name }) => (kind === 'check' ? [] : [besides(table.name, name)])),
  constraintNames: table => constraintsOf(table).map(({ kind, name }) => [wordOf(kind), name] as const),
  namesPreferred: table => table.columns.filter(isFed).map(column => column.sequence ?? sequenceOf(table.name, column)),
  dependsOn: table => [
    ...new Set(table.columns.map(column => `type:${typeNameIn(column.type)}` as const)),
    ...(table.inherits ?? []).map(parent => `relation:${parent}` as const),
  ],
  effects,
  renamed: renamedTable,
  catalog,
  create: ({ losing: _, ...table }) => [{ op: 'createTable', ...table }],
  drop: ({ name, losing }) => [{ op: 'dropTable', name, ...(losing && { losing }) }],
  keepUndeclarable: keepTableAttributes,
  keepOfPredecessor: keepOfView,
  detachDependents,
  alter: alterTable,
  takes,
  statements,
};
