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

/** How many pairs of an old and a new name are compared letter by letter; where there are more, no new name is likely. */
const MOST_PAIRS = 10_000;

/** What stands for the new name where there are too many to find the likely ones. */
const PLACEHOLDER = 'NEW_NAME';

interface ColumnName {
  readonly table: string;
  readonly name: string;
}

/** The new columns that a dropped one may have become, generated ones of a generated one only: those of its type first, then the nearest names. */
function columnsFor({ table, name }: ColumnName, upgrade: readonly Operation[], downgrade: readonly Operation[]) {
  const traffic = trafficOf(upgrade).columns.get(table) ?? none;
  if (traffic.created.has(name)) return [];
  if (isTooMuch(traffic)) return [PLACEHOLDER];
  const former = trafficOf(downgrade).columns.get(table)?.created.get(name);
  const isAlike = (column: Column) => !former || (former.generated === undefined) === (column.generated === undefined);
  const nearest = nearestFirst(name, traffic.fresh.filter(isAlike), column => column.name);
  const isRetyped = ({ type }: Column) => Number(type !== former?.type);
  return nearest.sort((a, b) => isRetyped(a) - isRetyped(b)).map(column => column.name);
}

function tablesFor(name: string, upgrade: readonly Operation[]): readonly string[] {
  const { tables } = trafficOf(upgrade);
  if (tables.created.has(name)) return [];
  return isTooMuch(tables) ? [PLACEHOLDER] : nearestFirst(name, tables.fresh, each => each);
}

/** Tables, or columns of a table, that operations create and drop. */
interface Arrivals<Created> {
  readonly created: ReadonlyMap<string, Created>;
  readonly dropped: ReadonlySet<string>;
  /** What is created under a name that nothing had before. */
  readonly fresh: readonly Created[];
}

const none: Arrivals<Column> = { created: new Map(), dropped: new Set(), fresh: [] };

const isTooMuch = ({ dropped, fresh }: Arrivals<unknown>): boolean => dropped.size * fresh.length > MOST_PAIRS;

interface TrafficNames {
  readonly tables: Arrivals<string>;
  readonly columns: ReadonlyMap<string, Arrivals<Column>>;
}

/** Asked for each operation that drops something, and worked out once. */
const known = new WeakMap<readonly Operation[], TrafficNames>();

function trafficOf(operations: readonly Operation[]): TrafficNames {
  const found = known.get(operations) ?? namesIn(operations);
  known.set(operations, found);
  return found;
}

function namesIn(operations: readonly Operation[]): TrafficNames {
  const tables = { created: new Map<string, string>(), dropped: new Set<string>() };
  const columns = new Map<string, { readonly created: Map<string, Column>; readonly dropped: Set<string> }>();
  const columnsOf = (table: string) => {
    const those = columns.get(table) ?? { created: new Map<string, Column>(), dropped: new Set<string>() };
    columns.set(table, those);
    return those;
  };
  for (const each of operations) {
    if (each.op === 'createTable') tables.created.set(each.name, each.name);
    if (each.op === 'dropTable') tables.dropped.add(each.name);
    if (each.op === 'addColumn') columnsOf(each.table).created.set(each.column.name, each.column);
    if (each.op === 'dropColumn') columnsOf(each.table).dropped.add(each.name);
  }
  return {
    tables: withFresh(tables),
    columns: new Map([...columns].map(([table, names]) => [table, withFresh(names)])),
  };
}

const withFresh = <Created>(names: Omit<Arrivals<Created>, 'fresh'>): Arrivals<Created> => ({
  ...names,
  fresh: [...names.created].flatMap(([name, created]) => (names.dropped.has(name) ? [] : [created])),
});

/** In double quotes, unless a shell would read something into these. */
const shellWord = (word: string): string =>
  /[$`"\\!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
