import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import type { Block } from './markdown.ts';
import { runShell, type ShellOptions } from './shell.ts';

/**
 * Follows a page as a reader would who types its commands into one project. `sh` blocks are run and must succeed; a `text`
 * block after one is what it prints; a block that begins with a path is that file (from its functions on, where the path
 * has a `…` for what the tool has named); a `diff` is a change of it; a revision's source is the file just written.
 * New revisions get the ids they have on the page.
 * @returns the blocks' texts as the tool would have them
 */
export async function followPage(blocks: readonly Block[], reader: ShellOptions): Promise<readonly string[]> {
  const ids = path.join(reader.cwd, '.revision-ids');
  writeFileSync(ids, JSON.stringify(idsOn(blocks)));
  const preload = path.join(import.meta.dirname, 'revision-ids.cjs');
  const env = { ...reader.env, REVISION_IDS: ids, NODE_OPTIONS: `--require=${JSON.stringify(preload)}` };
  const story = new Story({ ...reader, env });
  const texts: string[] = [];
  for (const block of blocks) texts.push(await story.tell(block));
  return texts;
}

/** In the order in which they are drawn: a revision's id is first seen in its file's name, or in a draft of it. */
const idsOn = (blocks: readonly Block[]): readonly string[] => {
  const drawn = blocks.flatMap(({ text }) => [
    ...text.matchAll(/^(?:(?:src\/)?migrations\/| \* Revision ID: )([0-9a-f]{12})(?=_|$)/gm),
  ]);
  return [...new Set(drawn.map(([, id]) => id!))];
};

/** The same command as npx would run: looking for it again and again takes npx longer than anything else here. */
const shortWays = 'export PATH="$PWD/node_modules/.bin:$PATH"; npx() { "$@"; }';

const HEADING = /^\/\*\*\n(?: \*.*\n)*? \* Revision ID: /;

class Story {
  readonly #reader: ShellOptions;
  #output: string | undefined;

  constructor(reader: ShellOptions) {
    this.#reader = reader;
  }

  async tell(block: Block): Promise<string> {
    const output = this.#output;
    this.#output = undefined;
    if (block.language === 'sh') await this.#run(block);
    else if (block.language === 'text' && output !== undefined) return compare(block, output);
    else if (HEADING.test(block.text)) return compare(block, this.#newest());
    else if (block.language === 'diff') this.#change(block);
    else this.#write(block);
    return block.text;
  }

  async #run({ text, place }: Block): Promise<void> {
    const { exitCode, output } = await runShell(`${shortWays}\n${text}`, this.#reader);
    if (exitCode !== 0) throw new Error(`${place} ended with ${exitCode}:\n${output}`);
    this.#output = output;
  }

  #newest(): string {
    const folder = path.join(this.#reader.cwd, 'migrations');
    const files = readdirSync(folder).map(name => readFileSync(path.join(folder, name), 'utf8'));
    return files.sort((one, other) => createDate(one).localeCompare(createDate(other))).at(-1) ?? '';
  }

  #write({ text }: Block): void {
    const [, name, source] = /^\/\/ (\S+\.m?[jt]s)\n(.*)$/s.exec(text) ?? [];
    if (name === undefined) return;
    const file = path.join(this.#reader.cwd, named(name, this.#reader.cwd));
    mkdirSync(path.dirname(file), { recursive: true });
    const kept = name.includes('…') ? readFileSync(file, 'utf8').replace(/export async function upgrade.*$/s, '') : '';
    writeFileSync(file, `${kept}${source!.trimStart()}\n`);
  }

  #change({ text, place }: Block): void {
    const [title = '', ...lines] = text.split('\n');
    const file = path.join(this.#reader.cwd, title.replace('--- ', ''));
    const side = (sign: string) =>
      lines
        .filter(line => /^ |^$/.test(line) || line.startsWith(sign))
        .map(line => line.slice(1))
        .join('\n');
    const parts = readFileSync(file, 'utf8').split(side('-'));
    expect({ place, occurrences: parts.length - 1 }).toEqual({ place, occurrences: 1 });
    writeFileSync(file, parts.join(side('+')));
  }
}

function compare({ text, place }: Block, found: string): string {
  const actual = told(found);
  if (!process.env['WRITE_DOCS']) expect({ place, text: actual }).toEqual({ place, text: told(text) });
  return actual;
}

/**
 * What a page tells of an output: nothing of npm's or Node's own, no times and no digests of what has times in it, of the
 * guards in a script their place, and a database of a reader's.
 */
const told = (text: string): string =>
  text
    .replaceAll(/^(?:npm warn |\(node:\d+\) |\(Use `node ).*\n/gm, '')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-11-22T10:00:00.000Z')
    .replaceAll(/:[0-9a-f]{64}'/g, ":…'")
    .replaceAll(/^(BEGIN; DO (\$wait\$))\n.*?\n(\2; COMMIT;)(\n\n\1\n.*?\n\2; COMMIT;)*/gms, '$1 … $3')
    .replaceAll(/^DO (\$guard\$)\n.*?\n\1;/gms, 'DO $1 … $1;')
    .replaceAll(/^Using database ".*$/gm, 'Using database "support" at localhost:5432 as user "app"')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/^\n+|\n+$/g, '');

const createDate = (source: string): string => /Create Date: (\S+)/.exec(source)?.[1] ?? '';

/** `migrations/…_solve_old_tickets.ts` is the one file with such an end. */
function named(name: string, directory: string): string {
  if (!name.includes('…')) return name;
  const [folder, end] = name.split('/…') as [string, string];
  const found = readdirSync(path.join(directory, folder)).find(file => file.endsWith(end));
  return path.join(folder, found ?? end);
}
