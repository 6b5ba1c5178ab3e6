import type { Statement } from '../sql/statement.ts';
import { enums } from './enums.ts';
import { extensions } from './extensions.ts';
import { foreignKeys } from './foreign-keys.ts';
import { indexes } from './indexes.ts';
import { materializedViews } from './materialized-views.ts';
import { namespaces } from './namespaces.ts';
import type { MethodsOf, ObjectKind, ObjectOf, OperationIn } from './object-kind.ts';
import { sequences } from './sequences.ts';
import { tables } from './tables/index.ts';
import { views } from './views.ts';

/** Every kind of object this library manages, what is needed before what needs it: the one list there is. */
export const kinds = {
  namespaces,
  extensions,
  enums,
  sequences,
  tables,
  foreignKeys,
  indexes,
  views,
  materializedViews,
} as const;

export type Kinds = typeof kinds;
export type KindName = keyof Kinds;
export type SchemaObject<Name extends KindName = KindName> = ObjectOf<Kinds[Name]>;

/** One method for each operation, as a revision's `upgrade(op)` calls them. */
export type OperationMethods = UnionToIntersection<MethodsOf<Kinds[KindName]>>;
export type Operation = OperationIn<OperationMethods>;

/** The state of a database: its objects by kind and name. */
export type Schema = { readonly [Name in KindName]: ReadonlyMap<string, SchemaObject<Name>> };

/** The same as plain lists. */
export type SchemaContents = { readonly [Name in KindName]?: readonly SchemaObject<Name>[] };

type UnionToIntersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** A kind looked up by name: which objects it holds is known only to it. */
export type AnyKind = ObjectKind<any, any>;

export const kindNames = Object.keys(kinds) as readonly KindName[];

export const kindOf = (name: KindName): AnyKind => kinds[name];

/** Index plain lists of objects by name. */
export function schemaOf(contents: SchemaContents): Schema {
  const byName = (name: KindName) =>
    new Map((contents[name] ?? []).map(object => [kindOf(name).nameOf(object), object]));
  return Object.fromEntries(kindNames.map(name => [name, byName(name)])) as unknown as Schema;
}

const statements: Record<string, (operation: never) => readonly Statement[]> = Object.assign(
  {},
  ...Object.values(kinds).map(kind => kind.statements),
);

export const operationNames = Object.keys(statements) as readonly Operation['op'][];

/** The SQL that an operation stands for. */
export const statementsOf = (operation: Operation): readonly Statement[] =>
  statements[operation.op]!(operation as never);
