/** A target that counts from somewhere: `+2`, `-1`, `ab12+2`, `label@+1`, `label@ab12-1`. */
export interface RelativeTarget {
  readonly branch: string | undefined;
  /** What it counts from; undefined for the current revisions. */
  readonly symbol: string | undefined;
  readonly steps: number;
}

/** Alembic's expression, which looks at the beginning of the target only. */
const relativeTarget = /^(?:(.+?)@)?([\p{L}\p{N}_]+)?([+-]\d+)/u;

/** Reads a relative target; undefined for any other. */
export function readRelative(target: string): RelativeTarget | undefined {
  const match = relativeTarget.exec(target);
  return match ? { branch: match[1], symbol: match[2], steps: Number(match[3]) } : undefined;
}

/** The symbol with its branch, as a target of its own. */
export function symbolOf({ branch, symbol }: RelativeTarget & { readonly symbol: string }): string {
  return branch === undefined ? symbol : `${branch}@${symbol}`;
}
