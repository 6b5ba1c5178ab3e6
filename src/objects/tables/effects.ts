import { bareName, type QualifiedName } from '../../sql/name.ts';
import { moves, renames, renamesPart, type Address, type Effect } from '../address.ts';
import type { Effects } from '../object-kind.ts';
import { constraintsOf } from './constraints.ts';
import type { Column, Table, TableOperations } from './table.ts';

const relation = (name: QualifiedName): Address => ({ place: 'relation', name });
const column = (table: QualifiedName, name: string): Address => ({ place: 'column', table, name });
const comment = (table: QualifiedName, name = ''): Address => ({ place: 'comment', table, name });
const constraint = (table: QualifiedName, name: string): Address => ({ place: 'constraint', table, name });

const createsConstraint = ({ table, name }: { readonly table: QualifiedName; readonly name: string }): Effect => ({
  creates: [constraint(table, name)],
});

/** What operations on tables do to the names of tables, columns, constraints and comments. */
export const effects: Effects<TableOperations> = {
  createTable: table => ({ creates: [relation(table.name), ...partsOf(table)] }),
  dropTable: ({ name }) => ({ drops: [relation(name)] }),
  renameTable: renaming => renames('relation', renaming),
  moveTable: ({ table, to }, inSchema) => moves('relation', { from: table, to: inSchema(to, bareName(table)) }),
  commentOnTable: op => commented(comment(op.table), op.comment),
  addColumn: op => ({ creates: columnParts(op.table, op.column) }),
  dropColumn: ({ table, name }) => ({ drops: [column(table, name), comment(table, name)] }),
  renameColumn: ({ table, from, to }) => ({
    renames: [
      [column(table, from), column(table, to)],
      [comment(table, from), comment(table, to)],
    ],
  }),
  alterColumn: op => (op.comment === undefined ? {} : commented(comment(op.table, op.name), op.comment)),
  createPrimaryKey: createsConstraint,
  createUniqueConstraint: createsConstraint,
  createCheckConstraint: createsConstraint,
  createExclusionConstraint: createsConstraint,
  dropConstraint: ({ table, name }) => ({ drops: [constraint(table, name)] }),
  renameConstraint: renaming => renamesPart('constraint', renaming),
};

const commented = (address: Address, text: string | null): Effect =>
  text === null ? { drops: [address] } : { creates: [address] };

const partsOf = (table: Table): readonly Address[] => [
  ...(table.comment === undefined ? [] : [comment(table.name)]),
  ...table.columns.flatMap(each => columnParts(table.name, each)),
  ...constraintsOf(table).map(({ name }) => constraint(table.name, name)),
];

const columnParts = (table: QualifiedName, { name, comment: text }: Column): readonly Address[] => [
  column(table, name),
  ...(text === undefined ? [] : [comment(table, name)]),
];
