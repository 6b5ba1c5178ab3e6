import { list, optional, record, text, type Form } from './form.ts';

/**
 * What of an object in the database its successor cannot have, in words: `the option fillfactor=70`. The key is a symbol
 * because it is no part of the object: it is not compared. It becomes a hazard of the operation that creates the
 * successor, and what a revision says beside that operation: {@link Remarks}.
 */
export const LOST: unique symbol = Symbol.for('typeorm-alembic.lost') as never;

export interface Losing {
  readonly [LOST]?: readonly string[];
}

/** To be spread into an object: nothing where nothing is lost. */
export const losing = (what: readonly string[]): Losing => (what.length > 0 ? { [LOST]: what } : {});

/** What a revision says of an operation beside what is to be done. */
export interface Remarks {
  /** What does not come back, for whoever reads a plan: `the option fillfactor=70`. */
  readonly notKept?: readonly string[];
}

export const takesRemarks: Form<Remarks> = record<Remarks>({ notKept: optional(list(text)) });

/** The remarks on an operation, as its call has them; undefined where there are none. */
export const remarksOn = ({ [LOST]: notKept }: Losing): Remarks | undefined => notKept && { notKept };

/** The methods of `op`, which take remarks besides. */
export type Remarkable<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends (payload: infer Payload) => infer Result
    ? (payload: Payload, remarks?: Remarks) => Result
    : Methods[Name];
};
