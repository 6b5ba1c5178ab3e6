import type { EnumType } from '../objects/enums.ts';
import { quoteText } from '../sql/literal.ts';
import { nameParts, qualify, quoteIdentifier, typeNameIn, type QualifiedName } from '../sql/name.ts';
import { replaceQualifiedNames, type QualifiedMention } from '../sql/qualified-names.ts';

type Named = Pick<EnumType, 'name'>;

/** Enums that are made for the occasion, by the names that they are to have, with the names that they go by meanwhile. */
export type TemporaryEnums = ReadonlyMap<QualifiedName, string>;

/**
 * PostgreSQL finds a temporary type before any other of its name. One of the connection's own schema goes by its own name;
 * one of another schema, or one named like a built-in type, gets a name that no text mentions.
 */
export const temporaryEnums = (enums: readonly Named[]): TemporaryEnums =>
  new Map(
    enums.map(({ name }, i) => {
      const parts = nameParts(name);
      return [name, parts.schema === undefined ? parts.name : `stand_in_enum_${i}`] as const;
    }),
  );

/** @param names those of all enums that are made */
export const createTemporaryEnum = ({ name, labels }: EnumType, names: TemporaryEnums): string =>
  `CREATE TYPE ${temporaryName(names.get(name)!)} AS ENUM (${labels.map(quoteText).join(', ')})`;

/** The text of a column's type. */
export function temporaryType(type: string, names: TemporaryEnums): string {
  const name = names.get(typeNameIn(type));
  return name === undefined ? type : `${temporaryName(name)}${/(\[\])*$/.exec(type)![0]}`;
}

/** What stands for a name with a schema where that is one of the enums. */
export function temporaryMention(
  { schema, name, isType }: QualifiedMention,
  names: TemporaryEnums,
  own: string,
): string | undefined {
  const found = names.get(qualify(schema, name)) ?? (schema === own ? names.get(qualify(undefined, name)) : undefined);
  return isType && found !== undefined ? temporaryName(found) : undefined;
}

/** An expression that mentions the enums, about the temporary ones. */
export const withTemporaryEnums = (sql: string, names: TemporaryEnums, own: string): string =>
  replaceQualifiedNames(sql, mention => temporaryMention(mention, names, own));

const temporaryName = (name: string): string => `pg_temp.${quoteIdentifier(name)}`;
