import { describe, expect, test } from '@jest/globals';
import { RevisionGraph } from 'typeorm-alembic';
import { assertNewBranchLabel, assertNewRevisionId } from '../../src/revisions/new-names.ts';

const unusable = [
  '',
  'head',
  'heads',
  'base',
  'current',
  'a/b',
  '../a',
  'a\\b',
  'a:b',
  'a@b',
  '+1',
  '-1',
  'a b',
  'a\nb',
  'a\0b',
  "a'b",
  '*/',
  '::error::x',
  '.a',
];

describe('what cannot be an id or a label', () => {
  test.each([...unusable, 'a-b', 'a.b', 'a+b', 'x'.repeat(33)])('the id %j', id => {
    expect(() => assertNewRevisionId(id)).toThrow(expect.objectContaining({ category: expect.any(String) }));
    expect(() => new RevisionGraph([]).parentsOfNew({ revId: id })).toThrow();
  });

  test.each([...unusable, 'a-1', 'a-1-b', '-a', 'a+1'])('the label %j', label => {
    expect(() => assertNewBranchLabel(label)).toThrow(expect.objectContaining({ category: 'illegal-revision-name' }));
    expect(() => new RevisionGraph([]).parentsOfNew({ branchLabel: label })).toThrow();
  });

  test('what can', () => {
    for (const id of ['a1', '0001', '3f2a9c1b7d44', 'add_users', 'größe', '追加']) assertNewRevisionId(id);
    for (const label of ['billing', 'my-feature', 'v1.2', 'v1.2-3', 'my-app-2', 'größe']) assertNewBranchLabel(label);
  });
});
