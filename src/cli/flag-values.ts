import { UsageError } from './usage-error.ts';

/** A boolean flag, as a command line gives it. */
interface GivenFlag {
  readonly letters: readonly string[];
  /** The last of them, or the one word. */
  readonly name: string;
  /** What stands with it in its word, or `true` or `false` in the next word. */
  readonly value: string | undefined;
}

/**
 * Throws a UsageError for a boolean flag with a value of its own, which the parser would take for `false`
 * (`--dry-run=yes`), and for one that is both on and off, where the parser would let the last one count.
 *
 * @param namesOf all names of each flag, by name
 */
export function refuseFlagValues(words: readonly string[], namesOf: ReadonlyMap<string, readonly string[]>): void {
  const seen = new Map<readonly string[], boolean>();
  for (const { letters, name, value } of flagsIn(words)) {
    const names = namesOf.get(name);
    if (names && value !== undefined && value !== 'true' && value !== 'false')
      throw new UsageError(
        `${flagOf(name)} was given "${value}"; it takes no value: write ${flagOf(name)}, or leave it out.`,
      );
    const given = [...letters.map(letter => [letter, true] as const), [name, value !== 'false'] as const];
    for (const [each, isOn] of given) {
      const flag = namesOf.get(each);
      if (!flag) continue;
      if (seen.get(flag) === !isOn)
        throw new UsageError(
          `${flagOf(flag[0]!)} was given both on and off; write ${flagOf(flag[0]!)}, or leave it out.`,
        );
      seen.set(flag, isOn);
    }
  }
}

const flagsIn = (words: readonly string[]): readonly GivenFlag[] =>
  words.flatMap((word, i) => {
    const [, long, longValue, letters = '', letter, value = longValue] = FLAG.exec(word) ?? [];
    const name = long ?? letter;
    if (name === undefined) return [];
    const next = words[i + 1];
    const own = value ?? (next === 'true' || next === 'false' ? next : undefined);
    return [{ letters: [...letters], name, value: own }];
  });

/** `--flag`, `--flag=VALUE` or `-abf=VALUE`, where the parser also takes what follows the letters (`-f1`) for a value. */
const FLAG = /^(?:--([^=]+)(?:=(.*))?|-([A-Za-z]*?)([A-Za-z])(?:(?:=|(?=[^A-Za-z]))(.*))?)$/s;

export const flagOf = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);
