import { keysOf, tableOf, type Action, type EntitySet, type RelationModel, type TableModel } from './entity-set.ts';
import type { Names } from './make-set.ts';
import type { Random } from './random.ts';

const actions: readonly Action[] = ['CASCADE', 'RESTRICT', 'NO ACTION'];

export function randomRelation(random: Random, names: Names, owner: TableModel, set: EntitySet): RelationModel {
  const kind = random.pick(['many-to-one', 'many-to-one', 'one-to-one', 'many-to-many'] as const);
  const target = random.pick(set.tables.filter(({ form }) => form === owner.form));
  const property = names.next('rel');
  const references = random.chance(25) && kind !== 'many-to-many' ? random.pick(uniqueColumns(target)) : undefined;
  return {
    id: property,
    kind,
    property,
    target: target.id,
    name: names.next(kind === 'many-to-many' ? 'junction_' : 'fk '),
    ...(references !== undefined && { references }),
    ...(kind === 'many-to-many' &&
      random.chance(60) && { junctionColumns: [names.next('own_'), names.next('other ')] as const }),
    ...(random.chance(35) && { inverse: true as const }),
    options: randomRelationOptions(random, kind),
  };
}

export function randomRelationOptions(random: Random, kind: RelationModel['kind']): RelationModel['options'] {
  const action = random.chance(40) && { onDelete: random.pick(actions) };
  if (kind === 'many-to-many') return { ...action, ...(random.chance(10) && { createForeignKeyConstraints: false }) };
  const nullable = random.chance(70);
  return {
    nullable,
    ...action,
    ...(nullable && random.chance(20) && { onDelete: 'SET NULL' as const }),
    ...(random.chance(20) && { onUpdate: random.pick(actions) }),
    ...(random.chance(10) && { deferrable: random.pick(['INITIALLY DEFERRED', 'INITIALLY IMMEDIATE'] as const) }),
    ...(random.chance(8) && { createForeignKeyConstraints: false }),
  };
}

/** Columns that a foreign key can refer to, beside the primary key. */
const uniqueColumns = ({ uniques, columns }: TableModel): readonly string[] =>
  uniques
    .filter(unique => unique.columns.length === 1)
    .map(unique => unique.columns[0]!)
    .filter(id => columns.some(column => column.id === id && column.key === undefined));

/** The relation, if its target has what it refers to: TypeORM relates classes to classes, and schemas to schemas. */
export function possible(relation: RelationModel, owner: TableModel, set: EntitySet): readonly RelationModel[] {
  const target = tableOf(set, relation.target);
  if (target?.form !== owner.form) return [];
  const isComposite = (table: TableModel) => keysOf(table).length > 1;
  if (relation.kind === 'many-to-many' && (isComposite(target) || isComposite(owner))) return [];
  if (relation.references !== undefined && !uniqueColumns(target).includes(relation.references)) return [];
  // TypeORM refuses a ring of relations that may not be null.
  const isBackward = set.tables.indexOf(target) < set.tables.findIndex(({ id }) => id === owner.id);
  return isBackward || relation.kind === 'many-to-many'
    ? [relation]
    : [{ ...relation, options: { ...relation.options, nullable: true } }];
}
