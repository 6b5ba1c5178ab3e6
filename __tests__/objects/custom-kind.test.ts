import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRunner, silent, statementsOf, UnknownOperationError, type Operation } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, withDatabase } from '../support/index.ts';
import { registry } from './policies.ts';

const ticket = (policies: string) => `import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
@Entity('ticket') export class Ticket { static policies = [${policies}]; @PrimaryGeneratedColumn() id!: number; @Column() owner!: string }`;

const own = `{ name: 'own', using: '(("owner")::text = CURRENT_USER)' }`;

test("a project's own kind is introspected, compared, written, run and taken back like any other", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kinds-'));
  await mkdir(join(directory, 'migrations'));
  const config = { kinds: registry };
  await withDatabase(async database => {
    const generate = async (source: string, revision: string): Promise<string> => {
      const dataSource = database.dataSource({ entities: [...entitiesFrom(source)] as never });
      const script = await autogenerate(dataSource, {
        message: 'policies',
        revision,
        config,
        directory,
        logger: silent,
      });
      const text = script ? renderRevision(script, 'esm') : '';
      if (script) await writeFile(join(directory, 'migrations', `${revision}.mjs`), text);
      await createRunner(dataSource, config, { directory, logger: silent }).upgrade();
      return text;
    };
    const live = async () => (await database.query('SELECT polname AS name FROM pg_policy')).map(({ name }) => name);

    expect(await generate(ticket(own), '0001')).toContain("await op.createPolicy({ name: 'own'");
    expect(await live()).toEqual(['own']);
    await database.query('CREATE POLICY by_hand ON ticket USING (true)');
    expect(await generate(ticket(own.replace('"owner"', 'owner')), '0002')).toBe('');
    expect(await generate(ticket(''), '0003')).toContain("await op.dropPolicy({ name: 'own', table: 'ticket' })");
    expect(await live()).toEqual(['by_hand']);
    const runner = createRunner(database.dataSource(), config, { directory, logger: silent });
    await runner.downgrade('-1');
    expect((await live()).sort()).toEqual(['by_hand', 'own']);
    expect((await runner.plan('0003'))[0]!.statements.map(({ sql }) => sql)).toEqual(['DROP POLICY "own" ON "ticket"']);
  });
  await rm(directory, { recursive: true, force: true });
});

test('an operation that no kind makes is an error that says so', () => {
  const operation = { op: 'createPolicy', name: 'own', table: 'ticket', using: 'true' } as unknown as Operation;
  expect(() => statementsOf({ op: 'createWidget' } as unknown as Operation)).toThrow(UnknownOperationError);
  expect(statementsOf(operation, registry)).toHaveLength(1);
});
