import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { entitiesFrom, moduleFrom } from '../support/index.ts';
import { withTwins } from './twins.ts';

interface Scenario {
  readonly id: string;
  readonly category: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly setup: string | null;
}

const file = new URL('../data/entity-changes.json', import.meta.url);
const { scenarios }: { readonly scenarios: readonly Scenario[] } = JSON.parse(readFileSync(file, 'utf8'));

/** Where TypeORM fails: two foreign keys of one name, and a quote it puts into SQL as it is. */
const typeormFails = ['noop-two-relations-one-column', 'default-quote'];

/** Each source once, with the scenario it comes from. */
const sources = [
  ...new Map(
    scenarios.flatMap(scenario => [scenario.after, scenario.before].map(source => [source, scenario] as const)),
  ),
].flatMap(([source, scenario]) => (source === null ? [] : [{ ...scenario, source }]));

const categories = [...new Set(sources.map(({ category }) => category))];

describe('the target schema of entities that change', () => {
  test.each(categories)('is what TypeORM makes of an empty database: %s', async category => {
    await withTwins(async twins => {
      for (const { id, source, setup } of sources.filter(each => each.category === category)) {
        const declared = {
          entities: entitiesFrom(source),
          options: moduleFrom(source)['__options'],
          setup: setup?.includes('SCHEMA') ? '' : (setup ?? ''),
        };
        const { text, remaining } = await twins.make(declared);
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
