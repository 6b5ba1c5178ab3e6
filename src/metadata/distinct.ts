import { isDeepStrictEqual } from 'node:util';
import { DuplicateNameError } from './errors.ts';

/**
 * Each object once, by name: TypeORM would try to make what is declared twice twice, and fail.
 * @throws DuplicateNameError where one name stands for two different things; `describe` says what each of them is
 */
export function distinct<Each extends { readonly name: string }>(
  declared: readonly Each[],
  describe: (each: Each) => string,
): readonly Each[] {
  const byName = new Map<string, Each>();
  for (const each of declared) {
    const other = byName.get(each.name);
    if (other && !isDeepStrictEqual(other, each)) {
      throw new DuplicateNameError(each.name, [describe(other), describe(each)]);
    }
    byName.set(each.name, other ?? each);
  }
  return byName.size === declared.length ? declared : [...byName.values()];
}
