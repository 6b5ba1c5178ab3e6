import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { dotOf, mermaidOf } from '../history-diagram.ts';
import { drawHistory } from '../history-graph.ts';
import { jsonText } from '../json.ts';
import { UsageError } from '../usage-error.ts';
import { entriesOf, revisionLine, revisionParagraph, type RevisionEntry } from '../revision-text.ts';

export const history = defineCommand({
  name: 'history',
  describe: 'List the revisions, newest first',
  details:
    'Each line is `PARENT -> REVISION (labels) (head), message`. Reads files only; the database is asked where `current` is.',
  options: {
    'rev-range': {
      alias: 'r',
      type: 'string',
      requiresArg: true,
      describe: 'START:END, either may be missing: ids, head, base, current, relative ones such as -3 or current:+2',
    },
    'indicate-current': {
      alias: 'i',
      type: 'boolean',
      describe: 'Mark what the database is at with (current), and what was interrupted half way',
    },
    graph: { type: 'boolean', describe: 'Draw branches and merges' },
    format: {
      type: 'string',
      choices: ['text', 'mermaid', 'dot', 'json'],
      requiresArg: true,
      describe: 'A diagram for documents (mermaid) or Graphviz (dot), or the same as --json',
    },
  },
  examples: [
    ['history', 'all of it'],
    ['history -r 3f2a:head', 'from one revision to the head, both included'],
    ['history -r current: -i', 'what is not applied yet'],
    ['history --graph', 'branches and merges drawn'],
    ['history --format mermaid > history.mmd', 'a diagram'],
  ],
  async run(context, args) {
    refuseTwoForms(args);
    const found = await context.revisions();
    const range = args['rev-range'];
    const indicated = args['indicate-current'] ?? false;
    const files = await (await context.runner()).history(range);
    const entries = files
      .map(({ revision }) => revision)
      .map(entriesOf(found, indicated ? await (await context.runner()).status() : undefined));
    const json = { revisions: entries };
    if (args.format === 'json') return { json, verbatim: jsonText(json).trimEnd() };
    return { json, lines: linesOf(entries, context, args) };
  },
});

/** `--graph`, `--format` and `--json` say how the same is printed: two that differ contradict each other. */
function refuseTwoForms({ graph, format, json }: Form & { readonly json?: boolean | undefined }): void {
  const named = [
    ...(graph ? [['--graph', 'graph']] : []),
    ...(format === undefined ? [] : [[`--format=${format}`, format]]),
    ...(json ? [['--json', 'json']] : []),
  ];
  const other = named.find(([, form]) => form !== named[0]![1]);
  if (other) throw new UsageError(`${named[0]![0]} was given with ${other[0]}; give one of them.`);
}

interface Form {
  readonly format?: string | undefined;
  readonly graph?: boolean | undefined;
}

function linesOf(entries: readonly RevisionEntry[], { style, verbose }: Context, form: Form): readonly string[] {
  const parts = { labels: true, tree: true, message: true };
  if (form.format === 'mermaid') return mermaidOf(entries);
  if (form.format === 'dot') return dotOf(entries);
  if (form.graph) return drawHistory(entries, entry => `${revisionLine(entry, parts, style)}${needs(entry)}`);
  if (verbose) return entries.flatMap(entry => revisionParagraph(entry, style));
  return entries.map(entry => revisionLine(entry, { ...parts, parents: true }, style));
}

/** Dependencies are no lines of the drawing: they would cross it. */
const needs = ({ dependsOn }: RevisionEntry): string =>
  dependsOn.length > 0 ? ` [depends on ${dependsOn.join(', ')}]` : '';
