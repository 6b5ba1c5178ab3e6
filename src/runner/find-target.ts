import { enumRenames, renamedEnums } from '../compare/enum-renames.ts';
import { newNames } from '../compare/new-names.ts';
import { withOwnTexts } from '../compare/own-texts.ts';
import { renameIn } from '../compare/rename-in.ts';
import { assertRenamesDeclared } from '../compare/rename-outcomes.ts';
import { inverse, type Renamed, type Renames } from '../compare/renames.ts';
import { withExplicitRenames } from './explicit-renames.ts';
import { canonical } from '../database/canonical.ts';
import { withLiveLiterals } from '../database/canonical-literals.ts';
import type { Connection } from '../database/connection.ts';
import { assertNothingHidden } from '../database/hidden-objects.ts';
import { assertNamesFree } from '../database/names-taken.ts';
import { withRenamedLabels } from '../database/renamed-labels.ts';
import { builtIn, type Registry, type Schema } from '../objects/kinds.ts';
import type { History } from './history-operations.ts';
import { readSides, type Project } from './read-sides.ts';
import { selectTarget } from './select-target.ts';

interface Naming {
  readonly defaultSchema: string;
  readonly kinds: Registry;
}

/** What a comparison of the database with a target needs. */
export interface Comparing extends Naming {
  readonly declared: Schema;
  readonly live: Schema;
  readonly renamed: Renamed;
  /** The names that things have in the database until they are renamed. */
  readonly old: Renames;
  readonly schemas: readonly string[];
}

/**
 * What is to be in the database: read both sides, carry out the explicit renames, filter, spell both in PostgreSQL's words,
 * and leave alone what is not this project's.
 * @throws NameTakenError where something else has a name that is needed, and the errors of explicit renames
 */
export async function findTarget(
  connection: Connection,
  project: Project,
  history: History,
): Promise<readonly [comparing: Comparing, target: Schema]> {
  const { config, defaultSchema } = project;
  const kinds = config.kinds ?? builtIn;
  const { declared, live, seen, schemas } = await readSides(connection, project, history);
  const renamed = await withExplicitRenames(live, config.renames, { ...project, kinds, history, declared }).catch(
    async (error: unknown) => {
      const tables = new Map(Object.keys(config.renames?.tables ?? {}).map(name => [name, { name, columns: [] }]));
      await assertNothingHidden(connection, { declared: { ...live, tables }, found: live, defaultSchema });
      throw error;
    },
  );
  await assertNothingHidden(connection, { declared, found: renamed.schema, defaultSchema });
  const spelled = await withRenamedLabels(connection, renamed.operations, session =>
    canonical(session, declared, renamed.schema, live.enums),
  );
  const selected = await selectTarget({ ...renamed, seen: seen(renamed.schema) }, spelled, project, history);
  assertRenamesDeclared(selected, renamed, renamedEnums(renamed.schema, selected));
  const old = oldNames(renamed, selected);
  const texts = withOwnTexts(selected, { declared, live: renamed.schema, old });
  // What PostgreSQL could not be asked about while the enum goes by another name.
  const target = withLiveLiterals(texts, withEnumsRenamed(renamed.schema, texts, { defaultSchema, kinds }).schema);
  const wanted = newNames({ live, renamed: renamed.schema, target }, kinds);
  await assertNamesFree(connection, wanted.names, defaultSchema);
  if (wanted.taken) throw wanted.taken;
  return [{ declared, live, renamed, old, schemas, defaultSchema, kinds }, target];
}

/** Labels go by the name that their enum had. */
const oldNames = ({ schema, made }: Renamed, target: Schema): Renames =>
  inverse({ ...made, enums: { ...renamedEnums(schema, target), ...made.enums } });

/** The schema with the enums that columns tell by other names, unless these are still taken, and the operations. */
export function withEnumsRenamed(live: Schema, target: Schema, { defaultSchema, kinds }: Naming) {
  const renamings = enumRenames(live, target, defaultSchema).filter(({ waits }) => !waits);
  const operations = renamings.flatMap(({ operations: each }) => each);
  const schema = operations.reduce((before, rename) => renameIn(before, rename, defaultSchema, kinds), live);
  return { operations, schema };
}
