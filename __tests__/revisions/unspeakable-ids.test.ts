import { expect, test } from '@jest/globals';
import { MalformedRevisionError, RevisionGraph } from '../../src/index.ts';

const ids = [
  'base',
  'head',
  'heads',
  'current',
  ' ',
  '\t',
  'a\ud800b',
  'a\udc00',
  'a\nb',
  'a\u0000b',
  'a\u001b[31mb',
  'a\u2028b',
];

test.each(ids)('%j is refused as the id of a revision, whoever made its file', revision => {
  const headers = [{ revision, downRevision: null, path: 'migrations/one.js' }];
  expect(() => new RevisionGraph(headers)).toThrow(MalformedRevisionError);
  expect(() => new RevisionGraph(headers)).toThrow(/^`revision` of migrations\/one\.js [^\n]+$/);
});

test('a parent that is named twice is refused', () => {
  const headers = [
    { revision: 'a', downRevision: null },
    { revision: 'b', downRevision: ['a', 'a'] },
  ];
  expect(() => new RevisionGraph(headers)).toThrow(/names each parent once/);
});

test('ids of other scripts, and of characters of two halves, are ids', () => {
  const ids = ['ä', '版本', '__proto__', 'constructor', '🙂'];
  expect(new RevisionGraph(ids.map(revision => ({ revision, downRevision: null }))).heads()).toEqual(ids);
});
