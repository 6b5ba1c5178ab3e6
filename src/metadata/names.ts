import { nameSeenFrom, truncated, type QualifiedName } from '../sql/name.ts';
import type { Declarations } from './entity-metadata.ts';

/** The names of what entities declare, as the connection will see them. */
export interface Names {
  /** The connection's own schema. */
  readonly own: string;
  /** The name of an object in a schema; without one, in the connection's own. */
  in(schema: string | undefined, name: string): QualifiedName;
  /** The name of an entity's table or view. */
  of(entity: Located): QualifiedName;
}

interface Located {
  readonly tableName: string;
  readonly schema?: string | undefined;
}

/** An entity's table or view as it is declared. TypeORM reads `@Entity('audit.event')` as a table of another schema. */
export function partsOf({ tableName, schema }: Located): {
  readonly schema: string | undefined;
  readonly name: string;
} {
  const [first = '', second] = tableName.split('.');
  return second === undefined
    ? { schema: schema || undefined, name: first }
    : { schema: schema || first, name: second };
}

/** @param given the connection's own schema: what the DataSource says, or `public`, by default */
export function namesOf({ options }: Declarations, given: string | undefined): Names {
  const own = options.schema || undefined;
  const defaultSchema = given ?? own ?? 'public';
  const nameIn = (schema: string | undefined, name: string) =>
    nameSeenFrom(defaultSchema, schema === undefined ? defaultSchema : identifier(schema), identifier(name));
  return {
    own: defaultSchema,
    in: nameIn,
    of(entity) {
      const { schema = own, name } = partsOf(entity);
      return nameIn(schema, name);
    },
  };
}

/** An identifier as PostgreSQL keeps it. Most are so short that their bytes need not be counted. */
export const identifier = (name: string): string => (name.length <= 21 ? name : truncated(name));
