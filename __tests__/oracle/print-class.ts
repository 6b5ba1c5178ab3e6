import {
  columnOptions,
  demandOf,
  exclusionOf,
  indexOptions,
  INVERSE_KINDS,
  inversePropertyOf,
  inverseRelationsOf,
  joinColumnsOf,
  joinTableOf,
  propertiesOf,
} from './declarations.ts';
import {
  propertyOf,
  tableOf,
  type ColumnModel,
  type EntitySet,
  type RelationModel,
  type TableModel,
} from './entity-set.ts';
import { argumentsOf, literal, literalKey } from './source-text.ts';

/** A table as a decorated class, with the classes that are embedded in it and those that share its table. */
export function printClass(table: TableModel, set: EntitySet): string {
  const members = [
    ...table.columns.filter(({ embedded }) => embedded === undefined).map(column => memberOf(column, table, set)),
    ...embeddedIn(table).map(name => embeddedMember(table, name)),
    ...table.relations.map(relation => `${relationDecorators(relation, set)} ${relation.property}!: any;`),
    ...inverseRelationsOf(table, set).map(inverseMember),
    ...(table.tree === undefined ? [] : ['@TreeParent() parent!: any;', '@TreeChildren() subtree!: any[];']),
  ];
  const base = classText(table.entity, members, classDecorators(table));
  return [...embeddedIn(table).map(name => printEmbedded(table, name, set)), base, ...printChildren(table, set)].join(
    '\n',
  );
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

const memberOf = (column: ColumnModel, table: TableModel, set: EntitySet): string =>
  `${decoratorOf(column, table, set)} ${literalKey(propertyOf(column))}!: any;`;

const SPECIAL = {
  create: 'CreateDateColumn',
  update: 'UpdateDateColumn',
  delete: 'DeleteDateColumn',
  version: 'VersionColumn',
} as const;

function decoratorOf(column: ColumnModel, table: TableModel, set: EntitySet): string {
  const { key, special } = column;
  const options = columnOptions(column, table, set);
  if (special !== undefined) return `@${SPECIAL[special]}(${literal(options)})`;
  if (key === undefined) return `@Column(${literal(options)})`;
  if (key === 'given') return `@PrimaryColumn(${literal(options)})`;
  const { type: _, ...rest } = options;
  return `@PrimaryGeneratedColumn(${argumentsOf(key, key === 'uuid' ? rest : options)})`;
}

const embeddedIn = ({ columns }: TableModel): readonly string[] => [
  ...new Set(columns.flatMap(({ embedded }) => embedded ?? [])),
];

const embeddedClass = (table: TableModel, name: string): string => `${table.entity}_${name}`;

const embeddedMember = (table: TableModel, name: string): string =>
  `@Column(() => ${embeddedClass(table, name)}${isPrefixed(table, name) ? '' : ', { prefix: false }'}) ${name}!: any;`;

const isPrefixed = ({ columns }: TableModel, name: string): boolean =>
  columns.some(({ embedded, prefixed }) => embedded === name && prefixed);

/** Embedded classes are no entities: they are not exported. */
const printEmbedded = (table: TableModel, name: string, set: EntitySet): string =>
  classText(
    embeddedClass(table, name),
    table.columns.filter(({ embedded }) => embedded === name).map(column => memberOf(column, table, set)),
  ).replace('export class', 'class');

const printChildren = (table: TableModel, set: EntitySet): readonly string[] =>
  table.children.map(({ id, columns }) =>
    classText(
      `${id} extends ${table.entity}`,
      columns.map(column => memberOf(column, table, set)),
      ['@ChildEntity()'],
    ),
  );

const DECORATORS = {
  'many-to-one': 'ManyToOne',
  'one-to-many': 'OneToMany',
  'one-to-one': 'OneToOne',
  'many-to-many': 'ManyToMany',
} as const;

function relationDecorators(relation: RelationModel, set: EntitySet): string {
  const { kind, options } = relation;
  const target = tableOf(set, relation.target)!;
  const columns = joinColumnsOf(relation, set);
  const join =
    kind === 'many-to-many'
      ? `@JoinTable(${literal(joinTableOf(relation))})`
      : `@JoinColumn(${literal(columns.length === 1 ? columns[0] : columns)})`;
  return `@${DECORATORS[kind]}(${argumentsOf(target.entity, inversePropertyOf(relation), options)}) ${join}`;
}

function inverseMember({ owner, relation, property }: ReturnType<typeof inverseRelationsOf>[number]): string {
  const kind = INVERSE_KINDS[relation.kind];
  return `@${DECORATORS[kind]}(${argumentsOf(owner.entity, relation.property)}) ${property}!: any;`;
}
