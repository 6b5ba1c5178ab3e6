import type { RevisionEntry } from './revision-text.ts';

/** The history as a Mermaid flowchart, newest at the top: https://mermaid.js.org/syntax/flowchart.html */
export const mermaidOf = (entries: readonly RevisionEntry[]): readonly string[] => [
  'flowchart TB',
  ...entries.map(({ revision, message }) => `  ${nodeName(revision)}["${escaped(`${revision}: ${message}`)}"]`),
  ...edges(entries).map(
    ([from, to, kind]) => `  ${nodeName(from)} ${kind === 'follows' ? '-->' : '-.->'} ${nodeName(to)}`,
  ),
];

/** The same in Graphviz's language: https://graphviz.org/doc/info/lang.html */
export const dotOf = (entries: readonly RevisionEntry[]): readonly string[] => [
  'digraph revisions {',
  '  node [shape=box];',
  ...entries.map(({ revision, message }) => `  ${quoted(revision)} [label=${quoted(`${revision}\n${message}`)}];`),
  ...edges(entries).map(
    ([from, to, kind]) => `  ${quoted(from)} -> ${quoted(to)}${kind === 'follows' ? '' : ' [style=dashed]'};`,
  ),
  '}',
];

type Edge = readonly [from: string, to: string, kind: 'follows' | 'depends'];

/** Between the revisions shown, from each to what it follows or depends on. */
function edges(entries: readonly RevisionEntry[]): readonly Edge[] {
  const shown = new Set(entries.map(({ revision }) => revision));
  return entries
    .flatMap(({ revision, downRevisions, dependencies }): readonly Edge[] => [
      ...downRevisions.map((parent): Edge => [revision, parent, 'follows']),
      ...dependencies.map((needed): Edge => [revision, needed, 'depends']),
    ])
    .filter(([, to]) => shown.has(to));
}

/** An id may be a word of Mermaid's, such as `end`. */
const nodeName = (revision: string): string =>
  `r_${revision.replaceAll(/\W/g, character => `_${character.codePointAt(0)}_`)}`;

/** https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters */
const escaped = (text: string): string => text.replaceAll(/["#<>&`]/g, character => `#${character.codePointAt(0)};`);

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
