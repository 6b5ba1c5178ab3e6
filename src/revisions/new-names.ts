import { IllegalRevisionIdError } from './errors.ts';
import { assertRevisionId, countsSteps, RESERVED } from './header.ts';
import { RevisionError } from './revision-error.ts';
import { escapedName, visibleName } from './visible-name.ts';

/** A name that commands could not say, or that would be read as something else. */
export class IllegalRevisionNameError extends RevisionError {
  override readonly name = 'IllegalRevisionNameError';
  override readonly category = 'illegal-revision-name';
  readonly given: string;

  constructor(what: 'revision identifier' | 'branch label', given: string, reason: string) {
    super(`${escapedName(given)} cannot be a ${what}: ${reason}; use letters, digits and underscores`);
    this.given = given;
  }
}

/**
 * The id of a revision to be written, which commands will have to say and a file will be named after. What Alembic
 * refuses is refused in its words.
 * @throws IllegalRevisionIdError, RevisionIdTooLongError, IllegalRevisionNameError
 */
export function assertNewRevisionId(id: string): void {
  assertText('revision identifier', id);
  if (RESERVED.has(id))
    throw new IllegalRevisionNameError('revision identifier', id, 'commands read it as something else');
  assertRevisionId(id);
  const illegal = [...new Set(id.match(/[^\p{L}\p{M}\p{N}_]/gu))];
  if (illegal.length > 0) throw new IllegalRevisionIdError(id, illegal);
}

/** The same for branch labels, which may also have dashes and dots within. */
export function assertNewBranchLabel(label: string): void {
  assertText('branch label', label);
  if (RESERVED.has(label))
    throw new IllegalRevisionNameError('branch label', label, 'commands read it as something else');
  if (!/^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*$/u.test(label))
    throw new IllegalRevisionNameError('branch label', label, 'it has characters that commands read as something else');
  if (countsSteps(label))
    throw new IllegalRevisionNameError('branch label', label, 'its number would be read as a number of steps');
}

function assertText(what: 'revision identifier' | 'branch label', name: string): void {
  if (typeof name !== 'string' || name === '')
    throw new IllegalRevisionNameError(what, String(name), 'it is empty or no text');
  if (visibleName(name) !== name)
    throw new IllegalRevisionNameError(what, name, `it reads as ${escapedName(visibleName(name))}, which is another`);
}
