import type { EntitySet, ViewModel } from './entity-set.ts';
import { printClass } from './print-class.ts';
import { printSchema } from './print-schema.ts';
import { literal } from './source-text.ts';
import { queryOf } from './views.ts';

const imports = `import {
  Check, ChildEntity, Column, CreateDateColumn, DeleteDateColumn, Entity, EntitySchema, Exclusion, Index, JoinColumn,
  JoinTable, ManyToMany, ManyToOne, OneToOne, PrimaryColumn, PrimaryGeneratedColumn, TableInheritance, Tree, TreeChildren,
  TreeParent, Unique, UpdateDateColumn, VersionColumn, ViewColumn, ViewEntity,
} from 'typeorm';\n\n`;

/** The source of a module that exports the entities. */
export function printSet(set: EntitySet): string {
  const tables = set.tables.map(table => (table.form === 'class' ? printClass(table, set) : printSchema(table, set)));
  return imports + [...tables, ...set.views.map(view => printView(view, set))].join('\n');
}

function printView(view: ViewModel, set: EntitySet): string {
  const { name, schema, materialized } = view;
  const options = { name, schema, materialized, expression: queryOf(view, set) };
  const columns = view.columns.map((_, at) => `  @ViewColumn() c${at}!: any;\n`);
  return `@ViewEntity(${literal(options)})\nexport class ${view.entity} {\n${columns.join('')}}\n`;
}
