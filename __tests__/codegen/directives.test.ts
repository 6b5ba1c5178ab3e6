import { expect, test } from '@jest/globals';
import { directed } from '../../src/runner/directives.ts';

const draft = { revision: 'a1', downRevision: null, message: 'm', upgrade: [], downgrade: [] };
const answering = (answer: unknown) =>
  directed(draft, { config: { processRevisionDirectives: () => answer }, graph: { heads: () => [] } } as any, {});

const junk = [5, 'a1', true, [5], [null], [[]], {}, { revision: 'a1' }, { ...draft, upgrade: 'none' }, () => draft];

test.each(junk.map(answer => ({ answer })))(
  'an answer of processRevisionDirectives that is no script ($answer) is an error that names the key',
  async ({ answer }) => {
    await expect(answering(answer)).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/^The configuration's "processRevisionDirectives" gave .*; expected [^\n]*\.$/),
    });
  },
);

test('a script, several, none and nothing are answers', async () => {
  expect(await answering(draft)).toEqual([draft]);
  expect(await answering([draft, draft])).toEqual([draft, draft]);
  expect(await answering(null)).toEqual([]);
  expect(await answering(undefined)).toEqual([draft]);
});
