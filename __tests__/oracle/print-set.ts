import { viewOf, type EntitySet, type ViewModel } from './entity-set.ts';
import { printClass } from './print-class.ts';
import { printSchema } from './print-schema.ts';
import { literal } from './source-text.ts';
import { queryOf } from './views.ts';

const imports = `import {
  Check, ChildEntity, Column, CreateDateColumn, DeleteDateColumn, Entity, EntitySchema, Exclusion, Index, JoinColumn,
  JoinTable, ManyToMany, ManyToOne, OneToMany, OneToOne, PrimaryColumn, PrimaryGeneratedColumn, TableInheritance, Tree,
  TreeChildren, TreeParent, Unique, UpdateDateColumn, VersionColumn, ViewColumn, ViewEntity,
} from 'typeorm';\n\n`;

/** The source of a module that exports the entities. */
export function printSet(set: EntitySet): string {
  const tables = set.tables.map(table => (table.form === 'class' ? printClass(table, set) : printSchema(table, set)));
  return imports + [...tables, ...set.views.map(view => printView(view, set))].join('\n');
}

function printView(view: ViewModel, set: EntitySet): string {
  const { entity, name, schema, materialized, index } = view;
  const expression = queryOf(view, set);
  if (view.form === 'schema') {
    const columns = Object.fromEntries(view.columns.map((_, at) => [`c${at}`, { type: 'varchar' }]));
    return `export const ${entity} = new EntitySchema<any>(${literal({ name: entity, tableName: name, schema, type: 'view', expression, columns })});\n`;
  }
  const read = viewOf(set, view.table);
  const options = { name, schema, materialized, expression, dependsOn: read && [read.entity] };
  const indexed = index === undefined ? '' : `@Index(${literal(index)}) `;
  const columns = view.columns.map((_, at) => `  ${at === 0 ? indexed : ''}@ViewColumn() c${at}!: any;\n`);
  return `@ViewEntity(${literal(options)})\nexport class ${entity} {\n${columns.join('')}}\n`;
}
