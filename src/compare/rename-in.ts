import type { ForeignKey } from '../objects/foreign-keys.ts';
import type { Index, IndexKey } from '../objects/indexes.ts';
import { schemaOf, type Operation, type Schema, type SchemaContents } from '../objects/kinds.ts';
import type { Column, Table } from '../objects/tables/table.ts';
import { quoteText } from '../sql/literal.ts';
import { lineOf } from '../objects/tables/inheritance.ts';
import { columnUse, USES, type Use, type Using } from '../objects/uses.ts';
import { bareName, besides, identifierText, qualify, typeNameIn, typeText, type QualifiedName } from '../sql/name.ts';

/** What a renaming operation does to names wherever they occur. */
interface Naming {
  readonly table: (name: QualifiedName) => QualifiedName;
  readonly column: (table: QualifiedName, column: string) => string;
  readonly type: (text: string) => string;
  /** Rewrites a default that is a literal of a type. */
  readonly literal: (expression: string) => string;
  /** Rewrites the identifiers of an expression about a table. */
  readonly text: (table: QualifiedName, expression: string) => string;
  readonly use: (use: Use) => Use;
}

const unchanged: Naming = {
  table: name => name,
  column: (_table, column) => column,
  type: text => text,
  literal: expression => expression,
  text: (_table, expression) => expression,
  use: use => use,
};

/** The schema as PostgreSQL leaves it after a rename: keys, constraints, indexes and expressions follow by themselves. */
export function renameIn(schema: Schema, operation: Operation, defaultSchema = 'public'): Schema {
  if (operation.op === 'createSchema') {
    const { op: _, ...namespace } = operation;
    return { ...schema, namespaces: new Map([...schema.namespaces, [namespace.name, namespace]]) };
  }
  if (operation.op === 'renameEnumValue') return renameLabel(schema, operation);
  return rewrite(schema, namingOf(operation, defaultSchema, schema));
}

function namingOf(operation: Operation, defaultSchema: string, schema: Schema): Naming {
  switch (operation.op) {
    case 'renameTable':
      return {
        ...unchanged,
        table: name => (name === operation.from ? operation.to : name),
        use: use => usesMoved(use, operation.from, operation.to),
      };
    case 'moveTable': {
      const to = qualify(operation.to === defaultSchema ? undefined : operation.to, bareName(operation.table));
      return {
        ...unchanged,
        table: name => (name === operation.table ? to : name),
        use: use => usesMoved(use, operation.table, to),
      };
    }
    case 'renameEnum':
      return renamedType(operation.from, operation.to);
    case 'moveEnum': {
      const to = operation.to === defaultSchema ? undefined : operation.to;
      return renamedType(operation.name, qualify(to, bareName(operation.name)));
    }
    case 'renameColumn': {
      const { from, to } = operation;
      const tables = lineOf(operation.table, schema);
      const uses = new Map([...tables].map(table => [columnUse(table, from), columnUse(table, to)]));
      return {
        ...unchanged,
        column: (table, column) => (tables.has(table) && column === from ? to : column),
        text: (table, expression) => (tables.has(table) ? renameIdentifier(expression, from, to) : expression),
        use: use => uses.get(use) ?? use,
      };
    }
    default:
      return unchanged;
  }
}

const renamedType = (from: QualifiedName, to: QualifiedName): Naming => ({
  ...unchanged,
  type: text => (typeNameIn(text) === from ? text.replace(typeText(from), typeText(to)) : text),
  literal: expression => retypedLiteral(expression, typeText(from), typeText(to)),
  use: use => (use === `type:${from}` ? `type:${to}` : use),
});

/** `'open'::ticket_status` under the type's new name. */
function retypedLiteral(expression: string, from: string, to: string): string {
  const [, literal, type, dimensions = ''] = /^('(?:[^']|'')*')::(.*?)((?:\[\])?)$/.exec(expression) ?? [];
  return type === from ? `${literal}::${to}${dimensions}` : expression;
}

/** A use of a relation or of its parts, under the relation's new name. */
function usesMoved(use: Use, from: QualifiedName, to: QualifiedName): Use {
  const colon = use.indexOf(':') + 1;
  const [kind, name] = [use.slice(0, colon), use.slice(colon)];
  if (kind === 'type:') return use;
  if (name === from) return `${kind}${to}` as Use;
  return name.startsWith(`${from}.`) ? (`${kind}${to}${name.slice(from.length)}` as Use) : use;
}

const renamedUses = <Object extends Using>(object: Object, naming: Naming): Object => {
  const uses = object[USES];
  return uses ? { ...object, [USES]: uses.map(naming.use) } : object;
};

/** Replace an identifier outside of text literals. */
function renameIdentifier(expression: string, from: string, to: string): string {
  return expression.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/gu, word => {
    const name = word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
    return name === from && !word.startsWith("'") ? identifierText(to) : word;
  });
}

function rewrite(schema: Schema, naming: Naming): Schema {
  const lists = Object.fromEntries(
    Object.entries(schema).map(([kind, objects]) => [kind, [...objects.values()]]),
  ) as SchemaContents;
  const rewritten = schemaOf({
    ...lists,
    enums: (lists.enums ?? []).map(type => ({ ...type, name: typeNameIn(naming.type(typeText(type.name))) })),
    tables: (lists.tables ?? []).map(table => rewriteTable(table, naming)),
    foreignKeys: (lists.foreignKeys ?? []).map(key => rewriteForeignKey(key, naming)),
    indexes: (lists.indexes ?? []).map(index => rewriteIndex(index, naming)),
    views: (lists.views ?? []).map(view => ({ ...renamedUses(view, naming), reads: view.reads.map(naming.table) })),
    materializedViews: (lists.materializedViews ?? []).map(view => ({
      ...renamedUses(view, naming),
      reads: view.reads.map(naming.table),
    })),
    policies: (lists.policies ?? []).map(each => rewritePart(each, naming)),
    triggers: (lists.triggers ?? []).map(each => rewritePart(each, naming)),
    rules: (lists.rules ?? []).map(each => rewritePart(each, naming)),
    statistics: (lists.statistics ?? []).map(each => rewritePart(each, naming)),
  });
  return { ...schema, ...rewritten };
}

const rewritePart = <Part extends Using & { readonly table: QualifiedName }>(part: Part, naming: Naming): Part => ({
  ...renamedUses(part, naming),
  table: naming.table(part.table),
});

function rewriteTable(table: Table, naming: Naming): Table {
  const columns = (names: readonly string[]) => names.map(name => naming.column(table.name, name));
  const text = (expression: string) => naming.text(table.name, expression);
  return {
    ...table,
    name: naming.table(table.name),
    ...(table.inherits && { inherits: table.inherits.map(naming.table) }),
    columns: table.columns.map(column => rewriteColumn(table, column, naming)),
    ...(table.primaryKey && { primaryKey: { ...table.primaryKey, columns: columns(table.primaryKey.columns) } }),
    ...(table.uniques && { uniques: table.uniques.map(unique => ({ ...unique, columns: columns(unique.columns) })) }),
    ...(table.checks && {
      checks: table.checks.map(check => ({ ...renamedUses(check, naming), expression: text(check.expression) })),
    }),
    ...(table.exclusions && {
      exclusions: table.exclusions.map(each => ({ ...renamedUses(each, naming), definition: text(each.definition) })),
    }),
  };
}

const rewriteColumn = (table: Table, column: Column, naming: Naming): Column => ({
  ...renamedUses(column, naming),
  name: naming.column(table.name, column.name),
  type: naming.type(column.type),
  ...(column.default !== undefined && { default: naming.literal(column.default) }),
  ...(column.generated !== undefined && { generated: naming.text(table.name, column.generated) }),
});

const rewriteForeignKey = (key: ForeignKey, naming: Naming): ForeignKey => ({
  ...renamedUses(key, naming),
  table: naming.table(key.table),
  columns: key.columns.map(column => naming.column(key.table, column)),
  references: {
    table: naming.table(key.references.table),
    columns: key.references.columns.map(column => naming.column(key.references.table, column)),
  },
});

function rewriteIndex(index: Index, naming: Naming): Index {
  const key = (each: IndexKey): IndexKey => {
    if (typeof each === 'string') return naming.column(index.table, each);
    return {
      ...each,
      ...(each.column !== undefined && { column: naming.column(index.table, each.column) }),
      ...(each.expression !== undefined && { expression: naming.text(index.table, each.expression) }),
    };
  };
  const table = naming.table(index.table);
  return {
    ...renamedUses(index, naming),
    name: besides(table, bareName(index.name)),
    table,
    columns: index.columns.map(key),
    ...(index.where !== undefined && { where: naming.text(index.table, index.where) }),
  };
}

function renameLabel(schema: Schema, { name, from, to }: Extract<Operation, { op: 'renameEnumValue' }>): Schema {
  const enums = [...schema.enums.values()].map(type =>
    type.name === name ? { ...type, labels: type.labels.map(label => (label === from ? to : label)) } : type,
  );
  const [old, now] = [from, to].map(label => `${quoteText(label)}::${typeText(name)}`) as [string, string];
  const tables = [...schema.tables.values()].map(table => ({
    ...table,
    columns: table.columns.map(column => (column.default === old ? { ...column, default: now } : column)),
  }));
  const { enums: labelled, tables: defaulted } = schemaOf({ enums, tables });
  return { ...schema, enums: labelled, tables: defaulted };
}
