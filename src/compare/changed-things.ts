import type { Operation, Schema } from '../objects/kinds.ts';
import { keepsSequence } from '../objects/tables/feeding.ts';
import { lineOf, partitionsOf } from '../objects/tables/inheritance.ts';
import { namePartsIn, partName, type QualifiedName } from '../sql/name.ts';

/** Something in the database that operations drop, move to another schema or change, by its name. */
export interface ChangedThing {
  /** `relation` is also an index or a sequence; `feed` is the sequence of a serial or identity column. */
  readonly kind: 'column' | 'relation' | 'type' | 'constraint' | 'feed' | 'schema' | 'extension';
  /** That of the table where the thing is a part of one. */
  readonly name: QualifiedName;
  /** The column or constraint. */
  readonly part?: string;
  readonly change: 'dropped' | 'retyped' | 'moved';
  /** The column leaves this table, and none that inherits it. */
  readonly only?: true;
  /** The type that a column gets. */
  readonly type?: string;
}

/** What operations change or drop so that PostgreSQL looks at what depends on it. */
export function changesIn(operations: readonly Operation[]): readonly ChangedThing[] {
  const replaced = new Set(operations.flatMap(each => (each.op === 'createEnum' ? [each.name] : [])));
  return operations.flatMap((operation): readonly ChangedThing[] => {
    switch (operation.op) {
      case 'alterColumn':
        return alterationOf(operation);
      case 'dropColumn':
        return [
          {
            kind: 'column',
            name: operation.table,
            part: operation.name,
            change: 'dropped',
            ...(operation.only && { only: true }),
          },
        ];
      case 'dropConstraint':
      case 'dropForeignKey':
        return [{ kind: 'constraint', name: operation.table, part: operation.name, change: 'dropped' }];
      case 'dropTable':
      case 'dropView':
      case 'dropMaterializedView':
      case 'dropIndex':
      case 'dropSequence':
        return [{ kind: 'relation', name: operation.name, change: 'dropped' }];
      case 'renameEnum':
        return replaced.has(operation.from) ? [{ kind: 'type', name: operation.from, change: 'dropped' }] : [];
      case 'dropEnum':
        return [{ kind: 'type', name: operation.name, change: 'dropped' }];
      case 'moveTable':
        return [{ kind: 'relation', name: operation.table, change: 'moved' }];
      case 'moveEnum':
        return [{ kind: 'type', name: operation.name, change: 'moved' }];
      case 'dropSchema':
        return [{ kind: 'schema', name: operation.name, change: 'dropped' }];
      case 'dropExtension':
        return [{ kind: 'extension', name: operation.name, change: 'dropped' }];
      default:
        return [];
    }
  });
}

function alterationOf(operation: Extract<Operation, { readonly op: 'alterColumn' }>): readonly ChangedThing[] {
  const { table: name, name: part, type, serial, identity } = operation;
  return [
    ...(type === undefined ? [] : [{ kind: 'column', name, part, change: 'retyped', type } as const]),
    ...((serial === false && !keepsSequence(operation)) || identity === null
      ? [{ kind: 'feed', name, part, change: 'dropped' } as const]
      : []),
  ];
}

/** The identities that operations drop or change themselves, so that nothing of them is in the way. */
export function handledBy(operations: readonly Operation[], before: Schema): ReadonlySet<string> {
  return new Set(
    operations.flatMap((operation): readonly string[] => {
      switch (operation.op) {
        case 'dropTable':
          return [operation.name, ...partitionsOf(before.tables.get(operation.name) ?? {})].map(
            name => `relation:${name}`,
          );
        case 'dropView':
        case 'dropMaterializedView':
        case 'dropIndex':
          return [`relation:${operation.name}`];
        case 'dropColumn':
        case 'alterColumn':
          return [...lineOf(operation.table, before)].map(table => `column:${partName(table, operation.name)}`);
        case 'dropConstraint':
        case 'dropForeignKey':
          return [`constraint:${partName(operation.table, operation.name)}`];
        case 'dropStatistics':
          return [`statistics:${operation.name}`];
        case 'dropPolicy':
          return [`policy:${partName(operation.table, operation.name)}`];
        case 'dropTrigger':
          return [`trigger:${partName(operation.table, operation.name)}`];
        case 'dropRule':
          return [`rule:${partName(operation.table, operation.name)}`];
        default:
          return [];
      }
    }),
  );
}

/** A thing with its schema spelled out. A schema and an extension lie in none. */
export const placed = ({ name, ...thing }: ChangedThing, defaultSchema: string) => {
  if (thing.kind === 'schema' || thing.kind === 'extension') return { ...thing, schema: '', name };
  return { ...thing, ...namePartsIn(defaultSchema, name) };
};
