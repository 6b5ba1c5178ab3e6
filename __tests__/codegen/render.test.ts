import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Project, ScriptTarget, ts } from 'ts-morph';
import { renameHint } from '../../codegen/rename-hint.ts';
import { renderRevision } from '../../codegen/render.ts';
import type { RevisionScript } from '../../codegen/revision-script.ts';
import { operationsInto } from '../../src/operations/operations.ts';
import type { Operation } from '../../src/objects/kinds.ts';
import type { Column } from '../../src/objects/tables/table.ts';
import { losing } from '../../src/objects/lost.ts';

const evaluate = async (source: string, direction: 'upgrade' | 'downgrade'): Promise<Operation[]> => {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
  });
  const module = { exports: {} as Record<string, (op: unknown) => Promise<void>> };
  new Function('exports', 'module', outputText)(module.exports, module);
  const operations: Operation[] = [];
  const sink = async () => {};
  await module.exports[direction]!(
    operationsInto({
      sink,
      context: { isOffline: true, x: {}, heads: [] },
      onOperation: operation => operations.push(operation),
    }),
  );
  return operations;
};

const script = (upgrade: readonly Operation[]): RevisionScript => ({
  revision: 'a1',
  downRevision: null,
  message: 'try it',
  upgrade,
  downgrade: [...upgrade].reverse(),
});

const name = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom("it's", '"q"', 'a\nb', 'a\n\n\nb', 'a\\n`${x}`', '\u2028', '\r', '*/'),
);
const column = fc.record(
  { name, type: name, nullable: fc.boolean(), default: name, serial: fc.constant(true as const), comment: name },
  { requiredKeys: ['name', 'type', 'nullable'] },
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record(
    { op: fc.constant('createTable' as const), name, columns: fc.array(column), comment: name },
    { requiredKeys: ['op', 'name', 'columns'] },
  ),
  fc.record({ op: fc.constant('createEnum' as const), name, labels: fc.array(name) }),
  fc.record({
    op: fc.constant('alterColumn' as const),
    table: name,
    name,
    default: fc.option(name),
    nullable: fc.boolean(),
  }),
  fc.record({ op: fc.constant('createView' as const), name, definition: name }),
  // With one that is created, what goes asks whether it was renamed.
  fc.record({ op: fc.constant('dropTable' as const), name }),
  fc.record({ op: fc.constant('dropColumn' as const), table: fc.constant('t'), name }),
  fc.record({ op: fc.constant('addColumn' as const), table: fc.constant('t'), column }),
  fc
    .tuple(name, name, fc.array(name, { minLength: 1 }))
    .map(([view, definition, lost]) => ({ op: 'createView' as const, name: view, definition, ...losing(lost) })),
) as fc.Arbitrary<Operation>;

describe('a rendered revision', () => {
  test('evaluates back to the same operations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 4 }), name, async (operations, text) => {
        const downgradeObstacles = [{ dependent: text, on: text }];
        const source = renderRevision({ ...script(operations), message: text, downgradeObstacles });
        expect(await evaluate(source, 'upgrade')).toEqual(operations);
        expect(await evaluate(source, 'downgrade')).toEqual([...operations].reverse());
      }),
      { numRuns: 60 },
    );
  });

  test.each(['typescript', 'esm', 'commonjs'] as const)('reads well in %s', language => {
    const source = renderRevision(
      {
        revision: '3f2a9c1b7d44',
        downRevision: '91c0d2ab64ef',
        message: 'add satisfaction surveys',
        createDate: '2026-11-22T10:00:00.000Z',
        upgrade: [
          {
            op: 'createTable',
            name: 'satisfaction_survey',
            columns: [
              { name: 'id', type: 'integer', nullable: false, identity: 'by default' },
              { name: 'rating', type: 'smallint', nullable: false },
            ],
            checks: [{ name: 'chk_rating', expression: '(rating >= 1) AND (rating <= 5)' }],
          },
          { op: 'dropColumn', table: 'ticket', name: 'rating' },
        ],
        downgrade: [],
      },
      language,
    );
    expect(source).toMatchSnapshot();
  });

  test('compiles under strict with only a type import', () => {
    const project = new Project({
      useInMemoryFileSystem: true,
      compilerOptions: { strict: true, target: ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'] },
    });
    project.createSourceFile(
      'node_modules/typeorm-alembic/index.d.ts',
      'export interface Operations { dropTable(table: { name: string }): Promise<void> }',
    );
    const file = project.createSourceFile(
      'a1.ts',
      renderRevision({ ...script([{ op: 'dropTable', name: 't' }]), downgrade: [] }),
    );
    expect(project.getPreEmitDiagnostics().map(each => each.getMessageText())).toEqual([]);
    expect(file.getImportDeclarations().every(each => each.isTypeOnly())).toBe(true);
  });

  test('is not transactional where it uses a label it adds', () => {
    const operations: Operation[] = [
      { op: 'addEnumValue', name: 'priority', value: 'urgent' },
      { op: 'alterColumn', table: 'ticket', name: 'priority', default: "'urgent'" },
    ];
    expect(renderRevision(script(operations))).toContain('export const transactional = false;');
    expect(renderRevision(script(operations.slice(0, 1)))).not.toContain('transactional');
  });

  test('asks whether what goes was renamed', () => {
    const operations: Operation[] = [
      { op: 'addColumn', table: 'ticket', column: { name: 'status', type: 'text', nullable: true } },
      { op: 'dropColumn', table: 'ticket', name: 'state' },
      { op: 'dropColumn', table: 'agent', name: 'state' },
    ];
    const source = renderRevision({ ...script(operations), downgrade: [] });
    expect(source.match(/--rename .*?: its/g)).toEqual(['--rename "ticket.state:status": its']);
  });

  const ofTypes: readonly (readonly [string, Record<string, string>, string[], boolean])[] = [
    ['those of its own type first', { nostate: 'integer', status: 'text' }, ['status', 'nostate'], false],
    ['those of other types, where none is of its own', { age: 'uuid', states: 'integer' }, ['states', 'age'], false],
    [
      'the three nearest of many',
      { q: 'text', w: 'uuid', state2: 'text', stat: 'text', sta: 'text' },
      ['state2', 'stat', 'sta'],
      true,
    ],
    [
      'three of any type where few are of its own',
      { other: 'text', stat: 'uuid', q: 'uuid', state2: 'date' },
      ['other', 'stat', 'state2'],
      true,
    ],
  ];

  test.each(ofTypes)('names as new names %s', (_, types, names, hasMore) => {
    const state: Column = { name: 'state', type: 'text', nullable: true };
    const source = renderRevision({
      ...script([
        { op: 'dropColumn', table: 'ticket', name: 'state' },
        ...Object.entries(types).map(([name, type]) => ({
          op: 'addColumn' as const,
          table: 'ticket',
          column: { name, type, nullable: true },
        })),
      ]),
      downgrade: [{ op: 'addColumn', table: 'ticket', column: state }],
    });
    expect([...source.matchAll(/--rename "ticket.state:(.*?)"/g)].map(([, told]) => told)).toEqual(names);
    expect(source.includes(', or with another new name: its rows stay.')).toBe(hasMore);
  });

  test.each(['tables', 'columns'])('reads the names of many %s once, and proposes none of too many', kind => {
    const hintsOf = (count: number) => {
      const reads = { count: 0 };
      /** Says how often its name is read. */
      const counting = (operation: object, name: string): Operation =>
        Object.defineProperty(operation, 'name', { get: () => (reads.count++, name) }) as Operation;
      const pairs = Array.from({ length: count }, (_, i) => {
        const [from, to] = [`old_${i}`, `new_${i}`];
        if (kind === 'tables')
          return [counting({ op: 'createTable', columns: [] }, to), counting({ op: 'dropTable' }, from)];
        const column = counting({ type: 'text', nullable: true }, to) as unknown as Column;
        return [{ op: 'addColumn', table: 't', column } as Operation, counting({ op: 'dropColumn', table: 't' }, from)];
      });
      const traffic = { upgrade: pairs.flat(), downgrade: [] };
      const before = reads.count;
      const hints = pairs.map(([, dropped]) => renameHint(dropped!, traffic)!);
      return { hints, reads: reads.count - before };
    };
    const { hints } = hintsOf(100);
    expect(hints[7]).toContain('old_7:new_7" or --rename ');
    const many = hintsOf(400);
    const old = kind === 'tables' ? 'old_7' : 't.old_7';
    expect(many.hints[7]).toContain(`generate it again with --rename "${old}:NEW_NAME": its rows stay.`);
    expect(many.reads).toBeLessThan(400 * 20);
  });

  const lineBreak = 'a\nprocess.exit(1);';

  test('keeps names with line breaks within a comment: in its hints, its heading and what is in its way', () => {
    const source = renderRevision({
      ...script([
        { op: 'addColumn', table: lineBreak, column: { name: `${lineBreak}1`, type: 'text', nullable: true } },
        { op: 'dropColumn', table: lineBreak, name: `${lineBreak}2` },
        { op: 'createTable', name: `${lineBreak}3`, columns: [] },
        { op: 'dropTable', name: `${lineBreak}4` },
      ]),
      message: `${lineBreak} */ process.exit(1); /*`,
      downgradeObstacles: [{ dependent: `view ${lineBreak}`, on: `table ${lineBreak}` }],
    });
    expect(source.match(/^ *\/\/ .*Was it renamed\? .*: its rows stay\.$/gm)).toHaveLength(2);
    expect(source).toContain(
      '// PostgreSQL refuses this while view a process.exit(1); depends on table a process.exit(1);: drop',
    );
    const { statements } = ts.createSourceFile('a.ts', source, ScriptTarget.ES2022);
    expect(statements.filter(ts.isExpressionStatement)).toEqual([]);
    const operations = ts.transpileModule(source, { compilerOptions: { removeComments: true } }).outputText;
    expect(operations.match(/^\s*process\.exit\(1\);$/gm)).toBeNull();
  });

  test('gives a shell the words of a rename as the names are', () => {
    const names = ["it's", '"a.b".c', '$HOME', '`id`', 'a!b', 'a\\b', '$(id)', 'two words', '*', '"""q"""', '~', "'!'"];
    const words = names.map(each => {
      const source = renderRevision({
        ...script([
          { op: 'createTable', name: 'kept', columns: [] },
          { op: 'dropTable', name: each },
        ]),
        downgrade: [],
      });
      return / --rename (.*): its rows stay/.exec(source)![1]!;
    });
    const read = execFileSync('bash', ['-c', `printf '%s\\n' ${words.join(' ')}`], { encoding: 'utf8' });
    expect(read.split('\n').slice(0, -1)).toEqual(names.map(each => `${each}:kept`));
  });

  test('prints calls of other methods with their arguments, and what it stands for', () => {
    const source = renderRevision({
      ...script([{ op: 'dropTable', name: 't' }]),
      upgrade: [
        { op: 'execute', arguments: ['CREATE VIEW v AS\nSELECT 1'] },
        { op: 'execute', arguments: ['DELETE FROM t WHERE id = $1', [7]] },
        { op: 'createTable', name: 't', columns: [] },
        { op: 'backfill', arguments: [{ table: 't', set: { a: '1' } }] },
      ],
      replaces: ['CreateUsers1700000000001'],
    });
    expect(source).toContain("\nexport const replaces: string[] = ['CreateUsers1700000000001'];\n");
    expect(source).toContain(`{
  await op.execute(\`CREATE VIEW v AS
SELECT 1\`);
  await op.execute('DELETE FROM t WHERE id = $1', [7]);
  await op.createTable({ name: 't', columns: [] });
  await op.backfill({ table: 't', set: { a: '1' } });
}`);
  });
});
