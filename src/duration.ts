/** Milliseconds, or text as PostgreSQL takes it: `'500ms'`, `'5s'`, `'10min'`, `'1h'`. 0 means no limit. */
export type Duration = number | string;

/** The units of PostgreSQL's settings: https://www.postgresql.org/docs/current/config-setting.html */
const unitMilliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What PostgreSQL's settings, and Node's timers, can hold. */
const LONGEST = 2 ** 31 - 1;

/** A checked duration in milliseconds. */
export const millisecondsOf = (value: Duration): number => parseDuration(value) ?? 0;

export const isDuration = (value: unknown): boolean => parseDuration(value) !== undefined;

function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value <= LONGEST ? value : undefined;
  const [, amount, unit = 'ms'] =
    /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)?\s*$/.exec(typeof value === 'string' ? value : '') ?? [];
  const milliseconds = Math.round(Number(amount) * unitMilliseconds[unit]!);
  // Less than a millisecond would become 0, which means no limit.
  const isNone = milliseconds === 0 && Number(amount) > 0;
  return milliseconds <= LONGEST && !isNone ? milliseconds : undefined;
}
