import { anObject, aText, checkArgument } from '../call-arguments.ts';
import { MigrationError } from '../errors.ts';
import type { Statement } from '../sql/statement.ts';
import { enums } from './enums.ts';
import { extensions } from './extensions.ts';
import { foreignKeys } from './foreign-keys.ts';
import { indexes } from './indexes.ts';
import { LOST, type Losing } from './lost.ts';
import { materializedViews } from './materialized-views.ts';
import { namespaces } from './namespaces.ts';
import type { AnyOperation, MethodsOf, ObjectKind, ObjectOf, OperationIn } from './object-kind.ts';
import { checked } from './operation-argument-error.ts';
import { policies } from './policies.ts';
import { sequences } from './sequences.ts';
import { statistics } from './statistics.ts';
import { tables } from './tables/index.ts';
import { rules, triggers } from './triggers.ts';
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
  policies,
  triggers,
  rules,
  statistics,
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

/** What a project's own kinds add to `op`, by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- for others to fill
export interface CustomOperations {}

type UnionToIntersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** A kind looked up by name: which objects it holds is known only to it. */
export type AnyKind = ObjectKind<any, any>;

/** Kinds by name: the built-in ones, or these and a project's own. */
export type Registry = Readonly<Record<string, AnyKind>>;

export const builtIn: Registry = kinds;

/** Index plain lists of objects by name. */
export function schemaOf(contents: SchemaContents, registry: Registry = builtIn): Schema {
  checkArgument('schemaOf', 'contents', contents, anObject);
  checkArgument('schemaOf', 'registry', registry, anObject);
  const lists = contents as Readonly<Record<string, readonly unknown[] | undefined>>;
  const byName = ([name, kind]: [string, AnyKind]) =>
    [name, new Map((lists[name] ?? []).map(object => [kind.nameOf(object), object]))] as const;
  return schemaFrom(Object.entries(registry).map(byName));
}

/** A schema with these objects, and none of the built-in kinds that a registry leaves out. */
export const schemaFrom = (
  contents: readonly (readonly [kind: string, objects: ReadonlyMap<string, unknown>])[],
): Schema =>
  ({
    ...Object.fromEntries(Object.keys(kinds).map(name => [name, new Map()])),
    ...Object.fromEntries(contents),
  }) as unknown as Schema;

/** The objects of one kind, also of a project's own. */
export const objectsIn = (schema: Schema, kind: string): ReadonlyMap<string, any> =>
  (schema as unknown as Readonly<Record<string, ReadonlyMap<string, any> | undefined>>)[kind] ?? new Map();

const makers = new WeakMap<Registry, ReadonlyMap<string, AnyKind>>();

/**
 * The kinds by the operations that they make: those of a registry, and the built-in ones that it leaves out, as operations of
 * other kinds imply theirs (a sequence is renamed along with its table), and revisions were written when it had them.
 */
function makersIn(registry: Registry): ReadonlyMap<string, AnyKind> {
  const known = makers.get(registry);
  if (known) return known;
  const made = new Map(
    [...Object.values(builtIn), ...Object.values(registry)].flatMap(kind =>
      Object.keys(kind.statements).map(op => [op, kind] as const),
    ),
  );
  makers.set(registry, made);
  return made;
}

/** The kind that an operation belongs to. */
export const kindMaking = (op: string, registry: Registry = builtIn): AnyKind | undefined => makersIn(registry).get(op);

export const operationNamesIn = (registry: Registry = builtIn): readonly string[] => [...makersIn(registry).keys()];

/** An operation that no kind makes: of a project's own kind that the configuration does not name, perhaps. */
export class UnknownOperationError extends MigrationError {
  override readonly name = 'UnknownOperationError';
  readonly operation: string;

  constructor(operation: string) {
    super(
      `No kind of object has an operation ${operation}; name the kind that has it under "kinds" in the configuration.`,
    );
    this.operation = operation;
  }
}

/**
 * The SQL that an operation stands for.
 * @param registry the built-in kinds by default
 * @throws UnknownOperationError, OperationArgumentError
 */
export function statementsOf(operation: Operation | AnyOperation, registry: Registry = builtIn): readonly Statement[] {
  checkArgument('statementsOf', 'operation', operation, anObject);
  checkArgument('statementsOf', "the operation's name", operation.op, aText);
  checkArgument('statementsOf', 'registry', registry, anObject);
  const { op, ...payload } = operation;
  const kind = kindMaking(op, registry);
  if (!kind) throw new UnknownOperationError(op);
  checked(op, payload, kind.takes?.[op]);
  const statements = kind.statements[op]!(operation as never);
  const { [LOST]: lost } = operation as Losing;
  return lost ? withLost(statements, lost) : statements;
}

/** What the operation's object cannot keep is a hazard of the first statement. */
function withLost([first, ...others]: readonly Statement[], lost: readonly string[]): readonly Statement[] {
  if (!first) return others;
  const hazards = lost.map(what => ({ type: 'losesSetting', what }) as const);
  return [{ ...first, hazards: [...first.hazards, ...hazards] }, ...others];
}
