/** A revision as far as drawing goes. */
export interface Node {
  readonly revision: string;
  readonly downRevisions: readonly string[];
}

/**
 * The history drawn with a column for each line of revisions that is open, newest first: a text for each revision, and
 * between them lines where columns part and join. Revisions that are not shown end their line.
 *
 * ```
 * ● d (head) (mergepoint)
 * ├─╮
 * ● │ b
 * │ ● c
 * ├─╯
 * ● a (branchpoint)
 * ```
 */
export function drawHistory<Each extends Node>(
  nodes: readonly Each[],
  textOf: (node: Each) => string,
): readonly string[] {
  const shown = new Set(nodes.map(({ revision }) => revision));
  const columns = new Columns();
  return nodes.flatMap(node => {
    const [own, ...joining] = columns.awaiting(node.revision);
    const at = own ?? columns.open(node.revision);
    const lines = joining.length > 0 ? [columns.fork(at, joining, '╯', '┴')] : [];
    for (const column of joining) columns.close(column);
    lines.push(`${columns.row(at)} ${textOf(node)}`);
    const [first, ...others] = node.downRevisions.filter(parent => shown.has(parent));
    columns.continue(at, first);
    columns.rest(first === undefined ? at : undefined);
    const parting = others.map(parent => columns.open(parent, at));
    return parting.length > 0 ? [...lines, columns.fork(at, parting, '╮', '┬')] : lines;
  });
}

/** What each column leads down to; undefined where it is free. */
class Columns {
  readonly #next: (string | undefined)[] = [];
  /** Where a line has just ended: what comes under it next would look like its continuation. */
  #ended: number | undefined;

  awaiting(revision: string): readonly number[] {
    return this.#next.flatMap((each, column) => (each === revision ? [column] : []));
  }

  /** The first free column, to the right of another if told. */
  open(revision: string, rightOf = -1): number {
    let column = rightOf + 1;
    while (this.#next[column] !== undefined || column === this.#ended) column++;
    this.#next[column] = revision;
    return column;
  }

  /** Keeps a column free for one line. */
  rest(column: number | undefined): void {
    this.#ended = column;
  }

  close(column: number): void {
    this.continue(column, undefined);
  }

  continue(column: number, revision: string | undefined): void {
    this.#next[column] = revision;
    while (this.#next.length > 0 && this.#next.at(-1) === undefined) this.#next.pop();
  }

  /** The line of a revision, which stands in one of the columns. */
  row(at: number): string {
    return this.#drawn(Math.max(this.#next.length, at + 1), column => (column === at ? '●' : this.#passing(column)));
  }

  /** A line on which a column parts into others to its right, or these join it. */
  fork(at: number, others: readonly number[], end: string, between: string): string {
    const last = Math.max(...others);
    return this.#drawn(
      this.#next.length,
      column => {
        if (column === at) return '├';
        if (column === last) return end;
        if (others.includes(column)) return between;
        if (column < at || column > last) return this.#passing(column);
        return this.#next[column] === undefined ? '─' : '┼';
      },
      column => (column >= at && column < last ? '─' : ' '),
    );
  }

  #passing(column: number): string {
    return this.#next[column] === undefined ? ' ' : '│';
  }

  #drawn(width: number, cell: (column: number) => string, gap: (column: number) => string = () => ' '): string {
    return Array.from({ length: width }, (_, column) => cell(column) + gap(column))
      .join('')
      .trimEnd();
  }
}
