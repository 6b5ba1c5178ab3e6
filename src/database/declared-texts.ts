import { builtIn, kindMaking, statementsOf, type Operation, type Schema } from '../objects/kinds.ts';
import { columnDefinition } from '../objects/tables/clauses.ts';
import { constraintsOf, creationOf } from '../objects/tables/constraints.ts';
import type { Column, Table } from '../objects/tables/table.ts';
import type { Index } from '../objects/index-definition.ts';
import type { View } from '../objects/views.ts';
import { isBuiltInType } from '../sql/built-in-types.ts';
import { typeNameIn } from '../sql/name.ts';
import { inUsualTablespace } from './clones.ts';
import { temporaryType, type TemporaryEnums } from './temporary-enums.ts';
import { CLONE } from './trials.ts';

interface Text {
  /** `index by_state`. */
  readonly what: string;
  readonly texts: readonly string[];
  /** It may name something without mentioning it: an exclusion the operator classes of its columns' types. */
  readonly always?: true;
}

/** What is to be made on a clone of a table, {@link CLONE}. */
export interface TextOfTable extends Text {
  /** The same for what PostgreSQL answers alike. */
  readonly key: string;
  readonly columns: readonly Column[];
  readonly sql: (enums: TemporaryEnums) => string;
}

export interface TextOfView extends Text {
  readonly view: View;
}

export type DeclaredText = TextOfTable | TextOfView;

const clone = `pg_temp.${CLONE}`;

/**
 * The texts of the entities' own that operations make; undefined where operations create what may bring functions and
 * types along: an extension, or an object of a project's own kind.
 */
export function declaredTexts(
  operations: readonly Operation[],
  declared: Schema,
  target: Schema,
): readonly DeclaredText[] | undefined {
  if (operations.some(({ op }) => op === 'createExtension' || kindMaking(op, builtIn) === undefined)) return undefined;
  return operations.flatMap(operation => textsOf(operation, declared, target));
}

function textsOf(operation: Operation, declared: Schema, target: Schema): readonly DeclaredText[] {
  switch (operation.op) {
    case 'createView':
      return declared.views.has(operation.name) ? [textOfView('view', target.views.get(operation.name))].flat() : [];
    case 'createMaterializedView':
      return declared.materializedViews.has(operation.name)
        ? textOfView('materialized view', target.materializedViews.get(operation.name))
        : [];
    case 'createTable':
      return declared.tables.has(operation.name)
        ? [...operation.columns.flatMap(column => textsOfColumn(operation, column)), ...textsOfConstraints(operation)]
        : [];
    case 'addColumn':
      return declaredColumn(operation.table, operation.column.name, declared, target);
    case 'alterColumn':
      return typeof operation.default === 'string' || operation.type !== undefined
        ? declaredColumn(operation.table, operation.name, declared, target)
        : [];
    case 'createCheckConstraint':
    case 'createExclusionConstraint':
      return declaredConstraint(operation.table, operation.name, declared, target);
    case 'createIndex':
      return declared.indexes.has(operation.name) ? textsOfIndex(operation, target.tables.get(operation.table)) : [];
    default:
      return [];
  }
}

const textOfView = (word: string, view: View | undefined): readonly TextOfView[] =>
  view === undefined ? [] : [{ what: `${word} ${view.name}`, texts: [view.definition], view }];

function declaredColumn(name: string, column: string, declared: Schema, target: Schema): readonly TextOfTable[] {
  const table = target.tables.get(name);
  const found = table?.columns.find(each => each.name === column);
  const isDeclared = declared.tables.get(name)?.columns.some(each => each.name === column);
  return table && found && isDeclared ? textsOfColumn(table, found) : [];
}

/** A default looks at no other column. */
function textsOfColumn(table: Table, column: Column): readonly TextOfTable[] {
  const { name, type, default: value, generated, virtual, collation } = column;
  const typeName = typeNameIn(type);
  const part = { type, nullable: true, ...(collation !== undefined && { collation }) };
  const columns = generated === undefined ? [] : table.columns.filter(each => each.generated === undefined);
  const sql = (enums: TemporaryEnums) =>
    `ALTER TABLE ${clone} ADD COLUMN ` +
    columnDefinition(clone, {
      ...part,
      name: generated === undefined ? 'c' : name,
      type: temporaryType(type, enums),
      ...(value !== undefined && { default: value }),
      ...(generated !== undefined && { generated, ...(virtual && { virtual }) }),
    });
  return [
    {
      what: `column ${name} of ${table.name}`,
      texts: [isBuiltInType(typeName) ? '' : `::${type}`, value ?? '', generated ?? ''],
      key: generated === undefined ? `default ${type} ${collation} ${value}` : `generated ${table.name} ${name}`,
      columns,
      sql,
    },
  ];
}

const plainColumns = (table: Table): readonly Column[] => table.columns.map(({ generated: _, ...column }) => column);

const textsOfConstraints = (table: Table): readonly TextOfTable[] =>
  constraintsOf(table).flatMap((constraint): readonly TextOfTable[] => {
    if (constraint.kind !== 'check' && constraint.kind !== 'exclusion') return [];
    const [sql] = statementsOf(creationOf(clone, inUsualTablespace(constraint)));
    return [
      {
        what: `${constraint.kind} ${constraint.name} of ${table.name}`,
        texts: [constraint.kind === 'check' ? constraint.expression : constraint.definition],
        ...(constraint.kind === 'exclusion' && { always: true }),
        key: `constraint ${table.name} ${constraint.name}`,
        columns: plainColumns(table),
        sql: () => sql!.sql,
      },
    ];
  });

function declaredConstraint(table: string, name: string, declared: Schema, target: Schema): readonly TextOfTable[] {
  const isDeclared = constraintsOf(declared.tables.get(table) ?? { name: table, columns: [] }).some(
    each => each.name === name,
  );
  const found = target.tables.get(table);
  return found && isDeclared
    ? textsOfConstraints(found).filter(({ key }) => key === `constraint ${table} ${name}`)
    : [];
}

function textsOfIndex(index: Index, table: Table | undefined): readonly TextOfTable[] {
  if (!table) return [];
  const [sql] = statementsOf({ op: 'createIndex', ...inUsualTablespace(index), name: `${CLONE}_index`, table: clone });
  const expressions = index.columns.flatMap(key => (typeof key === 'string' ? [] : (key.expression ?? [])));
  return [
    {
      what: `index ${index.name}`,
      texts: [...expressions, index.where ?? ''],
      key: `index ${index.name}`,
      columns: plainColumns(table),
      sql: () => sql!.sql,
    },
  ];
}
