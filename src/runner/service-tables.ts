import type { DataSource } from 'typeorm';
import { withoutRelations } from '../compare/without-relations.ts';
import type { ResolvedConfig } from '../config.ts';
import type { Schema } from '../objects/kinds.ts';
import { OF_TYPEORM } from '../objects/tables/table.ts';
import { qualify, type QualifiedName } from '../sql/name.ts';

/**
 * A schema of the database without the tables that serve TypeORM or this library, and without what rests on them.
 * @param schema as `introspect` gives it, with a mark on TypeORM's
 * @param declared what the entities declare: such a table is theirs
 */
export function withoutServiceTables(
  schema: Schema,
  dataSource: DataSource,
  config: ResolvedConfig,
  defaultSchema: string,
  declared?: Schema,
): Schema {
  const ofTypeorm = [...schema.tables.values()].filter(table => table[OF_TYPEORM]).map(({ name }) => name);
  const names = [...ownTables(dataSource, config, defaultSchema), ...ofTypeorm];
  const hidden = names.filter(name => !declared?.tables.has(name));
  return withoutRelations(schema, new Set(hidden), config.kinds);
}

/** The version table and its log. */
function ownTables(
  { options }: DataSource,
  { versionTable, versionTableSchema }: ResolvedConfig,
  defaultSchema: string,
): readonly QualifiedName[] {
  const schema = versionTableSchema ?? (options as { readonly schema?: string }).schema;
  return [versionTable, `${versionTable}_log`].map(name =>
    qualify(schema === defaultSchema ? undefined : schema, name),
  );
}
