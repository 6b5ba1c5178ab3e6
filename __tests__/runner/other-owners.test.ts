import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createRunner, silent, type Renames } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, withDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** A role that migrates, one that it is a member of, and one that has nothing to do with it. */
const [role, group, other] = ['migrator', 'crew', 'stranger'].map(name => `${name}_${process.pid}`) as [
  string,
  string,
  string,
];
beforeAll(() =>
  withDatabase(database =>
    database.query(`CREATE ROLE ${role}; CREATE ROLE ${group}; CREATE ROLE ${other}; GRANT ${group} TO ${role}`),
  ),
);
afterAll(() => withDatabase(database => database.query(`DROP ROLE ${role}, ${group}, ${other}`)));

const imports = `import { Column, Entity, PrimaryColumn, ViewEntity } from 'typeorm';\n`;
const item = (type: string, more = '') =>
  `@Entity('item') export class Item { @PrimaryColumn() id!: number; @Column({ type: '${type}', nullable: true }) code!: any; ${more} }`;
const box = (schema = 'public') =>
  `@Entity('box', { schema: '${schema}' }) export class Box { @PrimaryColumn() id!: number }`;
const stated = (...labels: string[]) =>
  item(
    'text',
    `@Column({ type: 'enum', enumName: 'state', enum: ${JSON.stringify(labels)}, nullable: true }) state!: any;`,
  );
const [text, varchar] = [item('text'), item('varchar')];

interface Case {
  readonly before: string;
  readonly after: string;
  /** What others do between the two. */
  readonly others: string;
  readonly renames?: Renames;
}

/** Of each kind, what is somebody else's; the role is told exactly where the server refuses it. */
const cases: Readonly<Record<string, (owner: string) => Case>> = {
  'a table that gets a column': owner => ({
    before: item('text'),
    after: item('text', '@Column({ nullable: true }) more!: number;'),
    others: `ALTER TABLE item OWNER TO ${owner}; GRANT SELECT ON item TO ${role}`,
  }),
  'a table that is dropped': owner => ({
    before: text + box(),
    after: text,
    others: `ALTER TABLE box OWNER TO ${owner}; GRANT SELECT ON box TO ${role}`,
  }),
  'a table that is renamed': owner => ({
    before: text + box(),
    after: text + box().replace(`'box'`, `'crate'`),
    others: `ALTER TABLE box OWNER TO ${owner}; GRANT SELECT ON box TO ${role}`,
    renames: { tables: { box: 'crate' } },
  }),
  'a view': owner => ({
    before: text,
    after: varchar,
    others: `CREATE VIEW seen AS SELECT code FROM item; ALTER VIEW seen OWNER TO ${owner}; GRANT SELECT ON item TO ${owner}`,
  }),
  'a materialized view': owner => ({
    before: text,
    after: varchar,
    others: `CREATE MATERIALIZED VIEW kept AS SELECT code FROM item; GRANT SELECT ON item TO ${owner};
      ALTER MATERIALIZED VIEW kept OWNER TO ${owner}`,
  }),
  'a statistics object': owner => ({
    before: text,
    after: varchar,
    others: `CREATE STATISTICS both_of ON id, code FROM item; ALTER STATISTICS both_of OWNER TO ${owner}`,
  }),
  'an enum that gets a label': owner => ({
    before: stated('a', 'b'),
    after: stated('a', 'b', 'c'),
    others: `ALTER TYPE state OWNER TO ${owner}`,
  }),
  'an enum that is replaced': owner => ({
    before: stated('a', 'b'),
    after: stated('b', 'a'),
    others: `ALTER TYPE state OWNER TO ${owner}`,
  }),
  'an enum that is dropped': owner => ({
    before: stated('a', 'b'),
    after: text,
    others: `ALTER TYPE state OWNER TO ${owner}`,
  }),
  'a schema that is dropped': owner => ({
    before: text + box('aside'),
    after: text,
    others: `ALTER SCHEMA aside OWNER TO ${owner}; GRANT ALL ON SCHEMA aside TO ${role}`,
  }),
  'a publication of a table that is dropped': owner => ({
    before: text + box(),
    after: text,
    others: `CREATE PUBLICATION news FOR TABLE box; ALTER PUBLICATION news OWNER TO ${owner}`,
  }),
  'a publication of another table': owner => ({
    before: text + box(),
    after: text,
    others: `CREATE PUBLICATION news FOR TABLE item; ALTER PUBLICATION news OWNER TO ${owner}`,
  }),
};
const owners = { 'the role itself': role, 'a role that it is a member of': group, 'another role': other };

const each = Object.entries(cases).flatMap(([what, make]) =>
  Object.entries(owners).map(([whose, owner]) => [what, whose, make(owner)] as const),
);
test.each(shareOfToday(each, 6))('%s is of %s', async (_what, _whose, { before, after, others, renames = {} }) => {
  const directory = await mkdtemp(join(tmpdir(), 'owners-'));
  await mkdir(join(directory, 'migrations'));
  await withDatabase(async database => {
    await database.query(`GRANT ALL ON DATABASE "${database.name}" TO ${role}, ${group}, ${other};
      GRANT ALL ON SCHEMA public TO ${role}, ${group}, ${other}`);
    const asRole = (source: string) =>
      database.dataSource({
        entities: [...entitiesFrom(imports + source)] as never[],
        installExtensions: false,
        extra: { options: `-c role=${role}` },
      });
    const warnings: string[] = [];
    const logger = { info() {}, warn: (line: string) => void warnings.push(line) };
    const write = async (dataSource: DataSource, revision: string, told: Renames = {}) => {
      const script = await autogenerate(dataSource, {
        message: 'of theirs',
        revision,
        directory,
        logger,
        renames: told,
      });
      await writeFile(join(directory, 'migrations', `${revision}.mjs`), renderRevision(script!, 'esm'));
    };
    /** What the server says to the role; where it refuses, another one runs it. */
    const refusal = async (direction: 'upgrade' | 'downgrade') => {
      const run = (dataSource: DataSource) => {
        const runner = createRunner(dataSource, {}, { directory, logger: silent });
        return direction === 'upgrade' ? runner.upgrade() : runner.downgrade('-1');
      };
      try {
        return void (await run(asRole(after)));
      } catch (error) {
        expect((error as Error).message).toMatch(/must be owner|must be able to SET ROLE|must be member of/);
        await run(database.dataSource({ entities: [] }));
        return error;
      }
    };
    await write(asRole(before), 'a1');
    await createRunner(asRole(before), {}, { directory, logger: silent }).upgrade();
    await database.query(others);
    warnings.length = 0;
    await write(asRole(after), 'b2', renames);
    const [upgrade, downgrade] = [await refusal('upgrade'), await refusal('downgrade')];
    const about = (run: string) => warnings.filter(line => line.includes(`the ${run} has to be run`));
    expect({ warnings, upgrade: about('revision').length > 0 }).toEqual({ warnings, upgrade: upgrade !== undefined });
    if (downgrade === undefined) expect(about('downgrade')).toEqual([]);
    else expect(warnings).not.toEqual([]);
  });
  await rm(directory, { recursive: true });
});
