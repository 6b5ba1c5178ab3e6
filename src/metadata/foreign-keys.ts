import type { EntityMetadata } from 'typeorm';
import type { ForeignKey, ReferentialAction } from '../objects/foreign-key-definition.ts';
import type { QualifiedName } from '../sql/name.ts';
import { deferrableOf } from './constraints.ts';
import { distinct } from './distinct.ts';
import { identifier, type Names } from './names.ts';

type DeclaredForeignKey = EntityMetadata['foreignKeys'][number];

/**
 * The foreign keys of an entity's table: of its relations, its `@ForeignKey`s, its junctions and closures. Two relations
 * over the same columns have one between them: TypeORM gives both the same name.
 */
export function foreignKeysOf(entity: EntityMetadata, table: QualifiedName, names: Names): readonly ForeignKey[] {
  const declared = entity.foreignKeys.map(foreignKey => foreignKeyOf(foreignKey, table, names));
  return distinct(
    declared,
    ({ columns, references, onDelete = 'no action', onUpdate = 'no action' }) =>
      `the foreign key of ${table} on (${columns.join(', ')}) to ${references.table} on delete ${onDelete} on update ${onUpdate}`,
  );
}

function foreignKeyOf(foreignKey: DeclaredForeignKey, table: QualifiedName, names: Names): ForeignKey {
  const onDelete = actionOf(foreignKey.onDelete);
  const onUpdate = actionOf(foreignKey.onUpdate);
  return {
    name: identifier(foreignKey.name),
    table,
    columns: foreignKey.columnNames.map(identifier),
    references: {
      table: names.of(foreignKey.referencedEntityMetadata),
      columns: foreignKey.referencedColumnNames.map(identifier),
    },
    ...(onDelete && { onDelete }),
    ...(onUpdate && { onUpdate }),
    ...deferrableOf(foreignKey.deferrable),
  };
}

/** No action is PostgreSQL's default; what TypeORM calls DEFAULT is SET DEFAULT. */
function actionOf(action: string | undefined): ReferentialAction | undefined {
  const given = action?.toLowerCase();
  if (given === undefined || given === 'no action') return undefined;
  return given === 'default' ? 'set default' : (given as ReferentialAction);
}
