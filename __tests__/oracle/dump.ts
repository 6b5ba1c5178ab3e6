import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { testRun } from '../support/test-run.ts';

/** What `pg_dump -s` prints of each object, by its heading. */
export type Dump = ReadonlyMap<string, string>;

/** Tables of TypeORM and of the version table: not what a set declares. */
const service = ['alembic_version', 'alembic_version_log', 'typeorm_metadata'];

/** The structure of a database, normalised for the order of columns and of objects, and for nothing else. */
export async function structureOf(url: string): Promise<Dump> {
  const hidden = service.flatMap(name => [`--exclude-table=*.${name}`, `--exclude-table=*.${name}_id_seq`]);
  const { stdout } = await promisify(execFile)(program('pg_dump'), ['--schema-only', ...hidden, url], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const entries = stdout.split(/^--\n-- (?=Name: )/m).slice(1);
  return new Map(
    entries
      .filter(entry => !entry.includes('EXTENSION'))
      .map(entry => {
        const [heading, text] = [entry.slice(0, entry.indexOf('\n')), entry.slice(entry.indexOf('\n--\n') + 4)];
        return [heading, normalised(text)];
      }),
  );
}

/** `Name: t; Type: TABLE; Schema: public; Owner: postgres` with what differs below it; empty where the dumps are alike. */
export function differenceOf(one: Dump, other: Dump): string {
  const headings = [...new Set([...one.keys(), ...other.keys()])].sort();
  return headings
    .filter(heading => one.get(heading) !== other.get(heading))
    .map(heading => `${heading}\n  is:        ${one.get(heading) ?? '-'}\n  should be: ${other.get(heading) ?? '-'}`)
    .join('\n');
}

/** The dump without the objects of these names, and what belongs to them. */
export const withoutObjects = (dump: Dump, names: readonly string[]): Dump =>
  new Map([...dump].filter(([heading]) => !names.some(name => new RegExp(`\\b${name}(_|\\b)`).test(heading))));

/** Copies a database, rows included, into an empty one, as a restore does. */
export async function restore(from: string, to: string): Promise<void> {
  const dump = spawn(program('pg_dump'), [from], { stdio: ['ignore', 'pipe', 'inherit'] });
  const load = spawn(program('psql'), ['-qX', '-v', 'ON_ERROR_STOP=1', to], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  load.stderr.on('data', chunk => (errors += String(chunk)));
  load.stdin.on('error', () => {});
  dump.stdout.pipe(load.stdin);
  const [status] = (await once(load, 'close')) as [number];
  if (status !== 0) throw new Error(`A dump of the database cannot be restored: ${errors}`);
}

const program = (name: string): string => {
  const { pgDump } = testRun();
  if (pgDump === undefined) throw new Error('No pg_dump on this machine understands the test server.');
  return path.join(path.dirname(pgDump), name);
};

/** The two spellings of an array without elements: one and the same constant for PostgreSQL. */
const emptyArray = /ARRAY\[\]::/g;

/** What PostgreSQL spells once as a cast of the list is, restored from a dump, one of each element. */
const castLists = /\(\(ARRAY\[([^\]]*)\]\)::text\[\]\)/g;

function normalised(text: string): string {
  const lines = text.split('\n').filter(line => !/^(SET |--|$|\\(un)?restrict )/.test(line));
  return withSortedColumns(lines)
    .join('\n')
    .replace(emptyArray, "'{}'::")
    .replace(castLists, (_, list: string) => {
      const elements = list.split(', ').map(element => `(${element})::text`);
      return `(ARRAY[${elements.join(', ')}])`;
    });
}

/** The lines between `CREATE TABLE … (` and `)`, in the order of the alphabet. */
function withSortedColumns(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex(line => line.startsWith('CREATE ') && line.includes(' TABLE ') && line.endsWith('('));
  if (start === -1) return lines;
  const end = lines.findIndex((line, at) => at > start && line.startsWith(')'));
  const columns = lines.slice(start + 1, end).map(line => line.replace(/,$/, ''));
  return [...lines.slice(0, start + 1), ...columns.sort(), ...lines.slice(end)];
}
