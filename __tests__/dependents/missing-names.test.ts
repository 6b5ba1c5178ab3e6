import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRunner, statementsOf, type Operation } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';
import { imports } from './evolution.ts';

const before = `@Entity('old') export class Old { @PrimaryColumn() id!: number; @Column({ default: 1 }) altered!: number }`;

/** Names of each sort in each place, some of which the database has. */
const after = `
  @Entity('old') @Check('of_old', 'no_check_of_old(id) > 0') @Index('old_part', ['id'], { where: 'no_part(id) > 0' })
  export class Old { @PrimaryColumn() id!: number; @Column({ default: () => 'no_altered()' }) altered!: number;
    @Column({ default: () => 'no_added()' }) added!: number; @Column({ default: () => 'known()' }) fine!: number }
  @Entity('fresh') @Check('called', 'no_check(id) > 0') @Check('compared', 'id === 1') @Check('cast_', "('a'::no_type)::text = 'a'")
  @Check('wrong', 'known(id) > 0') @Check('right', 'id > -1 AND known() > 0 AND aside.there(id) IN (1, 2)')
  @Exclusion('excluded', 'USING btree (no_exclusion(id) WITH =)') @Exclusion('overlapping', 'USING gist (circle(point(id, id), 1) WITH &&)')
  @Index('fresh_part', ['id'], { where: 'no_part(id) > 0' })
  export class Fresh { @PrimaryGeneratedColumn('uuid') uuid!: string; @Column() id!: number; @Column({ default: () => 'no_default()' }) one!: number;
    @Column({ default: () => 'no_default()' }) two!: number; @Column({ default: () => 'no_schema.f()' }) far!: number;
    @Column({ type: 'enum', enum: ['a', 'b'], default: 'a' }) state!: string; @Column({ type: 'varchar', length: 10, default: 'a' }) text!: string;
    @Column({ type: 'int', asExpression: 'no_generated(id)', generatedType: 'STORED' }) computed!: number;
    @Column({ type: 'int', asExpression: 'abs(id)', generatedType: 'STORED' }) plain!: number }
  @ViewEntity({ name: 'seen', expression: 'SELECT no_view(id) AS n, state FROM fresh' }) export class Seen { @ViewColumn() n!: number }
  @ViewEntity({ name: 'kept', materialized: true, expression: 'SELECT no_kept(o.id) AS n FROM old o JOIN fresh f ON f.id = o.added' })
  export class Kept { @ViewColumn() n!: number }
  @ViewEntity({ name: 'well', expression: 'WITH q(a) AS (SELECT known() FROM old) SELECT a, b FROM q, (VALUES (1)) AS t(b)' })
  export class Well { @ViewColumn() a!: number }`;

const others = `CREATE FUNCTION known() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA aside;
  CREATE FUNCTION aside.there(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'; CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION btree_gist`;

/** Creates what PostgreSQL says is missing. */
function creationOf(refusal: string): string {
  const [, name, args] = /function (\S+)\((.*?)\) does not exist/.exec(refusal) ?? [];
  if (name !== undefined) return `CREATE FUNCTION ${name}(${args}) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'`;
  if (refusal.includes('===')) return 'CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)';
  if (refusal.includes('no_type')) return 'CREATE DOMAIN no_type AS text';
  return `CREATE SCHEMA no_schema; CREATE FUNCTION no_schema.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`;
}

/** Runs operations, and creates what is missing, one after another: each refusal of PostgreSQL's. */
async function refusalsOf(database: TestDatabase, operations: readonly Operation[]): Promise<readonly string[]> {
  const refusals: string[] = [];
  for (const { sql } of operations.flatMap(each => statementsOf(each))) {
    for (
      let refusal = await refusalOf(database, sql);
      refusal !== undefined;
      refusal = await refusalOf(database, sql)
    ) {
      refusals.push(refusal);
      await database.query(creationOf(refusal));
    }
  }
  return refusals;
}

const refusalOf = (database: TestDatabase, sql: string): Promise<string | undefined> =>
  database.query(sql).then(
    () => undefined,
    (error: Error) => error.message,
  );

test('what the entities name and the database lacks is said above the upgrade and by check, and nothing else is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'missing-'));
  await mkdir(join(directory, 'migrations'));
  await withDatabase(async database => {
    await database.query(others);
    const warnings: string[] = [];
    const logger = { info() {}, warn: (line: string) => void warnings.push(line) };
    const write = async (source: string, revision: string) => {
      const dataSource = database.dataSource({
        entities: entitiesFrom(imports + source) as never[],
        installExtensions: false,
      });
      const script = await autogenerate(dataSource, { message: 'more', revision, directory, logger });
      const text = renderRevision(script!, 'esm');
      await writeFile(join(directory, 'migrations', `${revision}.mjs`), text);
      return { text, upgrade: script!.upgrade, runner: createRunner(dataSource, {}, { directory, logger }) };
    };
    const first = await write(before, 'a1');
    await first.runner.upgrade();
    expect(warnings).toEqual([]);
    const { text, upgrade, runner } = await write(after, 'b2');
    const said = text.matchAll(/\/\/ PostgreSQL refuses this unless SQL before it creates what is missing: (.*)\.$/gm);
    const missing = [...said].map(([, what]) => what!);
    expect(warnings.map(line => line.replace(/.*missing: (.*)\.$/, '$1'))).toEqual(missing);
    const refusals = await refusalsOf(database, upgrade);
    expect(missing.map(line => line.replace(/ \([^()]*\)$/, '')).toSorted()).toEqual(refusals.toSorted());
    expect(missing).toContain('function no_default() does not exist (column one of fresh, column two of fresh)');
    expect(missing).toContain('function no_part(integer) does not exist (index old_part, index fresh_part)');
    warnings.length = 0;
    await runner.stamp('head');
    await runner.check();
    expect(warnings).toEqual([]);
  });
  await rm(directory, { recursive: true });
});
