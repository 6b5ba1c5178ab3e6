import { ConfigurationError, MigrationError } from '../errors.ts';
import type { QualifiedName } from '../sql/name.ts';

/** What was given is no DataSource for PostgreSQL. */
export class UnsupportedDataSourceError extends MigrationError {
  override readonly name = 'UnsupportedDataSourceError';
  /** The DataSource's `type`; undefined where it is no DataSource at all. */
  readonly type: string | undefined;

  constructor(type: string | undefined) {
    const found = type === undefined ? 'something else' : `one of type '${type}'`;
    super(
      `Expected a TypeORM DataSource of type 'postgres' but found ${found}: entities are read for PostgreSQL only.`,
    );
    this.type = type;
  }
}

/** TypeORM itself cannot make sense of the entities; its own error is the `cause`. */
export class EntityError extends MigrationError {
  override readonly name: string = 'EntityError';

  constructor(cause: unknown) {
    super(`TypeORM refuses the entities (${reasonOf(cause)}): correct the declaration it complains of.`, { cause });
  }
}

/** A property has no column type, as happens when decorator metadata is missing; TypeORM's own error is the `cause`. */
export class MissingColumnTypeError extends MigrationError {
  override readonly name = 'MissingColumnTypeError';

  constructor(cause: unknown) {
    super(
      `An entity has a column whose type cannot be told, because its file was compiled without decorator metadata (${reasonOf(cause)}): set experimentalDecorators and emitDecoratorMetadata in tsconfig.json, use a loader that heeds them (esbuild and tsx do not), or give the column a type.`,
      { cause },
    );
  }
}

const reasonOf = (cause: unknown): string =>
  String((cause as Error | undefined)?.message ?? cause)
    .trim()
    .replace(/\.$/, '');

/** A column is declared in a way that PostgreSQL has no type for. */
export class ColumnDeclarationError extends MigrationError {
  override readonly name = 'ColumnDeclarationError';
  readonly table: QualifiedName;
  readonly column: string;

  constructor(table: QualifiedName, column: string, problem: string) {
    super(`Column ${column} of ${table} ${problem}`);
    this.table = table;
    this.column = column;
  }
}

/** Two entities declare the same table and contradict each other about it. */
export class DuplicateTableError extends MigrationError {
  override readonly name = 'DuplicateTableError';
  readonly table: QualifiedName;
  readonly entities: readonly [string, string];

  constructor(table: QualifiedName, entities: readonly [string, string], difference: string) {
    super(
      `The entities ${entities[0]} and ${entities[1]} both declare the table ${table}, but differ in ${difference}: let one of them leave the table alone with synchronize: false, or declare it alike in both.`,
    );
    this.table = table;
    this.entities = entities;
  }
}

/** A foreign key between columns whose types PostgreSQL cannot compare. */
export class ForeignKeyTypeError extends MigrationError {
  override readonly name = 'ForeignKeyTypeError';
  readonly foreignKey: string;
  /** `profile.user_id`, and the column it refers to. */
  readonly columns: readonly [string, string];
  readonly types: readonly [string, string];

  constructor(foreignKey: string, columns: readonly [string, string], types: readonly [string, string]) {
    super(
      `The foreign key ${foreignKey} cannot be made: ${columns[0]} is of type ${types[0]}, and ${columns[1]}, which it refers to, of type ${types[1]}; ` +
        'declare the same type for both columns (`type` of the column that is referred to, or a column of its own with a type for the relation).',
    );
    this.foreignKey = foreignKey;
    this.columns = columns;
    this.types = types;
  }
}

/** Two different objects would go by one name. */
export class DuplicateNameError extends MigrationError {
  override readonly name = 'DuplicateNameError';
  readonly duplicate: string;
  readonly declarations: readonly [string, string];

  constructor(duplicate: string, declarations: readonly [string, string]) {
    super(
      `The name ${duplicate} is declared twice, for ${declarations[0]} and for ${declarations[1]}, but PostgreSQL needs one for each: give one of them another name.`,
    );
    this.duplicate = duplicate;
    this.declarations = declarations;
  }
}

/** One enum type is declared with different labels, with none, or with some that PostgreSQL refuses. */
export class EnumDeclarationError extends ConfigurationError {
  readonly type: QualifiedName;
  /** The columns that declare it: `ticket.status`. */
  readonly columns: readonly string[];

  constructor(type: QualifiedName, columns: readonly string[], problem: string) {
    super(`The enum ${type} ${problem}`);
    this.type = type;
    this.columns = columns;
  }
}

/** A view's definition cannot be told; what was thrown on the way is the `cause`. */
export class ViewDefinitionError extends MigrationError {
  override readonly name = 'ViewDefinitionError';
  readonly view: QualifiedName;

  constructor(view: QualifiedName, problem: string, cause?: unknown) {
    super(`The definition of view ${view} ${problem}`, cause === undefined ? undefined : { cause });
    this.view = view;
  }
}
