import { expect, test } from '@jest/globals';
import { createRunner, silent, type DraftRevision, type MigrationsConfig } from 'typeorm-alembic';
import { autogenerate, draftRevisions } from 'typeorm-alembic/codegen';
import { entitiesMatchMigrations } from 'typeorm-alembic/testing';
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
