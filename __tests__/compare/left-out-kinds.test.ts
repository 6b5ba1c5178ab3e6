import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRunner, kinds, silent, type MigrationsConfig } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { catalogFingerprint, entitiesFrom, withDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { imports } from '../dependents/evolution.ts';

/** A new table has a foreign key where it is made. */
const project = (after: boolean, table: string) => `
  @Entity('agent') export class Agent { @PrimaryGeneratedColumn() id!: number; @Column() name!: string; }
  @Entity({ name: 'note', schema: 'aside' }) export class Note { @PrimaryColumn() id!: number; ${after ? '@Column({ nullable: true }) more!: string;' : ''} }
  @Entity('${table}') @Check('long_enough', 'length(code) > ${after ? 1 : 0}')
  export class Item { @PrimaryGeneratedColumn() id!: number;
    ${after ? '@Index()' : ''} @Column({ type: '${after ? 'varchar' : 'text'}' }) code!: string;
    ${after ? '' : '@Index()'} @Column({ type: 'int', default: ${after ? 2 : 1} }) size!: number;
    @Column({ type: 'enum', enumName: 'state', enum: ['a', 'b'${after ? ", 'c'" : ''}], default: 'a' }) state!: string;
    @ManyToOne(() => Agent, { ${after ? "onDelete: 'CASCADE'" : ''} }) agent!: Relation<Agent>; }
  ${after ? `@Entity('fresh') export class Fresh { @PrimaryGeneratedColumn() id!: number; ${table === 'task' ? '@ManyToOne(() => Agent) agent!: Relation<Agent>;' : ''} }` : `@Entity('gone') export class Gone { @PrimaryGeneratedColumn() id!: number; @Column() n!: number; }`}
  @ViewEntity({ name: 'seen', expression: 'SELECT id, name FROM agent${after ? ' WHERE id > 1' : ''}' }) export class Seen { @ViewColumn() id!: number }
  @ViewEntity({ name: 'kept', materialized: true, expression: 'SELECT id, name FROM agent${after ? ' WHERE id > 2' : ''}' }) export class Kept { @ViewColumn() id!: number }`;

const others = `
  INSERT INTO agent (name) VALUES ('x'), ('y'), ('z'); INSERT INTO item (code, "agentId") VALUES ('one', 1), ('two', 2);
  CREATE VIEW of_code AS SELECT code FROM item; CREATE MATERIALIZED VIEW all_codes AS SELECT code FROM item;
  CREATE POLICY own ON item USING (code <> 'x'); CREATE STATISTICS both_of ON code, size FROM item; CREATE SEQUENCE numbers;
  CREATE TRIGGER same BEFORE UPDATE OF code ON item FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
  CREATE RULE log AS ON DELETE TO item WHERE OLD.code = 'x' DO INSTEAD NOTHING`;

/** What PostgreSQL lets nobody change a column under. */
const inTheWay = ['views', 'materializedViews', 'policies', 'triggers', 'rules'];

async function runs(registry: Record<string, unknown>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'left-out-'));
  await mkdir(join(directory, 'migrations'));
  await withDatabase(async database => {
    const at = (after: boolean) =>
      database.dataSource({
        entities: [
          ...entitiesFrom(imports + project(after, after && 'tables' in registry ? 'task' : 'item')),
        ] as never[],
        installExtensions: false,
      });
    const config = { kinds: registry } as MigrationsConfig;
    const write = async (after: boolean, revision: string, options: MigrationsConfig) => {
      const renames = after && 'tables' in registry ? { tables: { item: 'task' } } : {};
      const script = await autogenerate(at(after), {
        message: 'r',
        revision,
        directory,
        logger: silent,
        config: options,
        renames,
      });
      if (script) await writeFile(join(directory, 'migrations', `${revision}.mjs`), renderRevision(script, 'esm'));
      return script;
    };
    await write(false, 'a1', {});
    await createRunner(at(false), {}, { directory, logger: silent }).upgrade();
    await database.query(others);
    const start = await catalogFingerprint(database);
    const isInTheWay = 'tables' in registry && inTheWay.some(kind => !(kind in registry));
    if (isInTheWay) {
      await expect(write(true, 'b2', config)).rejects.toThrow(/^PostgreSQL would refuse this revision: /);
      await database.query(`DROP POLICY own ON item; DROP TRIGGER same ON item; DROP RULE log ON item; DROP VIEW of_code;
        DROP MATERIALIZED VIEW all_codes`);
    }
    const before = isInTheWay ? await catalogFingerprint(database) : start;
    const script = await write(true, 'b2', config);
    const runner = createRunner(at(true), config, { directory, logger: silent });
    await runner.upgrade();
    expect((await runner.check()).operations).toEqual([]);
    // An enum cannot lose a label while the columns of its type are not known.
    if (script && renderRevision(script).includes('PostgreSQL refuses this while')) {
      expect(['enums' in registry, 'tables' in registry]).toEqual([true, false]);
      await expect(runner.downgrade('-1')).rejects.toThrow(/cannot drop type/);
      return;
    }
    if (script) await runner.downgrade('-1');
    expect(await catalogFingerprint(database)).toBe(before);
    await database.query('DROP VIEW IF EXISTS of_code; DROP MATERIALIZED VIEW IF EXISTS all_codes');
    await runner.downgrade('base');
  });
  await rm(directory, { recursive: true });
}

const names = Object.keys(kinds) as (keyof typeof kinds)[];

describe('a configuration with some kinds only', () => {
  test.each(shareOfToday(names))('leaves out %s', kind => {
    const { [kind]: _, ...others } = kinds;
    return runs(others);
  });

  test.each(shareOfToday(names))('has %s alone', kind => runs({ [kind]: kinds[kind] }));

  test('has tables and enums', () => runs({ enums: kinds.enums, tables: kinds.tables }));
});
