import { describe, expect, test } from '@jest/globals';
import { LookalikeNamesError, MalformedRevisionError, RevisionError, RevisionGraph } from '../../src/index.ts';

const ids = [
  '\u200b',
  ' \ufeff',
  '\u3164',
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

/** Names that read as `a ü1`, and are spelled in other characters. */
const spellings: Readonly<Record<string, string>> = {
  plain: 'a ü1',
  decomposed: 'a u\u03081',
  'zero width space': 'a ü\u200b1',
  'zero width joiner': 'a ü\u200d1',
  'soft hyphen': 'a\u00ad ü1',
  'byte order mark': '\ufeffa ü1',
  'right to left': 'a ü\u202e1',
  'variation selector': 'a ü1\ufe0f',
  'a tag': 'a ü1\u{e0041}',
  filler: 'a ü\u31641',
  'blank behind': 'a ü1 ',
  'blank before': '\u00a0a ü1',
  'blank of another kind': 'a\u2003ü1',
};
const pairs = Object.keys(spellings).flatMap((one, i, all) => all.slice(i + 1).map(other => [one, other] as const));

describe('what reads the same', () => {
  const from = (revision: string, more: object = {}) => ({ revision, downRevision: null, path: 'm/x.js', ...more });

  test('is refused twice in one history, as id or label', () => {
    for (const [one, other] of pairs) {
      const [first, second] = [spellings[one]!, spellings[other]!];
      for (const headers of [
        [from(first), from(second)],
        [from('x', { branchLabels: first }), from('y', { branchLabels: [second] })],
        [from(second), from('y', { branchLabels: first })],
      ]) {
        expect(() => new RevisionGraph(headers)).toThrow(LookalikeNamesError);
        expect(() => new RevisionGraph(headers)).toThrow(/^"[\x20-\x7e]+ of m\/x\.js and "[\x20-\x7e]+ read the same/);
      }
    }
  });

  test('is read where there is one of it', () => {
    for (const name of Object.values(spellings)) {
      const graph = new RevisionGraph([from(name), from('a ü2', { downRevision: name, branchLabels: [`${name}x`] })]);
      expect(graph.heads()).toEqual(['a ü2']);
      expect(graph.resolve(name)).toEqual([name]);
      expect(graph.upgradePath([], `${name}x@head`)).toHaveLength(2);
    }
  });

  test('as another name is refused for a new revision, and so is what is there in other characters', () => {
    for (const spelling of Object.values(spellings)) {
      // A blank within is refused for itself.
      const name = spelling.replace(/(?<=a\S*)\s(?=\S)/u, '');
      const graph = new RevisionGraph([from(name)]);
      for (const wanted of [{ revId: 'aü1' }, { branchLabel: 'aü1' }]) {
        expect(() => graph.parentsOfNew({ head: 'base', ...wanted })).toThrow(RevisionError);
      }
      if (name === 'aü1') continue;
      for (const wanted of [{ revId: name }, { branchLabel: name }]) {
        const ask = () => new RevisionGraph([]).parentsOfNew({ head: 'base', ...wanted });
        expect(ask).toThrow(expect.objectContaining({ category: 'illegal-revision-name' }));
        expect(ask).toThrow(/^"[\x20-\x7e]+ cannot be a [\x20-\x7e]+ reads as "a\\u00fc1"/);
      }
    }
  });
});
