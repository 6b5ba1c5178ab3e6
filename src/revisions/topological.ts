import { DisconnectedRangeError } from './errors.ts';
import { idsOf, parents, reachable } from './reachable.ts';
import type { Revision } from './revision.ts';

/** One of the lines being walked down at the same time, linked in the order they were found. */
interface Line {
  head: Revision;
  readonly order: number;
  previous: Line | undefined;
  next: Line | undefined;
}

/**
 * The given revisions, each before everything it follows or depends on, in Alembic's order: down one line as long as no
 * other line needs what comes next, else on with the first line that does.
 * Throws a DisconnectedRangeError if some of them cannot be reached from the given heads.
 */
export function newestFirst(revisions: ReadonlySet<Revision>, heads: Iterable<Revision>): Revision[] {
  const tops = [...new Set(heads)].filter(head => revisions.has(head)).sort((a, b) => a.position - b.position);
  const lines = new Lines(tops);
  const order: Revision[] = [];
  let line = lines.first;
  while (line) {
    const blocking = lines.firstAbove(line.head);
    if (blocking) {
      line = blocking;
      continue;
    }
    order.push(line.head);
    line = lines.advance(line, revisions);
  }
  if (order.length < revisions.size) throw disconnected(revisions, order);
  return order;
}

class Lines {
  first: Line | undefined;
  #last: Line | undefined;
  /** What is still to come; nothing of it lies above what was emitted. */
  readonly #pending: Set<Revision>;
  readonly #lineOf = new Map<Revision, Line>();

  constructor(heads: readonly Revision[]) {
    this.#pending = reachable(heads, parents);
    for (const head of heads) this.#append(head);
  }

  /** The first line whose head needs the given revision. */
  firstAbove(revision: Revision): Line | undefined {
    let found: Line | undefined;
    const above = new Set([revision]);
    for (const one of above) {
      for (const successor of one.successors) {
        if (!this.#pending.has(successor)) continue;
        above.add(successor);
        const line = this.#lineOf.get(successor);
        if (line && (!found || line.order < found.order)) found = line;
      }
    }
    return found;
  }

  /** Leaves the head of a line behind; gives the line to go on with. */
  advance(line: Line, wanted: ReadonlySet<Revision>): Line | undefined {
    const { head } = line;
    this.#pending.delete(head);
    this.#lineOf.delete(head);
    const [next, ...others] = head.parents.filter(parent => wanted.has(parent) && !this.#lineOf.has(parent));
    if (!next) return this.#end(line);
    line.head = next;
    this.#lineOf.set(next, line);
    for (const other of others) this.#append(other);
    return line;
  }

  #append(head: Revision): void {
    const line: Line = { head, order: this.#last ? this.#last.order + 1 : 0, previous: this.#last, next: undefined };
    if (this.#last) this.#last.next = line;
    else this.first = line;
    this.#last = line;
    this.#lineOf.set(head, line);
  }

  #end(line: Line): Line | undefined {
    if (line.previous) line.previous.next = line.next;
    else this.first = line.next;
    if (line.next) line.next.previous = line.previous;
    else this.#last = line.previous;
    return line.previous ?? line.next;
  }
}

function disconnected(revisions: ReadonlySet<Revision>, order: readonly Revision[]): DisconnectedRangeError {
  const reached = new Set(order);
  return new DisconnectedRangeError(idsOf([...revisions].filter(revision => !reached.has(revision))));
}
