import { readFileSync } from 'node:fs';

/** A fenced block of a page. */
export interface Block {
  /** The first word after the fence: `sh`, `ts`, `text`; empty where there is none. */
  readonly language: string;
  readonly text: string;
  /** Where it begins: `README.md:12`. */
  readonly place: string;
}

/** The fenced blocks of a Markdown file, in order. */
export function blocksOf(file: string, name = file): readonly Block[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(fenced)].map(({ 1: language, 2: text, index }) => ({
    language: language!,
    text: text!.trimEnd(),
    place: `${name}:${source.slice(0, index).split('\n').length}`,
  }));
}

/** The source with the blocks' texts replaced, in order. */
export function withBlocks(source: string, texts: readonly string[]): string {
  let position = 0;
  return source.replaceAll(fenced, (block, language: string, text: string) =>
    block.replace(`${language}\n${text}`, () => `${language}\n${texts[position++]!}\n`),
  );
}

const fenced = /^```([a-z]*)\n(.*?)^```$/gms;

export const shellBlocksOf = (file: string): readonly string[] =>
  blocksOf(file)
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text);
