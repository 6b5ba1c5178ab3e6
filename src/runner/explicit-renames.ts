import { leavingBoth, lostBy, undoneBy } from '../compare/rename-outcomes.ts';
import { renamedBefore } from '../compare/renamed-before.ts';
import {
  applyRenames,
  RenameConflictError,
  UnknownRenameError,
  withoutDefaultSchema,
  type Renamed,
  type Renames,
} from '../compare/renames.ts';
import type { Place } from '../objects/address.ts';
import { effectOf } from '../objects/effects.ts';
import type { Operation, Registry, Schema } from '../objects/kinds.ts';
import { bareName, splitPartName } from '../sql/name.ts';
import { type History, upgradesIn } from './history-operations.ts';

interface Options {
  readonly defaultSchema: string;
  readonly kinds: Registry;
  readonly history: History;
  /** What the entities say. */
  readonly declared: Schema;
  /** Those of the renames that are asked for now: they are made whatever revisions have made. */
  readonly asked?: Renames;
}

/**
 * Carry out the renames of the configuration. It may keep one that a revision has made, even where what was renamed has
 * another name again since, or is gone, or where something new goes by the old one.
 * @throws UnknownRenameError where neither the old name nor the new one is there, and no revision renamed the old one
 * @throws RenameConflictError where both are there, nothing is declared by the old name, and no revision renamed it
 */
export async function withExplicitRenames(live: Schema, given: Renames, options: Options): Promise<Renamed> {
  const [applied, renames] = await withoutRepeated(live, given, options);
  const isUndone = firstOf(undoneBy(options.declared, applied)) !== undefined;
  const renamed = isUndone
    ? applyRenames(live, withoutMade(renames, await upgradesIn(options.history), options), options)
    : applied;
  const lost = lostBy(options.declared, renamed);
  if (firstOf(lost) === undefined) return renamed;
  const conflict = firstOf(withoutMade(lost, await upgradesIn(options.history), options));
  if (conflict) throw new RenameConflictError(...conflict);
  return renamed;
}

/**
 * The renames without those that a revision has made and whose old names the entities declare too: they are something new,
 * or change hands in a ring that was made before.
 */
async function withoutRepeated(live: Schema, given: Renames, options: Options): Promise<readonly [Renamed, Renames]> {
  const { defaultSchema, asked = {} } = options;
  const renames = withoutDefaultSchema(given, defaultSchema);
  const applied = await withoutUnknown(live, renames, options);
  const doubtful = allBut(leavingBoth(options.declared, applied), withoutDefaultSchema(asked, defaultSchema));
  if (firstOf(doubtful) === undefined) return [applied, renames];
  const repeated = renamedBefore(doubtful, await options.history(), options);
  if (firstOf(repeated) === undefined) return [applied, renames];
  const left = allBut(renames, repeated);
  return [await withoutUnknown(live, left, options), left];
}

/** Renames without those of the same old names. */
const allBut = (renames: Renames, others: Renames): Renames =>
  Object.fromEntries(
    (['tables', 'enums', 'columns', 'enumLabels'] as const).map(key => [
      key,
      Object.fromEntries(Object.entries(renames[key] ?? {}).filter(([from]) => others[key]?.[from] === undefined)),
    ]),
  );

async function withoutUnknown(live: Schema, renames: Renames, options: Options): Promise<Renamed> {
  try {
    return applyRenames(live, renames, options);
  } catch (error) {
    if (!(error instanceof UnknownRenameError)) throw error;
    const history = await upgradesIn(options.history);
    return applyRenames(live, withoutMade(renames, history, options), options);
  }
}

const firstOf = ({ tables, enums, columns, enumLabels }: Renames): readonly [string, string] | undefined =>
  [tables, enums, columns, enumLabels].flatMap(each => Object.entries(each ?? {}))[0];

/** The renames whose old name no revision gave another one. */
function withoutMade(renames: Renames, history: readonly Operation[], { kinds, defaultSchema }: Options): Renames {
  const renamed = history.flatMap(operation => effectOf(operation, kinds, defaultSchema).renames ?? []);
  const namesOf = (place: Place) => renamed.map(([from]) => from).filter(from => from.place === place);
  const labels = history.flatMap(each => (each.op === 'renameEnumValue' ? [each.from] : []));
  return {
    tables: without(
      renames.tables,
      namesOf('relation').map(({ name }) => bareName(name)),
      bareName,
    ),
    enums: without(
      renames.enums,
      namesOf('type').map(({ name }) => bareName(name)),
      bareName,
    ),
    columns: without(
      renames.columns,
      namesOf('column').map(({ name }) => name),
      partOf,
    ),
    enumLabels: without(renames.enumLabels, labels, partOf),
  };
}

const partOf = (path: string): string => splitPartName(path).name;

const without = (
  renames: Readonly<Record<string, string>> = {},
  made: readonly string[],
  nameIn: (text: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(renames).filter(([from]) => !made.includes(nameIn(from))));
