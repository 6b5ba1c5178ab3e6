/** An operation of a revision file with the comments above it. */
interface Announced {
  readonly comments: readonly string[];
  readonly operation: string;
}

/** The operations of one direction, as the file has them. */
export function operationsIn(source: string, direction: 'upgrade' | 'downgrade'): readonly Announced[] {
  const body = source.split(`export async function ${direction}(`)[1]?.split(/^}/m)[0] ?? '';
  const operations: Announced[] = [];
  let comments: string[] = [];
  for (const line of body.split('\n').slice(1)) {
    if (line.startsWith('  //')) comments.push(line.trim());
    else if (line.startsWith('  await ')) {
      operations.push({ comments, operation: line.trim() });
      comments = [];
    } else if (operations.length > 0) {
      const last = operations.pop()!;
      operations.push({ ...last, operation: `${last.operation} ${line.trim()}` });
    }
  }
  return operations;
}

const losses = /(deletes data|may change data|drops the generated column)/i;

/** Whether the file says above some operation on these names that rows may be lost or changed. */
export const announcesLoss = (
  source: string,
  direction: 'upgrade' | 'downgrade',
  ...names: readonly string[]
): boolean =>
  operationsIn(source, direction).some(
    ({ comments, operation }) => losses.test(comments.join('\n')) && names.every(name => operation.includes(name)),
  );

/** Whether the file says that PostgreSQL refuses the downgrade because of something else. */
export const announcesRefusal = (source: string): boolean => /^ {2}\/\/ PostgreSQL refuses this while /m.test(source);

/** Whether the file says that the direction may fail on the rows there are. */
export const announcesFailure = (source: string, direction: 'upgrade' | 'downgrade'): boolean =>
  operationsIn(source, direction).some(({ comments }) => comments.some(comment => /fails on rows/i.test(comment)));
