/** Why what is on a column does not go with the type that the column gets. */
export type Reason = 'operator' | 'label';

/**
 * PostgreSQL has no such operator, function or operator class for these types, or no such label.
 * @param state the SQLSTATE of the refusal
 * @param isUnsure what is missing may be missing on the temporary relations only
 */
export function reasonFor(state = '', isUnsure = false): Reason | undefined {
  if (state === '22P02') return 'label';
  return !isUnsure && LACKING.includes(state) ? 'operator' : undefined;
}

/**
 * No such function or operator, or several that fit; types that do not go together, for want of a cast or as such; a collation
 * that cannot be told; a function that is not immutable, as that which compares timestamps with and without a time zone. The last
 * one is said of statistics on a type without an order.
 */
const LACKING = ['42883', '42725', '42846', '42804', '42704', '42809', '42P17', '42P18', '42P21', '42P22', '0A000'];
