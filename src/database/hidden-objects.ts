import { MigrationError } from '../errors.ts';
import type { Schema } from '../objects/kinds.ts';
import { namePartsIn, nameSeenFrom } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** What entities declare is there, and this role may not see it. */
export class HiddenObjectsError extends MigrationError {
  override readonly name = 'HiddenObjectsError';
  /** As in `table ticket` and `column ticket.title`. */
  readonly objects: readonly string[];

  constructor(objects: readonly string[], role: string) {
    const shown = objects.slice(0, 10).join(', ') + (objects.length > 10 ? ` and ${objects.length - 10} more` : '');
    super(
      `The role ${role} has no privilege on ${shown}, which therefore cannot be compared: GRANT SELECT on tables, and USAGE on ` +
        'schemas, to it, or compare as the role that migrates.',
    );
    this.objects = objects;
  }
}

/** Something that is declared and was not found. */
interface Missing {
  readonly schema: string;
  readonly table?: string;
  readonly column?: string;
}

/**
 * What is declared and was not found may be there all the same: `information_schema` hides what a role has no privilege on.
 * One query, where something was not found at all.
 * @throws HiddenObjectsError
 */
export async function assertNothingHidden(
  connection: Connection,
  {
    declared,
    found,
    defaultSchema,
  }: { readonly declared: Schema; readonly found: Schema; readonly defaultSchema: string },
): Promise<void> {
  const missing = missingIn(found, declared, defaultSchema);
  if (missing.length === 0) return;
  const lists = [
    missing.map(({ schema }) => schema),
    missing.map(({ table }) => table ?? null),
    missing.map(({ column }) => column ?? null),
  ];
  const { hidden } = await readCatalog(connection, { hidden: hiddenQuery }, defaultSchema, lists);
  if (hidden.length === 0) return;
  const names = hidden.map(({ position }) => describe(missing[position - 1]!, defaultSchema));
  throw new HiddenObjectsError(names, hidden[0].role);
}

function missingIn(found: Schema, declared: Schema, defaultSchema: string): readonly Missing[] {
  const schemas = [...declared.namespaces.keys()].filter(name => !found.namespaces.has(name));
  const parts = [...declared.tables.values()].flatMap(({ name, columns }) => {
    const { schema, name: table } = namePartsIn(defaultSchema, name);
    const live = found.tables.get(name);
    if (!live) return [{ schema, table }];
    const known = new Set(live.columns.map(column => column.name));
    return columns.filter(column => !known.has(column.name)).map(column => ({ schema, table, column: column.name }));
  });
  return [...schemas.map(schema => ({ schema })), ...parts];
}

function describe({ schema, table, column }: Missing, defaultSchema: string): string {
  if (table === undefined) return `schema ${schema}`;
  const name = nameSeenFrom(defaultSchema, schema, table);
  return column === undefined ? `table ${name}` : `column ${name}.${column}`;
}

/** The conditions are those of `information_schema`. */
const hiddenQuery = `
  SELECT w.position::int AS position, current_user AS role
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY w(schema, relation, part, position)
  JOIN pg_namespace n ON n.nspname = w.schema
  LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.part AND a.attnum > 0 AND NOT a.attisdropped
  WHERE CASE
    WHEN w.relation IS NULL THEN NOT (pg_has_role(n.nspowner, 'USAGE') OR has_schema_privilege(n.oid, 'CREATE, USAGE'))
    WHEN c.oid IS NULL OR pg_has_role(c.relowner, 'USAGE') THEN false
    WHEN w.part IS NULL THEN NOT (
      has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
      OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
    WHEN a.attnum IS NULL THEN false
    ELSE NOT has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES') END
  ORDER BY 1`;
