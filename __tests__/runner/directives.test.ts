import { expect, test } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { createRunner, kinds, RevisionGraph, silent, type DraftRevision, type MigrationsConfig } from 'typeorm-alembic';
import { type AnyRevisionScript, autogenerate, draftRevisions, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesMatchMigrations } from 'typeorm-alembic/testing';
import { directed } from '../../src/runner/directives.ts';
import { entitiesFrom, withDatabase } from '../support/index.ts';

type Directive = NonNullable<MigrationsConfig['processRevisionDirectives']>;

const entities = entitiesFrom(`import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
  @Entity('ticket') export class Ticket { @PrimaryGeneratedColumn() id!: number; @Column() subject!: string }
  @Entity('event') export class Event { @PrimaryGeneratedColumn() id!: number }`);

const without = (script: DraftRevision, name: string): DraftRevision => ({
  ...script,
  upgrade: script.upgrade.filter(operation => (operation as { name?: string }).name !== name),
});

/** Each answer, and the operations that a revision then has. */
const answers: readonly (readonly [string, Directive, readonly string[]])[] = [
  ['undefined', () => undefined, ['event', 'ticket']],
  ['null', () => null, []],
  ['an empty list', () => [], []],
  ['a promise of null', async () => null, []],
  ['the script as it is', script => script, ['event', 'ticket']],
  ['a script with fewer operations', script => without(script, 'event'), ['ticket']],
  ['none of the operations', script => ({ ...script, upgrade: [], downgrade: [] }), []],
  [
    'the script, changed in place',
    script => void ((script as any).upgrade = without(script, 'ticket').upgrade),
    ['event'],
  ],
  [
    'two scripts',
    script => [
      without(script, 'ticket'),
      { ...without(script, 'event'), revision: 'b1', downRevision: script.revision },
    ],
    ['event', 'ticket'],
  ],
  ['what depends on -x', (script, { x }) => (x['all'] ? script : null), ['event', 'ticket']],
];

test.each(answers)(
  'where processRevisionDirectives gives %s, check and autogenerate agree',
  (_name, directive, names) =>
    withDatabase(async database => {
      const dataSource = database.dataSource({ entities: [...entities] as never });
      const config: MigrationsConfig = { revisions: [], processRevisionDirectives: directive };
      const x = { all: 'yes' };
      const drafts = await draftRevisions(dataSource, { message: 'm', config, logger: silent, x });
      const { operations, isEmpty } = await createRunner(dataSource, config, { logger: silent }).check({ x });
      expect(operations).toEqual(drafts.flatMap(({ upgrade }) => upgrade));
      expect(isEmpty).toBe(operations.length === 0);
      expect(operations.map(operation => (operation as { name?: string }).name).sort()).toEqual(names);
    }),
);

test('entitiesMatchMigrations asks it', () =>
  withDatabase(async database => {
    const dataSource = database.dataSource({ entities: [...entities] as never });
    const revision = { revision: 'a1', downRevision: null, upgrade() {}, downgrade() {} };
    const project = { dataSource, config: { revisions: [revision], processRevisionDirectives: () => null } };
    await entitiesMatchMigrations(project);
    const undecided = { ...project, config: { revisions: [revision] } };
    await expect(entitiesMatchMigrations(undecided)).rejects.toMatchObject({ name: 'EntitiesDifferError' });
  }));

const junk = [null, true, false, 5, NaN, '', 'x', [], [''], [5], [null], {}, new Date(0), () => {}, Symbol('s'), 5n];
const operation = { op: 'dropTable', name: 'ticket' };

/** What a field of a script may be beside that; whatever else is given is refused. */
const taken: Readonly<Record<keyof AnyRevisionScript, readonly unknown[]>> = {
  revision: ['x'],
  message: ['', 'x'],
  downRevision: [null, 'x', ['a1', 'b1']],
  upgrade: [[], [operation], [{ op: 'execute', arguments: ['SELECT 1'] }]],
  downgrade: [[], [operation]],
  branchLabels: [[], undefined, ['x']],
  dependsOn: [[], undefined, ['x']],
  replaces: [[], undefined, ['1700000000000']],
  createDate: [undefined, '2026-11-22T10:00:00.000Z'],
  transactional: [undefined, true, false, 'upgrade'],
  kinds: [undefined, {}, kinds],
  missingOnEmpty: [[], undefined, ['view v', 'index i']],
  missingNames: [[], undefined, ['function f() does not exist (view v)']],
  downgradeObstacles: [[], undefined, [{ dependent: 'view v', on: 'table t' }]],
};
const wrongOperations = [
  [{}],
  [{ op: 5 }],
  [{ op: 'createTabel', name: 'x' }],
  [{ op: 'createTable' }],
  [{ op: 'execute', arguments: 5 }],
  [[operation]],
];
const wrong: Readonly<Record<string, readonly unknown[]>> = { upgrade: wrongOperations, downgrade: wrongOperations };

test('a script of which a field is something else is refused by the name of the field, and each other one is written', async () => {
  const draft: AnyRevisionScript = { revision: 'c1', downRevision: null, message: 'm', upgrade: [], downgrade: [] };
  const graph = new RevisionGraph([]);
  const wrote: unknown[] = [];
  const said: unknown[] = [];
  for (const [field, fits] of Object.entries(taken))
    for (const value of new Set([...fits, ...junk, ...(wrong[field] ?? [])])) {
      const isFit = fits.includes(value);
      if (!isFit && fits.some(each => isDeepStrictEqual(each, value))) continue;
      const given = { ...draft, [field]: value };
      const config = { processRevisionDirectives: () => given } as never;
      const answer = await directed(draft as never, { config, graph }, {}).then(
        ([script]) => renderRevision(script as never).length > 0,
        (error: Error) => `${error.name}: ${error.message}`,
      );
      (isFit ? wrote : said).push([field, value, answer]);
    }
  expect(wrote).toEqual(Object.entries(taken).flatMap(([field, fits]) => fits.map(value => [field, value, true])));
  for (const [field, value, answer] of said as [string, unknown, string][])
    expect([field, value, answer]).toEqual([
      field,
      value,
      expect.stringMatching(
        /^(ConfigurationError: The configuration's "processRevisionDirectives" gave |IllegalRevisionNameError: "" cannot be )/,
      ),
    ]);
});

test.each([[5], ['text'], [[undefined]], [{ revision: 'a1' }]])('%j for a script is refused', given =>
  withDatabase(async database => {
    const dataSource = database.dataSource({ entities: [...entities] as never });
    const config = { revisions: [], processRevisionDirectives: () => given } as never;
    for (const asked of [
      () => createRunner(dataSource, config, { logger: silent }).check(),
      () => autogenerate(dataSource, { message: 'm', config, logger: silent }),
    ])
      await expect(asked()).rejects.toMatchObject({
        name: 'ConfigurationError',
        message: expect.stringContaining('"processRevisionDirectives" gave'),
      });
  }),
);
