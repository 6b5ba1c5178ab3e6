import { describe, expect, test } from '@jest/globals';
import { entityChanges } from '../data/entity-changes.ts';
import { entitiesFrom, moduleFrom } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { withTwins } from './twins.ts';

interface Scenario {
  readonly id: string;
  readonly category: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly setup: string | null;
}

const scenarios = entityChanges<Scenario>();

/** Where TypeORM fails: two foreign keys of one name, and a quote it puts into SQL as it is. */
const typeormFails = ['noop-two-relations-one-column', 'default-quote'];

/** Each source once, with the scenario it comes from. */
const sources = [
  ...new Map(
    scenarios.flatMap(scenario => [scenario.after, scenario.before].map(source => [source, scenario] as const)),
  ),
].flatMap(([source, scenario]) => (source === null ? [] : [{ ...scenario, source }]));

/** A few at a time, so that each test is short and the databases are used again. */
const groups = [...new Set(sources.map(({ category }) => category))].flatMap(category => {
  const all = sources.filter(each => each.category === category);
  return all.flatMap((_, i) => (i % 8 === 0 ? [[`${category} ${i / 8 + 1}`, all.slice(i, i + 8)] as const] : []));
});

describe('the target schema of entities that change', () => {
  test.each(shareOfToday(groups))('is what TypeORM makes of an empty database: %s', async (_title, group) => {
    await withTwins(async twins => {
      for (const { id, source, setup } of group) {
        const declared = {
          entities: entitiesFrom(source),
          options: moduleFrom(source)['__options'],
          // A schema that entities name is part of the target, and made with it.
          setup: setup?.includes('SCHEMA') ? '' : (setup ?? ''),
        };
        const { text, remaining } = await twins.make(declared);
        // A sequence of the setup's, which no entity declares.
        const declaredRemains = remaining.filter(({ op }) => op !== 'dropSequence');
        expect({ id, remaining: declaredRemains }).toEqual({ id, remaining: [] });
        if (typeormFails.includes(id)) continue;
        expect({ id, text }).toEqual({ id, text: (await twins.synchronize(declared)).text });
      }
    });
  });

  test('are all there', () => {
    expect(sources.length).toBeGreaterThan(150);
  });
});
