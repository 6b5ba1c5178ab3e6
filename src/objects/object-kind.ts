import type { QualifiedName } from '../sql/name.ts';
import type { Statement } from '../sql/statement.ts';
import type { Effect, Identity, Namespace } from './address.ts';
import type { Form } from './form.ts';
import type { Schema } from './kinds.ts';
import type { Naming } from './naming.ts';
import type { Use, UsesLookup } from './uses.ts';

/** Every operation is plain data: the name of a method of `op`, and what it is given. */
export interface AnyOperation {
  readonly op: string;
}

export type PayloadOf<Method> = Method extends (payload: infer Payload) => Promise<void> ? Payload : never;

/** The operations that calls of `Methods` stand for. */
export type OperationIn<Methods> = {
  [Name in keyof Methods]: { readonly op: Name } & PayloadOf<Methods[Name]>;
}[keyof Methods];

/** Says that PostgreSQL cannot alter an object in place: it must be dropped and created. */
export const RECREATE = Symbol.for('typeorm-alembic.recreate');

/** What `includeName` and `includeObject` call the things they are asked about. */
export type FilterType =
  | 'schema'
  | 'extension'
  | 'enum'
  | 'sequence'
  | 'table'
  | 'column'
  | 'index'
  | 'unique_constraint'
  | 'foreign_key_constraint'
  | 'check_constraint'
  | 'exclusion_constraint'
  | 'primary_key'
  | 'view'
  | 'materialized_view'
  | 'policy'
  | 'trigger'
  | 'rule'
  | 'statistics'
  | (string & {});

/** The two schemas being compared, for kinds that must look beyond their own object. */
export interface Comparison {
  readonly before: Schema;
  readonly after: Schema;
}

/** The rows of a kind's catalog queries, by the queries' names. */
export type CatalogRows = Readonly<Record<string, readonly any[]>>;

export interface Catalog<Object> {
  /** SQL over PostgreSQL's catalogs; `$1` is the list of namespaces to read. Each is run once, whatever the schema's size. */
  readonly queries: Readonly<Record<string, string>>;
  /**
   * The objects those rows describe.
   * @param qualify names an object of a namespace as the connection sees it
   * @param uses gives what the expressions of an object refer to
   */
  parse(
    rows: CatalogRows,
    qualify: (namespace: string, name: string) => QualifiedName,
    uses: UsesLookup,
  ): readonly Object[];
}

/**
 * For operations of a kind, what each creates, drops and renames.
 * `inSchema` names an object of a schema as the connection sees it.
 */
export type Effects<Methods> = {
  readonly [Name in keyof Methods]?: (
    payload: PayloadOf<Methods[Name]>,
    inSchema: (schema: string, name: string) => QualifiedName,
  ) => Effect;
};

/**
 * A kind of schema object, such as tables or enums, and everything this library knows about it.
 * Kinds are pure: the engines (`introspect`, `compare`, `order`, the runner) do the asking.
 */
export interface ObjectKind<Object, Methods> {
  readonly namespace: Namespace;
  readonly filterType: FilterType;
  /** True where dropping and creating an object again would lose rows, so that nothing may ask for it. */
  readonly storesRows?: true;
  /** Also asked of what its `drop…` operation is given, unless `effects` says what that drops. */
  nameOf(object: Object): string;
  /** True where PostgreSQL makes a type of the same name for its rows. */
  readonly makesType?: true;
  /** Names among relations that it takes beside its own: those of the indexes under its keys. */
  namesTaken?(object: Object): readonly QualifiedName[];
  /** More of them, in whose place PostgreSQL chooses others where they are not free: those of its sequences. */
  namesPreferred?(object: Object): readonly QualifiedName[];
  /** The constraints that it is created with, each with what PostgreSQL calls its sort: `unique`. */
  constraintNames?(object: Object): readonly (readonly [word: string, name: string])[];
  /** What must be there before it. `schema` is the one that the object is part of. */
  dependsOn(object: Object, schema?: Schema): readonly Identity[];
  /** The table that takes the object along when it is dropped. */
  owner?(object: Object): QualifiedName;
  /** The columns that take the object along, without a word, when one of them is dropped. */
  goesWith?(object: Object): readonly Use[];
  /** What operations create, drop and rename, where that is not what `create…` and `drop…` say by themselves. */
  readonly effects?: Effects<Methods>;
  /** The object after something else, or itself, was renamed, as PostgreSQL leaves it. */
  renamed?(object: Object, naming: Naming): Object;
  /** What one entity's metadata declares of these objects, for kinds of a project's own. */
  declared?(entity: any): readonly Object[];
  /** Where PostgreSQL's catalog keeps these objects, and how its rows read. */
  readonly catalog: Catalog<Object>;
  create(object: Object): readonly OperationIn<Methods>[];
  /** @param returns it is created again */
  drop(object: Object, returns?: boolean): readonly OperationIn<Methods>[];
  /**
   * True where PostgreSQL refuses, or cannot follow, a change of something the object uses: it is dropped before that
   * change and created again after it.
   */
  mustDetach?(before: Object, comparison: Comparison): boolean;
  /** True for what is never dropped for not being declared: entities cannot declare it, or it may serve others. */
  readonly undeclaredStays?: true;
  /** False for an object that entities cannot declare, of a kind that they can: it is never dropped either. */
  isDeclarable?(object: Object): boolean;
  /** The declared object, in the schema that is declared, with what entities cannot declare taken from the live one. */
  keepUndeclarable?(declared: Object, live: Object, target: Schema): Object;
  /**
   * The declared object with what it can have of a live one of another kind whose name it takes over: a view's of a
   * materialized view, for example.
   */
  keepOfPredecessor?(declared: Object, predecessor: any): Object;
  /** What of an object that stays must leave before anything it depends on changes. */
  detachDependents?(before: Object, after: Object, comparison: Comparison): readonly OperationIn<Methods>[];
  /** The operations that turn `before` into `after`: none when they are alike. */
  alter(before: Object, after: Object, comparison: Comparison): readonly OperationIn<Methods>[] | typeof RECREATE;
  /** What is left over of a change, to be removed when nothing rests on it any more. */
  cleanUp?(before: Object, after: Object): readonly OperationIn<Methods>[];
  /** For objects that may go by another name and still be the same: what is the same, and how to rename. */
  readonly rename?: {
    shapeOf(object: Object): string;
    operations(before: Object, after: Object): readonly OperationIn<Methods>[];
  };
  /**
   * For each of those methods, the form of what it takes: an unknown or missing key, or a value of another type, is an
   * error before any statement is made. A kind without it takes anything.
   */
  readonly takes?: { readonly [Name in keyof Methods]: Form<PayloadOf<Methods[Name]>> };
  /** For each method these objects add to `op`, the statements it stands for. */
  readonly statements: {
    readonly [Name in keyof Methods]: (payload: PayloadOf<Methods[Name]>) => readonly Statement[];
  };
}

export type ObjectOf<Kind> = Kind extends ObjectKind<infer Object, any> ? Object : never;
export type MethodsOf<Kind> = Kind extends ObjectKind<any, infer Methods> ? Methods : never;
