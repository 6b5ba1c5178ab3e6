import type { Client } from 'pg';
import { announcesLoss } from './announced.ts';
import { movesOf, type Place, type Sides } from './moves.ts';
import { RENAMED } from './mutate.ts';

/** The text of each column's values, in the order of the alphabet; null where the table is empty. */
type Columns = Readonly<Record<string, readonly (string | null)[] | null>>;

/** What each table holds, by its schema and name. */
export type Rows = ReadonlyMap<string, Columns>;

/** Reads the rows of all tables, junctions and closures included, with whatever columns they have. */
export async function rowsOf(client: Client): Promise<Rows> {
  const { rows: queries } = await client.query<{ query: string }>(queriesOfTables);
  const { rows } = await client.query<{ table: string; columns: Columns }>(
    queries.map(({ query }) => query).join(' UNION ALL '),
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

const queriesOfTables = `
  SELECT format('SELECT %L AS table, json_build_object(%s) AS columns FROM %I.%I', n.nspname || '.' || c.relname,
           (SELECT string_agg(format('%L, json_agg(%I::text ORDER BY %I::text)', attname, attname, attname), ', ')
              FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), n.nspname, c.relname) AS query
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'others')
     AND c.relname !~ '^(alembic_version|typeorm_metadata)'`;

/** What the upgrade loses or changes although the file does not say so; empty where all is well. */
export const silentLosses = (sides: Sides, start: Rows, end: Rows, source: string): string[] =>
  keptTables(sides, start).flatMap(kept =>
    lossesOf(kept, { found: end.get(kept.now), newNameOf: kept.newNameOf }, (...names) =>
      announcesLoss(source, 'upgrade', ...names),
    ),
  );

/** What is not as it was after the way there and back, although the file does not say so in either direction. */
export const silentLossesOfBoth = (sides: Sides, start: Rows, back: Rows, source: string): string[] =>
  keptTables(sides, start).flatMap(kept =>
    lossesOf(kept, { found: back.get(kept.was), newNameOf: name => name }, (_, ...columns) =>
      [nameIn(kept.was), nameIn(kept.now)].some(table =>
        [columns, columns.map(kept.newNameOf)].some(names =>
          (['upgrade', 'downgrade'] as const).some(direction => announcesLoss(source, direction, table, ...names)),
        ),
      ),
    ),
  );

/** A table that had rows: where it was and where it is to be, and what its columns are called then. */
interface Kept {
  readonly was: string;
  readonly now: string;
  readonly columns: Columns;
  newNameOf(column: string): string;
}

function keptTables(sides: Sides, start: Rows): readonly Kept[] {
  const moves = new Map(movesOf(sides).map(move => [keyOf(move.from, sides), move]));
  return [...start].map(([was, columns]) => {
    const move = moves.get(was);
    const renamed = new Map(move?.columns);
    return {
      was,
      now: move ? keyOf(move.to, sides) : was,
      columns,
      newNameOf: name => renamed.get(name) ?? name,
    };
  });
}

function lossesOf(
  { now, columns }: Kept,
  { found, newNameOf }: { readonly found: Columns | undefined; newNameOf(column: string): string },
  isAnnounced: (table: string, ...columns: readonly string[]) => boolean,
): string[] {
  const name = nameIn(now);
  if (countOf(columns) === 0) return [];
  if (!found) return isAnnounced(name) ? [] : [`${name} is dropped without a word`];
  if (countOf(columns) !== countOf(found))
    return isAnnounced(name) ? [] : [`${name} had ${countOf(columns)} rows and has ${countOf(found)}`];
  return Object.entries(columns).flatMap(([old, values]) => {
    const column = newNameOf(old);
    const kept = found[column];
    if (!kept) return isAnnounced(name, column) ? [] : [`${name}.${column} is dropped without a word`];
    const [before, after] = [values ?? [], kept].map(each => JSON.stringify(each.map(comparable).sort()));
    if (before === after || isAnnounced(name, column)) return [];
    return [`${name}.${column} was ${before} and is ${after}`];
  });
}

const countOf = (columns: Columns): number => Object.values(columns)[0]?.length ?? 0;

const keyOf = ({ schema, name }: Place, { before }: Sides): string => `${schema ?? before.home ?? 'public'}.${name}`;

const nameIn = (key: string): string => key.slice(key.indexOf('.') + 1);

/** Numbers, money and booleans count by their value, bytes by the text that they are; neither the blanks that `char` pads with, nor midnight, nor a label's new name count. */
function comparable(text: string | null): string | null {
  if (text === null) return null;
  if (text === 'true' || text === 'false') return String(Number(text === 'true'));
  if (/^\\x([\da-f]{2})*$/.test(text)) return Buffer.from(text.slice(2), 'hex').toString();
  const number = /^-?\$[\d,]+\.\d\d$/.test(text) ? text.replace(/[$,]/g, '') : text;
  if (text !== '' && Number.isFinite(Number(number))) return String(Number(number));
  return text
    .replaceAll(RENAMED, '')
    .replaceAll('"', '')
    .trimEnd()
    .replace(/ 00:00:00$/, '');
}
