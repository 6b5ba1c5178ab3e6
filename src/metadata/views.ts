import type { EntityMetadata } from 'typeorm';
import { withoutSemicolon, type View } from '../objects/views.ts';
import { replaceParameters } from '../sql/lexer.ts';
import { quoteLiteral } from '../sql/literal.ts';
import type { QualifiedName } from '../sql/name.ts';
import type { Declarations } from './entity-metadata.ts';
import { ViewDefinitionError } from './errors.ts';
import type { Names } from './names.ts';
import { relationsRead } from './relations-read.ts';

/** What a view's query builder is asked. */
interface Query {
  getQueryAndParameters(): [sql: string, parameters: unknown[]];
}

export const isView = ({ tableType }: EntityMetadata): boolean => tableType === 'view';

export const isMaterialized = ({ tableMetadataArgs }: EntityMetadata): boolean =>
  Boolean(tableMetadataArgs.materialized);

/**
 * A view entity's view. It reads what `dependsOn` says and what its text names, relations that others made among them; a name
 * that is none, of a common table expression or a function, does no harm.
 * @throws ViewDefinitionError where its expression fails, or has a parameter that cannot be spelled out
 */
export function viewOf(entity: EntityMetadata, declarations: Declarations, names: Names): View {
  const name = names.of(entity);
  const definition = definitionOf(entity, declarations, name);
  const reads = new Set([
    ...dependenciesOf(entity, declarations, names),
    ...relationsRead(definition).map(({ schema, name: relation }) => names.in(schema, relation)),
  ]);
  reads.delete(name);
  return { name, definition, reads: [...reads].sort() };
}

function definitionOf({ expression }: EntityMetadata, { dataSource }: Declarations, view: QualifiedName): string {
  if (typeof expression === 'string') return withoutSemicolon(expression);
  if (expression === undefined) throw new ViewDefinitionError(view, 'is missing: give its @ViewEntity an expression.');
  let query: [string, unknown[]];
  try {
    query = (expression(dataSource) as unknown as Query).getQueryAndParameters();
  } catch (error) {
    const reason = (error as Error | undefined)?.message ?? String(error);
    throw new ViewDefinitionError(
      view,
      `cannot be built without a connection (${reason}): let its expression use only the DataSource it is given.`,
      error,
    );
  }
  return withoutSemicolon(withParameters(...query, view));
}

/** TypeORM leaves the parameters of a query builder in a view's text, where PostgreSQL cannot have any. */
function withParameters(sql: string, parameters: readonly unknown[], view: QualifiedName): string {
  if (parameters.length === 0) return sql;
  return replaceParameters(sql, position => {
    const value = parameters[position - 1];
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') {
      throw new ViewDefinitionError(
        view,
        `has a parameter whose value is ${String(value)}, which cannot be written into SQL: write the condition out.`,
      );
    }
    return quoteLiteral(value);
  });
}

/** `dependsOn` holds classes, names of entities and names of views. */
function dependenciesOf({ dependsOn }: EntityMetadata, { entities }: Declarations, names: Names): QualifiedName[] {
  if (!dependsOn || dependsOn.size === 0) return [];
  return entities
    .filter(({ target, name, tableName }) => [target, name, tableName].some(each => dependsOn.has(each)))
    .map(entity => names.of(entity));
}
