import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type AlembicCase, answerTo, isRight } from './alembic-case.ts';

/** Ours is an error where Alembic only warns: two files with one id. */
const duplicateId = 'h0648';

describe('Alembic was asked about chosen graphs', () => {
  const { cases } = readJson('revision-graph.json') as { cases: readonly AlembicCase[] };

  test.each(cases.filter(({ id }) => id !== duplicateId).map(one => [titleOf(one), one] as const))('%s', (_, one) => {
    const ours = answerTo(one);
    expect({ ours, right: isRight(ours, one.expect) }).toEqual({ ours, right: true });
  });

  test('a duplicate id, where Alembic warns and forgets one of the files', () => {
    expect(answerTo(cases.find(({ id }) => id === duplicateId)!)).toEqual({ category: 'duplicate-revision' });
  });
});

describe('Alembic was asked about random graphs', () => {
  const { graphs, cases } = readJson('random-graphs.json') as {
    graphs: Readonly<Record<string, AlembicCase['revisions']>>;
    cases: readonly (Omit<AlembicCase, 'revisions'> & { readonly graph: string })[];
  };
  const kinds = [...new Set(cases.map(({ query }) => query.kind))];

  test.each(kinds)('%s', kind => {
    const asked = cases.filter(({ query }) => query.kind === kind && !hasWordForLabel(query));
    const answered = asked.map(one => ({
      ...one,
      ours: answerTo({ revisions: graphs[one.graph]!, query: one.query }),
    }));
    expect(answered.filter(({ ours, expect }) => !isRight(ours, expect))).toEqual([]);
  });
});

/** Ours is an error where Alembic writes a label that its commands then read as something else. */
const hasWordForLabel = (query: AlembicCase['query']): boolean =>
  query.kind === 'newRevision' && ['head', 'heads', 'base', 'current'].includes(query.branchLabel ?? '');

function titleOf({ id, query }: AlembicCase): string {
  const { kind, ...details } = query;
  return `${id} ${kind} ${Object.values(details).map(String).join(' | ')}`;
}

test('a word for a label, which Alembic takes', () => {
  for (const branchLabel of ['head', 'heads', 'base', 'current'])
    expect(answerTo({ revisions: [], query: { kind: 'newRevision', head: 'base', branchLabel } })).toEqual({
      category: 'illegal-revision-name',
    });
});

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}
