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

const labels = [...ids, '-1', '+2', 'a-1', 'a+1', '-a', 'a@b', 'a:b', '@', 'head@base'];

test.each(labels)('%j is refused as a branch label, which no command could say', label => {
  const headers = [{ revision: 'a', downRevision: null, branchLabels: ['fine', label], path: 'migrations/one.js' }];
  expect(() => new RevisionGraph(headers)).toThrow(MalformedRevisionError);
  expect(() => new RevisionGraph(headers)).toThrow(/^`branchLabels` of migrations\/one\.js [^\n]+$/);
});

test.each(['my-feature', 'v1.2', 'größe', 'a b', 'heads2', 'a-b1'])('%j is a label, and names its branch', label => {
  const graph = new RevisionGraph([
    { revision: 'a', downRevision: null, branchLabels: label },
    { revision: 'b', downRevision: 'a' },
    { revision: 'c', downRevision: null },
  ]);
  expect(graph.resolve(label)).toEqual(['a']);
  expect(graph.resolve(`${label}@head`)).toEqual(['b']);
  expect(graph.upgradePath(['a'], `${label}@+1`)).toEqual([{ revision: 'b', direction: 'upgrade' }]);
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
