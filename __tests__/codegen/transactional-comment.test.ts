import { expect, test } from '@jest/globals';
import { renderRevision } from '../../codegen/render.ts';
import type { AnyRevisionScript } from '../../codegen/revision-script.ts';

const index = { op: 'createIndex', name: 'i_n', table: 't', columns: ['n'], concurrently: true };
const plain = { op: 'dropTable', name: 't' };
const label = [
  { op: 'addEnumValue', name: 'state', value: 'won' },
  { op: 'alterColumn', table: 't', name: 's', default: `'won'::state` },
];

const rendered = (upgrade: readonly object[], downgrade: readonly object[]) =>
  renderRevision({
    revision: 'aa11',
    downRevision: null,
    message: 'm',
    upgrade,
    downgrade,
  } as never as AnyRevisionScript);

test.each([
  ['the upgrade', [index], [plain], ['upgrade'], 'createIndex of i_n'],
  ['the downgrade', [plain], [index], ['downgrade'], 'createIndex of i_n'],
  ['both', [index], [index], ['upgrade', 'downgrade'], 'createIndex of i_n'],
  ['a new label', label, [plain], ['upgrade'], 'addEnumValue'],
] as const)('a file says which direction is not one transaction, and why: %s', (_, upgrade, downgrade, said, why) => {
  const text = rendered(upgrade, downgrade);
  const [, comments] = /\n((?:\/\/ .*\n)+)export const transactional = /.exec(text)!;
  for (const direction of ['upgrade', 'downgrade'])
    expect(comments!.includes(`The ${direction} is not one transaction`)).toBe(said.includes(direction as never));
  expect(comments).toContain(why);
  expect(comments).toContain('commits statement by statement');
});

test('nothing is said of a revision that is one transaction', () => {
  expect(rendered([plain], [plain])).not.toContain('transaction');
});
