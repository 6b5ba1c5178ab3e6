import type { Client } from 'pg';
import { announcesLoss } from './announced.ts';
import { relationOf, type EntitySet } from './entity-set.ts';
import { RENAMED } from './mutate.ts';
import { survivors } from './pair.ts';

/** The rows of each table that is in both sets: the text of each column that is in both. */
export type Rows = ReadonlyMap<string, readonly Readonly<Record<string, string | null>>[]>;

interface Sides {
  readonly before: EntitySet;
  readonly after: EntitySet;
}

/** Reads the rows as the tables are named on one side. */
export async function rowsOf(client: Client, sides: Sides, side: keyof Sides): Promise<Rows> {
  const rows = new Map<string, readonly Record<string, string | null>[]>();
  for (const [old, now] of survivors(sides)) {
    const shared = (side === 'before' ? old : now).columns.filter(({ id }) =>
      [old, now].every(table => table.columns.some(column => column.id === id)),
    );
    const columns = shared.map(({ id, name }) => `"${name}"::text AS "${id}"`).join(', ');
    const { rows: found } = await client.query(`SELECT ${columns} FROM ${relationOf(side === 'before' ? old : now)}`);
    rows.set(old.id, found);
  }
  return rows;
}

/** What is lost or changed although the file does not say so; empty where all is well. */
export function silentLosses(
  sides: Sides,
  { start, end, source }: { start: Rows; end: Rows; source: string },
): string[] {
  return survivors(sides).flatMap(([old, now]) => {
    const [before, after] = [start.get(old.id)!, end.get(old.id)!];
    if (before.length !== after.length) {
      return announcesLoss(source, 'upgrade', now.name)
        ? []
        : [`${now.name} had ${before.length} rows and has ${after.length}`];
    }
    return old.columns.flatMap(({ id, name }) => {
      const kept = now.columns.find(column => column.id === id);
      if (kept?.options.enum?.[0]?.startsWith(RENAMED)) return [];
      if (!kept) return announcesLoss(source, 'upgrade', now.name, name) ? [] : [`${name} is dropped without a word`];
      const [olds, news] = [before, after].map(rows => rows.map(row => comparable(row[id])).sort());
      if (JSON.stringify(olds) === JSON.stringify(news)) return [];
      return announcesLoss(source, 'upgrade', now.name, kept.name)
        ? []
        : [`${now.name}.${kept.name} was ${JSON.stringify(olds)} and is ${JSON.stringify(news)}`];
    });
  });
}

/** Numbers count by their value; neither the blanks that `char` pads with nor midnight count. */
function comparable(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  if (text !== '' && Number.isFinite(Number(text))) return String(Number(text));
  return text.trimEnd().replace(/ 00:00:00$/, '');
}
