import type { Schema } from '../objects/kinds.ts';

/** A schema whose objects may be replaced: what PostgreSQL says of them is put into a copy. */
export type MutableSchema = { readonly [Kind in keyof Schema]: Map<string, any> };

export const mutable = (schema: Schema): MutableSchema =>
  Object.fromEntries(
    Object.entries(schema).map(([kind, objects]) => [kind, new Map<string, unknown>(objects)]),
  ) as unknown as MutableSchema;
