/** The text of plain data with its keys in order: equal for values that are deeply equal. */
export const shapeText = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

/**
 * Set on what counts as different from all others, whatever it looks like, with the reasons. The key is a symbol because it is
 * no part of the object: it is not rendered.
 */
export const DIFFERS: unique symbol = Symbol.for('typeorm-alembic.differs') as never;

/** True for plain data that is deeply equal, in whatever order its keys are. */
export function alike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (DIFFERS in one || DIFFERS in other) return false;
  if (Array.isArray(one)) {
    return Array.isArray(other) && one.length === other.length && one.every((each, i) => alike(each, other[i]));
  }
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every(key => alike((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]))
  );
}
