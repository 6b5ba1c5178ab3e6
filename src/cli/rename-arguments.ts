import type { Renames } from '../compare/renames.ts';
import type { Schema } from '../objects/kinds.ts';
import { splitPartName } from '../sql/name.ts';
import { UsageError } from './usage-error.ts';

interface Rename {
  readonly from: string;
  readonly to: string;
}

/**
 * What `--rename OLD:NEW` stands for: a table, a column (`ticket.state:status`), an enum, or a label of one, told by what
 * the entities declare under the new name. Throws UsageError for what is not `OLD:NEW`.
 */
export function renamesFrom(given: readonly string[], target: Pick<Schema, 'tables' | 'enums'>): Renames {
  const renames = given.map(read);
  const kinds = renames.map(rename => ({ ...rename, kind: kindOf(rename, renames, target) }));
  const among = (kind: keyof Renames) =>
    Object.fromEntries(kinds.filter(each => each.kind === kind).map(({ from, to }) => [from, to]));
  return { tables: among('tables'), columns: among('columns'), enums: among('enums'), enumLabels: among('enumLabels') };
}

function read(text: string): Rename {
  const [from, to, ...others] = text.split(':');
  if (from && to && others.length === 0) return { from, to };
  throw new UsageError(
    `--rename was given "${text}"; expected OLD:NEW, as in ticket:case for a table or ticket.state:status for a column.`,
  );
}

function kindOf(
  { from, to }: Rename,
  all: readonly Rename[],
  { tables, enums }: Pick<Schema, 'tables' | 'enums'>,
): keyof Renames {
  const owner = from.slice(0, Math.max(from.lastIndexOf('.'), 0));
  const owners = [owner, ...all.filter(each => each.from === owner).map(each => each.to)];
  const tablesOfOwner = owners.flatMap(name => (owner && tables.get(name)) || []);
  const isColumn = tablesOfOwner.some(({ columns }) => columns.some(({ name }) => name === to));
  // A table may be called like the schema that another one leaves.
  const isTable = tables.has(to) || !['', ...owners].includes(splitPartName(to).owner);
  if (tablesOfOwner.length > 0 && (isColumn || !isTable)) return 'columns';
  if (owner && owners.some(name => enums.has(name))) return 'enumLabels';
  if (tables.has(to)) return 'tables';
  if (enums.has(to)) return 'enums';
  return owner && !to.includes('.') ? 'columns' : 'tables';
}
