import { isName, tokensOf } from '../sql/lexer.ts';
import { nameParts, qualify, unquoteIdentifier, type QualifiedName } from '../sql/name.ts';
import type { Index } from './index-definition.ts';
import type { Column } from './tables/table.ts';

/**
 * The collation that a column leaves. PostgreSQL tells no collation of an index's own from the one of its column, where they
 * are the same: the index that it makes anew for another one of the column has that.
 */
export function collationLeft(from: Column, to: Column): QualifiedName | undefined {
  const [former, next] = [collationOf(from), collationOf(to)];
  return former === next ? undefined : former;
}

/** Without its own, that of its type. */
const collationOf = ({ collation, type }: Column): QualifiedName =>
  bareOfBuiltIn(collation ?? (type === 'name' ? 'C' : 'default'));

const bareOfBuiltIn = (collation: QualifiedName): QualifiedName => {
  const { schema, name } = nameParts(collation);
  return schema === 'pg_catalog' ? qualify(undefined, name) : collation;
};

/** Whether an index has a collation of its own for a column, or for an expression. */
export const indexHasCollation = ({ columns }: Index, column: string, collation: QualifiedName): boolean =>
  columns.some(
    key =>
      typeof key !== 'string' &&
      (key.column === column || key.expression !== undefined) &&
      key.collation !== undefined &&
      bareOfBuiltIn(unquoted(key.collation)) === collation,
  );

/** Whether a definition that PostgreSQL has spelled names a collation. */
export const definitionHasCollation = (definition: string, collation: QualifiedName): boolean =>
  tokensOf(definition).some(
    (token, i, tokens) => token === 'COLLATE' && bareOfBuiltIn(nameIn(tokens.slice(i + 1))) === collation,
  );

const unquoted = (name: QualifiedName): QualifiedName => {
  const { schema, name: bare } = nameParts(name);
  return qualify(schema, bare);
};

/** The name that a text begins with. */
function nameIn([first = '', dot, second = '']: readonly string[]): QualifiedName {
  return dot === '.' && isName(second)
    ? qualify(unquoteIdentifier(first), unquoteIdentifier(second))
    : qualify(undefined, unquoteIdentifier(first));
}
