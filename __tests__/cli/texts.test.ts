import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawHistory, type Node } from '../../src/cli/history-graph.ts';
import { describeOperation } from '../../src/cli/operation-text.ts';
import { renamesFrom } from '../../src/cli/rename-arguments.ts';
import type { Operation } from '../../src/objects/kinds.ts';
import { schemaOf } from '../../src/objects/kinds.ts';
import { RevisionGraph } from '../../src/revisions/graph.ts';

/** `m: b c` for a revision m that follows b and c. */
const nodes = (...lines: string[]): Node[] =>
  lines.map(line => {
    const [revision = '', parents = ''] = line.split(':');
    return { revision, downRevisions: parents.trim().split(' ').filter(Boolean) };
  });

const drawn = (...lines: string[]) => drawHistory(nodes(...lines), ({ revision }) => revision);

describe('the drawing of a history', () => {
  test('of a line', () => expect(drawn('b: a', 'a:')).toEqual(['● b', '● a']));

  test('of two heads', () => expect(drawn('c: a', 'b: a', 'a:')).toEqual(['● c', '│ ● b', '├─╯', '● a']));

  test('of three branches and their merge, with a line that passes', () =>
    expect(drawn('x: y', 'm: b c d', 'b: a', 'c: a', 'd: a', 'y:', 'a:')).toEqual([
      '● x',
      '│ ● m',
      '│ ├─┬─╮',
      '│ ● │ │ b',
      '│ │ ● │ c',
      '│ │ │ ● d',
      '● │ │ │ y',
      '  ├─┴─╯',
      '  ● a',
    ]));

  test('of a merge across a line', () =>
    expect(drawn('m: b', 'n: c', 'k: b c', 'b:', 'c:')).toEqual([
      '● m',
      '│ ● n',
      '│ │ ● k',
      '│ │ ├─╮',
      '├─┼─╯ │',
      '● │   │ b',
      '  ├───╯',
      '  ● c',
    ]));

  test('of lines that have nothing to do with each other', () =>
    expect(drawn('c: b', 'b:', 'a:', 'z:')).toEqual(['● c', '● b', '  ● a', '● z']));

  test('of a range, whose lines end where it does', () => expect(drawn('c: b', 'b: a')).toEqual(['● c', '● b']));

  /** Random histories, each revision following up to three earlier ones. */
  const histories = fc
    .integer({ min: 1, max: 14 })
    .chain(size =>
      fc.tuple(
        ...Array.from({ length: size }, (_, i) =>
          fc.uniqueArray(fc.nat({ max: Math.max(i - 1, 0) }), { maxLength: i === 0 ? 0 : 3 }),
        ),
      ),
    );

  test('has a line for each revision, in order, and joins every parent to its children', () => {
    fc.assert(
      fc.property(histories, parents => {
        const headers = parents.map((down, i) => ({ revision: `r${i}`, downRevision: down.map(each => `r${each}`) }));
        const order = new RevisionGraph(headers).historyRange();
        const shown = order.map(id => headers.find(({ revision }) => revision === id)!);
        const lines = drawHistory(
          shown.map(({ revision, downRevision }) => ({ revision, downRevisions: downRevision })),
          ({ revision }) => revision,
        );
        expect(
          lines.flatMap(line => /● .*?(r\d+)$|●(?: [│ ])* (r\d+)$/.exec(line)?.slice(1).find(Boolean) ?? []),
        ).toEqual(order);
        expect(edgesOf(lines)).toEqual(
          shown.flatMap(({ revision, downRevision }) => downRevision.map(down => `${revision}-${down}`)).sort(),
        );
      }),
      { numRuns: 150 },
    );
  });
});

/** Reads the edges back from a drawing, following its lines down: another way than they were drawn. */
function edgesOf(lines: readonly string[]): string[] {
  const edges: string[] = [];
  let columns: (Set<string> | undefined)[] = [];
  for (const line of lines) {
    const at = line.indexOf('●');
    if (at >= 0) {
      const revision = /(r\d+)$/.exec(line)![1]!;
      for (const child of columns[at / 2] ?? []) edges.push(`${child}-${revision}`);
      columns[at / 2] = new Set([revision]);
      columns = columns.map((each, column) => ('│●'.includes(line[column * 2] ?? ' ') ? each : undefined));
      continue;
    }
    const from = line.indexOf('├') / 2;
    const joins = /[┴╯]/.test(line);
    [...line].forEach((character, place) => {
      const column = place / 2;
      if (joins && '┴╯'.includes(character)) {
        columns[from] = new Set([...(columns[from] ?? []), ...(columns[column] ?? [])]);
        columns[column] = undefined;
      }
      if (!joins && '┬╮'.includes(character)) columns[column] = columns[from];
    });
  }
  return edges.sort();
}

describe('operations in words', () => {
  const lineOf = (operation: Operation | { op: string }) => Object.values(describeOperation(operation)).join(' ');

  const cases: readonly (readonly [Operation, string])[] = [
    [
      { op: 'createTable', name: 'ticket', columns: [{ name: 'id', type: 'integer', nullable: false }] },
      '+ table ticket (id)',
    ],
    [{ op: 'dropTable', name: 'ticket' }, '- table ticket'],
    [{ op: 'renameTable', from: 'ticket', to: 'case' }, '~ rename table ticket -> case'],
    [
      { op: 'addColumn', table: 'ticket', column: { name: 'rank', type: 'integer', nullable: false, default: '0' } },
      '+ column ticket.rank integer not null default 0',
    ],
    [{ op: 'dropColumn', table: 'ticket', name: 'rank' }, '- column ticket.rank'],
    [{ op: 'renameColumn', table: 'ticket', from: 'rank', to: 'weight' }, '~ rename column ticket.rank -> weight'],
    [
      {
        op: 'alterColumn',
        table: 'ticket',
        name: 'rank',
        type: 'bigint',
        existingType: 'integer',
        nullable: true,
        default: null,
      },
      '~ alter column ticket.rank: type integer -> bigint, nullable, no default',
    ],
    [
      {
        op: 'createIndex',
        name: 'ix',
        table: 'ticket',
        columns: ['a', { expression: 'lower(b)' }],
        unique: true,
        where: 'a > 0',
      },
      '+ index ix on ticket (a, lower(b)) unique where a > 0',
    ],
    [{ op: 'dropIndex', name: 'ix' }, '- index ix'],
    [
      {
        op: 'createForeignKey',
        table: 'ticket',
        name: 'fk',
        columns: ['team'],
        references: { table: 'team', columns: ['id'] },
      },
      '+ foreign key ticket.fk (team) -> team (id)',
    ],
    [
      { op: 'createCheckConstraint', table: 'ticket', name: 'ck', expression: 'rank > 0' },
      '+ check constraint ticket.ck check (rank > 0)',
    ],
    [
      { op: 'createUniqueConstraint', table: 'ticket', name: 'uq', columns: ['a', 'b'] },
      '+ unique constraint ticket.uq (a, b)',
    ],
    [{ op: 'createEnum', name: 'status', labels: ['open', 'closed'] }, '+ enum status (open, closed)'],
    [{ op: 'addEnumValue', name: 'status', value: 'won' }, "+ enum value status 'won'"],
    [{ op: 'commentOnTable', table: 'ticket', comment: 'x' }, '~ comment on table ticket -> x'],
    [{ op: 'createView', name: 'open_ticket', definition: 'SELECT 1' }, '+ view open_ticket'],
  ];

  test.each(cases)('%o', (operation, line) => {
    expect(lineOf(operation)).toBe(line);
  });

  test('also of kinds that a project adds', () => {
    expect(lineOf({ op: 'createPolicy', table: 'ticket', name: 'own' } as { op: string })).toBe('+ policy ticket.own');
    expect(lineOf({ op: 'vacuum' })).toBe('~ vacuum');
  });
});

describe('--rename', () => {
  const table = (name: string) => ({ name, columns: [] });
  const column = { name: 'desk', type: 'text', nullable: true };
  const target = schemaOf({
    tables: [
      table('case'),
      table('audit.event'),
      table('ticket'),
      table('desk'),
      { ...table('note'), columns: [column] },
    ],
    enums: [{ name: 'case_status', labels: [] }],
  });
  const none = { tables: {}, columns: {}, enums: {}, enumLabels: {} };

  test.each([
    [['issue:case'], { tables: { issue: 'case' } }],
    [['audit.entry:audit.event'], { tables: { 'audit.entry': 'audit.event' } }],
    [['ticket.state:status'], { columns: { 'ticket.state': 'status' } }],
    [['ticket.state:ticket.status'], { columns: { 'ticket.state': 'ticket.status' } }],
    [['audit.event.kind:type'], { columns: { 'audit.event.kind': 'type' } }],
    [['issue:case', 'issue.state:status'], { tables: { issue: 'case' }, columns: { 'issue.state': 'status' } }],
    [['issue_status:case_status'], { enums: { issue_status: 'case_status' } }],
    [['case_status.done:closed'], { enumLabels: { 'case_status.done': 'closed' } }],
    [['aside.ticket:ticket'], { tables: { 'aside.ticket': 'ticket' } }],
    [['aside.ticket:public.ticket'], { tables: { 'aside.ticket': 'public.ticket' } }],
    [['desk.ticket:ticket'], { tables: { 'desk.ticket': 'ticket' } }],
    [['desk.ticket:public.ticket'], { tables: { 'desk.ticket': 'public.ticket' } }],
    [['note.place:desk'], { columns: { 'note.place': 'desk' } }],
    [['nothing.known:here'], { columns: { 'nothing.known': 'here' } }],
    [['nothing:here'], { tables: { nothing: 'here' } }],
  ])('%j', (given, renames) => {
    expect(renamesFrom(given, target)).toEqual({ ...none, ...renames });
  });

  test.each(['a', 'a:', ':b', 'a:b:c'])('refuses %s', text => {
    expect(() => renamesFrom([text], target)).toThrow(`--rename was given "${text}"; expected OLD:NEW`);
  });
});
