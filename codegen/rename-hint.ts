import type { Operation } from '../src/objects/kinds.ts';
import type { Column } from '../src/objects/tables/table.ts';
import { nearestFirst } from '../src/suggestions.ts';

/** What one direction of a revision drops and creates, where something created may be something dropped under a new name. */
export interface Traffic {
  /** All operations of the upgrade. */
  readonly upgrade: readonly Operation[];
  /** Those of the downgrade, which tell what the dropped columns were. */
  readonly downgrade: readonly Operation[];
}

/**
 * What to run again with, where an object goes and another one comes that may be the same under a new name: a comparison
 * cannot tell, and a guess could lose rows or keep the wrong ones.
 */
export function renameHint(operation: Operation, { upgrade, downgrade }: Traffic): string | undefined {
  const [from, candidates] =
    operation.op === 'dropColumn'
      ? [`${operation.table}.${operation.name}`, columnsFor(operation, upgrade, downgrade)]
      : operation.op === 'dropTable'
        ? [operation.name, tablesFor(operation.name, upgrade)]
        : ['', []];
  if (candidates.length === 0) return undefined;
  const told = candidates.slice(0, MOST).map(to => `--rename ${shellWord(`${from}:${to}`)}`);
  const more = candidates.length > MOST ? ', or with another new name' : '';
  return `Was it renamed? Then discard this revision, and generate it again with ${told.join(' or ')}${more}: its rows stay.`;
}

/** How many new names a comment lists. */
const MOST = 3;

interface ColumnName {
  readonly table: string;
  readonly name: string;
}

/** The new columns that a dropped one may have become, generated ones of a generated one only: those of its type first, then the nearest names. */
function columnsFor({ table, name }: ColumnName, upgrade: readonly Operation[], downgrade: readonly Operation[]) {
  const former = addedTo(table, downgrade).find(column => column.name === name);
  const dropped = upgrade.flatMap(each => (each.op === 'dropColumn' && each.table === table ? [each.name] : []));
  const added = addedTo(table, upgrade);
  if (added.some(column => column.name === name)) return [];
  const isAlike = (column: Column) => !former || (former.generated === undefined) === (column.generated === undefined);
  const alike = added.filter(column => isAlike(column) && !dropped.includes(column.name));
  const nearest = nearestFirst(name, alike, column => column.name);
  const isRetyped = ({ type }: Column) => Number(type !== former?.type);
  return nearest.sort((a, b) => isRetyped(a) - isRetyped(b)).map(column => column.name);
}

const addedTo = (table: string, operations: readonly Operation[]): readonly Column[] =>
  operations.flatMap(each => (each.op === 'addColumn' && each.table === table ? [each.column] : []));

function tablesFor(name: string, upgrade: readonly Operation[]): readonly string[] {
  const dropped = upgrade.flatMap(each => (each.op === 'dropTable' ? [each.name] : []));
  const created = upgrade.flatMap(each => (each.op === 'createTable' ? [each.name] : []));
  if (created.includes(name)) return [];
  const others = created.filter(each => !dropped.includes(each));
  return nearestFirst(name, others, each => each);
}

/** In double quotes, unless a shell would read something into these. */
const shellWord = (word: string): string =>
  /[$`"\\!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
