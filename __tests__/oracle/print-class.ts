import { demandOf, exclusionOf, generationOf, indexOptions, joinColumnOf, propertiesOf } from './declarations.ts';
import { tableOf, type ColumnModel, type EntitySet, type RelationModel, type TableModel } from './entity-set.ts';
import { argumentsOf, literal, literalKey } from './source-text.ts';

/** A table as a decorated class, with the classes that are embedded in it and those that share its table. */
export function printClass(table: TableModel, set: EntitySet): string {
  const members = [
    ...table.columns.filter(({ embedded }) => embedded === undefined).map(column => memberOf(column, table)),
    ...embeddedIn(table).map(name => `@Column(() => ${embeddedClass(table, name)}, { prefix: false }) ${name}!: any;`),
    ...table.relations.map(relation => `${relationDecorators(relation, set)} ${relation.property}!: any;`),
    ...(table.tree === undefined ? [] : ['@TreeParent() parent!: any;', '@TreeChildren() subtree!: any[];']),
  ];
  const base = classText(table.entity, members, classDecorators(table));
  return [...embeddedIn(table).map(name => printEmbedded(table, name)), base, ...printChildren(table)].join('\n');
}

function classText(name: string, members: readonly string[], decorators: readonly string[] = []): string {
  const body = members.map(member => `  ${member}\n`).join('');
  return [...decorators, `export class ${name} {\n${body}}\n`].join('\n');
}

function classDecorators(table: TableModel): readonly string[] {
  const { name, schema, comment, tree, children } = table;
  return [
    `@Entity(${literal({ name, schema, comment })})`,
    ...(tree === undefined ? [] : [`@Tree(${literal(tree)})`]),
    ...(children.length === 0 ? [] : [`@TableInheritance({ column: { type: 'varchar', name: 'kind' } })`]),
    ...table.indices.map(
      index => `@Index(${argumentsOf(index.name, propertiesOf(table, index.columns), indexOptions(table, index))})`,
    ),
    ...table.uniques.map(unique => `@Unique(${argumentsOf(unique.name, propertiesOf(table, unique.columns))})`),
    ...table.checks.map(check => `@Check(${argumentsOf(check.name, demandOf(table, check))})`),
    ...table.exclusions.map(each => `@Exclusion(${argumentsOf(each.name, exclusionOf(table, each))})`),
  ];
}

const memberOf = (column: ColumnModel, table: TableModel): string =>
  `${decoratorOf(column, table)} ${literalKey(column.name)}!: any;`;

const SPECIAL = {
  create: 'CreateDateColumn',
  update: 'UpdateDateColumn',
  delete: 'DeleteDateColumn',
  version: 'VersionColumn',
} as const;

function decoratorOf(column: ColumnModel, table: TableModel): string {
  const { key, options, special } = column;
  if (special !== undefined) return `@${SPECIAL[special]}(${literal(options)})`;
  if (key === undefined) return `@Column(${literal({ ...options, ...generationOf(column, table) })})`;
  if (key === 'given') return `@PrimaryColumn(${literal(options)})`;
  if (key === 'uuid') return `@PrimaryGeneratedColumn('uuid')`;
  return `@PrimaryGeneratedColumn(${literal(key)}, ${literal(options)})`;
}

const embeddedIn = ({ columns }: TableModel): readonly string[] => [
  ...new Set(columns.flatMap(({ embedded }) => embedded ?? [])),
];

const embeddedClass = (table: TableModel, name: string): string => `${table.entity}_${name}`;

/** Embedded classes are no entities: they are not exported. */
const printEmbedded = (table: TableModel, name: string): string =>
  classText(
    embeddedClass(table, name),
    table.columns.filter(({ embedded }) => embedded === name).map(column => memberOf(column, table)),
  ).replace('export class', 'class');

const printChildren = (table: TableModel): readonly string[] =>
  table.children.map(({ id, columns }) =>
    classText(
      `${id} extends ${table.entity}`,
      columns.map(column => memberOf(column, table)),
      ['@ChildEntity()'],
    ),
  );

const RELATIONS = { 'many-to-one': 'ManyToOne', 'one-to-one': 'OneToOne', 'many-to-many': 'ManyToMany' } as const;

function relationDecorators(relation: RelationModel, set: EntitySet): string {
  const { kind, name, options } = relation;
  const target = tableOf(set, relation.target)!;
  const join =
    kind === 'many-to-many'
      ? `@JoinTable(${literal({ name })})`
      : `@JoinColumn(${literal(joinColumnOf(relation, set))})`;
  return `@${RELATIONS[kind]}(${argumentsOf(target.entity, options)}) ${join}`;
}
