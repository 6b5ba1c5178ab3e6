import { MigrationError, saidBy } from '../errors.ts';
import type { Operation } from '../objects/kinds.ts';
import type { StateDifference } from './state.ts';

/** There are no revisions, or several that none follows. */
export class NotOneHeadError extends MigrationError {
  override readonly name = 'NotOneHeadError';
  readonly heads: readonly string[];

  constructor(heads: readonly string[]) {
    super(
      heads.length === 0
        ? 'No revisions were found, where one head was expected: correct `directory`, or `versionLocations` of the configuration.'
        : `The history has ${heads.length} heads (${heads.join(', ')}), where one was expected: join them with \`typeorm-alembic merge heads\`.`,
    );
    this.heads = heads;
  }
}

/** The revisions make another schema than the entities declare. */
export class EntitiesDifferError extends MigrationError {
  override readonly name = 'EntitiesDifferError';
  readonly operations: readonly Operation[];

  constructor(operations: readonly Operation[], code: string) {
    super(
      'The revisions do not make what the entities declare; what is missing can be written with `typeorm-alembic revision --autogenerate`:',
      { code },
    );
    this.operations = operations;
  }
}

/** A revision that was taken back, or applied once more, did not leave the schema as it was. */
export class TraceLeftError extends MigrationError {
  override readonly name = 'TraceLeftError';
  readonly revision: string;
  readonly direction: 'upgrade' | 'downgrade';
  readonly operations: readonly Operation[];
  /** What differs and no operation makes, as in `function touch() is left`. */
  readonly others: readonly string[];

  constructor(
    revision: string,
    direction: 'upgrade' | 'downgrade',
    { operations, others }: StateDifference,
    code: string,
  ) {
    const fault =
      direction === 'downgrade'
        ? `The downgrade of ${revision} does not leave the schema as it was before the upgrade; it lacks:`
        : `The second upgrade of ${revision}, after its downgrade, does not make the schema that the first one made; it lacks:`;
    super(fault, { code: [code, ...others].filter(text => text !== '').join('\n') });
    this.revision = revision;
    this.direction = direction;
    this.operations = operations;
    this.others = others;
  }
}

/** A revision that shall go down does not. */
export class NoWayBackError extends MigrationError {
  override readonly name = 'NoWayBackError';
  readonly revision: string;

  constructor(revision: string, cause: Error) {
    super(
      `Revision ${revision} cannot be taken back: ${saidBy(cause).replace(/\.$/, '')}; correct its downgrade, or, where there is no way back, say \`minimumDowngradeRevision: '${revision}'\`.`,
      { cause },
    );
    this.revision = revision;
  }
}

/** Operations as a revision would have them: only failures load what prints them. */
export async function codeOf(operations: readonly Operation[]): Promise<string> {
  if (operations.length === 0) return '';
  const { operationsText } = await import('../../codegen/operations-text.ts');
  return operationsText(operations);
}
