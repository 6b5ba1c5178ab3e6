import type { ColumnComparison, ColumnPair, ResolvedConfig } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import type { Operation } from '../objects/kinds.ts';
import type { Column } from '../objects/tables/table.ts';

/** What a callback said of a column that both sides have: that it differs, whatever they look like. */
export interface Insistence extends ColumnPair {
  readonly part: 'type' | 'default';
}

/** A configuration whose filters must answer at once, and a list that gets whatever its callbacks insist on. */
export function answering(config: ResolvedConfig): { config: ResolvedConfig; insisted: readonly Insistence[] } {
  const insisted: Insistence[] = [];
  const noting = (
    key: 'compareType' | 'compareServerDefault',
    part: Insistence['part'],
  ): boolean | ColumnComparison => {
    const decide = config[key];
    if (typeof decide === 'boolean') return decide;
    return pair => {
      const answer = atOnce(key, decide(pair));
      if (answer === true) insisted.push({ ...pair, part });
      return answer;
    };
  };
  return {
    insisted,
    config: {
      ...config,
      compareType: noting('compareType', 'type'),
      compareServerDefault: noting('compareServerDefault', 'default'),
      ...(config.includeName && {
        includeName: (...question) => atOnce('includeName', config.includeName!(...question)),
      }),
      ...(config.includeObject && {
        includeObject: (...question) => atOnce('includeObject', config.includeObject!(...question)),
      }),
    },
  };
}

/** A promise would count as true, whatever it comes to. */
function atOnce<Answer>(key: keyof ResolvedConfig, answer: Answer): Answer {
  const { then } = Object(answer) as { readonly then?: unknown };
  if (typeof then !== 'function') return answer;
  throw new ConfigurationError(
    `The configuration's "${key}" gave a promise; expected true or false: it must answer without waiting.`,
  );
}

/** The alterations that callbacks insist on, beside those operations that make them anyway. */
export const insistedAlterations = (
  insisted: readonly Insistence[],
  made: readonly Operation[],
): readonly Operation[] =>
  insisted.flatMap(({ table, column: name, part, live, target }) => {
    const [from, to] = [live as Column, target as Column];
    if (to.inherited || (part === 'default' && to.default === undefined)) return [];
    const isMade = made.some(
      each =>
        (each.op === 'alterColumn' && each.table === table && each.name === name && each[part] !== undefined) ||
        (each.op === 'dropColumn' && each.table === table && each.name === name),
    );
    if (isMade) return [];
    const change =
      part === 'default'
        ? { default: to.default! }
        : { type: to.type, existingType: from.type, ...(to.collation !== undefined && { collation: to.collation }) };
    return [{ op: 'alterColumn', table, name, ...change }];
  });

/** The same for the way back. */
export const reversed = (insisted: readonly Insistence[]): readonly Insistence[] =>
  insisted.map(each => ({ ...each, live: each.target, target: each.live }));
