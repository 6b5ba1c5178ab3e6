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

/** The lines, and what of the history is still to come. Revisions are told apart by position, which is much faster. */
class Lines {
  first: Line | undefined;
  #last: Line | undefined;
  /** 1 for what is still to come; nothing of it lies above what was emitted. */
  readonly #pending: Uint8Array;
  readonly #lineOf: (Line | undefined)[];
  /** The number of the search that last came by. */
  readonly #seenBy: Uint32Array;
  #searches = 0;
  readonly #lastAbove = new Map<Revision, Line>();

  constructor(heads: readonly Revision[]) {
    const pending = reachable(heads, parents);
    let size = 0;
    for (const { position } of pending) size = Math.max(size, position + 1);
    this.#pending = new Uint8Array(size);
    this.#seenBy = new Uint32Array(size);
    this.#lineOf = new Array<Line | undefined>(size).fill(undefined);
    for (const { position } of pending) this.#pending[position] = 1;
    for (const head of heads) this.#append(head);
  }

  /** The first line whose head needs the given revision. */
  firstAbove(revision: Revision): Line | undefined {
    // A line never comes to need a revision, and new lines are last: there is no use in looking before the last answer.
    const next = this.#openLine(this.#lastAbove.get(revision) ?? this.first, revision);
    const found = next?.head.parents.includes(revision) ? next : this.#searchAbove(revision);
    if (found) this.#lastAbove.set(revision, found);
    return found;
  }

  /** The given line or the first after it that has not ended and is not at the given revision itself. */
  #openLine(from: Line | undefined, except: Revision): Line | undefined {
    let line = from;
    while (line && (line.head === except || this.#lineOf[line.head.position] !== line)) line = line.next;
    return line;
  }

  #searchAbove(revision: Revision): Line | undefined {
    const search = ++this.#searches;
    const above = [revision];
    let found: Line | undefined;
    for (let one = above.pop(); one; one = above.pop()) {
      for (const successor of one.successors) {
        const { position } = successor;
        if (!this.#pending[position] || this.#seenBy[position] === search) continue;
        this.#seenBy[position] = search;
        const line = this.#lineOf[position];
        if (line && (!found || line.order < found.order)) found = line;
        above.push(successor);
      }
    }
    return found;
  }

  /** Leaves the head of a line behind; gives the line to go on with. */
  advance(line: Line, wanted: ReadonlySet<Revision>): Line | undefined {
    const { head } = line;
    this.#pending[head.position] = 0;
    this.#lineOf[head.position] = undefined;
    const [next, ...others] = head.parents.filter(parent => wanted.has(parent) && !this.#lineOf[parent.position]);
    if (!next) return this.#end(line);
    line.head = next;
    this.#lineOf[next.position] = line;
    for (const other of others) this.#append(other);
    return line;
  }

  #append(head: Revision): void {
    const line: Line = { head, order: this.#last ? this.#last.order + 1 : 0, previous: this.#last, next: undefined };
    if (this.#last) this.#last.next = line;
    else this.first = line;
    this.#last = line;
    this.#lineOf[head.position] = line;
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
