import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BlockedChangeError, createRunner, silent } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, type TestDatabase, withDatabase } from '../support/index.ts';

/** A role that migrates, one that it is a member of, and the tablespace of somebody else. */
const [role, group, space] = ['lacking', 'reading', 'faraway'].map(name => `${name}_${process.pid}`) as [
  string,
  string,
  string,
];
beforeAll(() =>
  withDatabase(async database => {
    await database.query(`CREATE ROLE ${role}; CREATE ROLE ${group}; GRANT ${group} TO ${role}`);
    const admin = await database.client();
    await admin.query('SET allow_in_place_tablespaces = on');
    await admin.query(`CREATE TABLESPACE ${space} LOCATION ''`);
  }),
);
afterAll(() =>
  withDatabase(async database => {
    await database.query(`DROP TABLESPACE ${space}`);
    await database.query(`DROP ROLE ${role}, ${group}`);
  }),
);

interface Names {
  readonly item: string;
  readonly pair: string;
  readonly moved: string;
}
const [before, after] = [
  { item: 'item', pair: 'pair', moved: 'start' },
  { item: 'pair', pair: 'item', moved: 'start' },
] as const satisfies readonly Names[];
const renames = { tables: { item: 'pair', pair: 'item' } };

const entities = ({ item, pair, moved }: Names, type: string, where: string, fed: string, more = '') => [
  ...entitiesFrom(`import { Check, Column, Entity, Generated, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
    @Entity('${item}') @Check('long', 'length(code) > 1') export class Item { @PrimaryColumn() id!: number;
      @Column({ type: '${type}', nullable: true }) code!: string; @Index('rated', { where: '${where}' }) @Column() rank!: number; ${more} }
    @Entity('${pair}') export class Pair { @PrimaryColumn() id!: number; @Column({ type: 'text', nullable: true }) code!: string }
    @Entity('moved', { schema: '${moved}' }) export class Moved { @PrimaryColumn() id!: number;
      @Column({ type: 'enum', enum: ['a'] }) state!: string }
    @Entity('box', { schema: 'aside' }) export class Box { @PrimaryColumn() id!: number }
    @Entity('one', { schema: 'of_serial' }) export class One { @PrimaryColumn() id!: number; @Column() ${fed} n!: number }
    @Entity('two', { schema: 'of_identity' }) export class Two { @PrimaryColumn() id!: number; @Column() ${fed.replace('()', "('identity')")} n!: number }
    @Entity('three', { schema: 'of_new' }) export class Three { @PrimaryColumn() id!: number; ${fed && `@Column() ${fed} n!: number`} }`),
];

/** What others made on a column that gets another type, of each sort that needs a privilege to be made again. */
const others = `
  CREATE VIEW aside.seen AS SELECT code FROM item; ALTER VIEW aside.seen OWNER TO ${group};
  CREATE SCHEMA of_trigger; CREATE FUNCTION of_trigger.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER t1 BEFORE UPDATE OF code ON item FOR EACH ROW EXECUTE FUNCTION of_trigger.f();
  CREATE FUNCTION unwilling() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  REVOKE EXECUTE ON FUNCTION unwilling() FROM PUBLIC;
  CREATE TRIGGER t2 BEFORE UPDATE OF code ON item FOR EACH ROW EXECUTE FUNCTION unwilling();
  CREATE SCHEMA of_policy; CREATE FUNCTION of_policy.f(text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
  CREATE POLICY own ON item USING (of_policy.f(code));
  CREATE SCHEMA of_view; CREATE TABLE of_view.t (id integer);
  CREATE VIEW joined AS SELECT code FROM item JOIN of_view.t USING (id); ALTER VIEW joined OWNER TO ${role};
  CREATE SCHEMA of_check; CREATE FUNCTION of_check.f(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
  ALTER TABLE item ADD CONSTRAINT theirs CHECK (of_check.f(code));
  CREATE TABLE unread (a integer, b integer); CREATE TABLE read_in_part (a integer, b integer); GRANT SELECT (a) ON read_in_part TO ${role};
  CREATE FUNCTION of_filled() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; REVOKE EXECUTE ON FUNCTION of_filled() FROM PUBLIC;
  CREATE FUNCTION of_operator(integer, integer) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
  REVOKE EXECUTE ON FUNCTION of_operator(integer, integer) FROM PUBLIC; CREATE OPERATOR === (FUNCTION = of_operator, LEFTARG = integer, RIGHTARG = integer);
  CREATE MATERIALIZED VIEW kept TABLESPACE ${space} AS SELECT code, (SELECT max(a) FROM unread) u, (SELECT max(a) FROM read_in_part) r, of_filled(), id === 1 AS o FROM item; ALTER MATERIALIZED VIEW kept OWNER TO ${role};
  CREATE MATERIALIZED VIEW of_group AS SELECT code FROM item; ALTER MATERIALIZED VIEW of_group OWNER TO ${group};
  CREATE TABLE never_read (a integer); CREATE MATERIALIZED VIEW empty AS SELECT code, a FROM item, never_read WITH NO DATA; ALTER MATERIALIZED VIEW empty OWNER TO ${role};
  CREATE SCHEMA of_other; CREATE FUNCTION of_other.f(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE POLICY own ON pair USING (of_other.f(code));
  REVOKE CREATE ON SCHEMA of_serial, of_identity, of_new FROM ${role};
  ALTER INDEX rated SET TABLESPACE ${space}; CREATE INDEX theirs_too ON item ((code || 'x')) TABLESPACE ${space};
  ALTER TABLE aside.box OWNER TO ${group}; REVOKE ALL ON aside.box FROM ${group}; GRANT SELECT ON aside.box TO ${group};`;

const grants: Readonly<Record<string, RegExp>> = {
  schema: /needs (CREATE|USAGE) on (schema \w+), which (\w+) does not have/,
  other:
    /needs (CREATE|EXECUTE|REFERENCES|SELECT|USAGE) on ((?:database|tablespace|function|table|type) [^,]+(?:, [^,]+\))?), which (\w+) does not have/,
};

/** What warnings say of privileges: the privilege, on what, and whose. */
function saidIn(warnings: readonly string[]) {
  const grantOf = (line: string) => Object.values(grants).flatMap(each => each.exec(line) ?? []);
  return new Map(warnings.flatMap(line => (grantOf(line).length > 0 ? [[line, grantOf(line)] as const] : [])));
}

/** Grants what PostgreSQL asks for, one after another: all of it must have been said, and nothing else. */
async function grantUntilDone(
  database: TestDatabase,
  said: ReturnType<typeof saidIn>,
  run: () => Promise<unknown>,
  oldNames: Readonly<Record<string, string>> = {},
): Promise<void> {
  const open = new Map(said);
  for (let tries = 0; tries < 30; tries++) {
    const refusal = await run().then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (refusal === undefined) break;
    // Within the revision, a table goes by its new name.
    const [, sort, name = ''] = /permission denied for (?:materialized )?(\w+) (\w+)/.exec(refusal) ?? [];
    const named = `${sort} ${sort === 'table' ? (oldNames[name] ?? name) : name}`;
    const warning = [...open].find(([, [, , on]]) => on!.replace(/\(.*|\w+\./g, '') === named);
    if (!warning) throw new Error(`nothing was said of: ${refusal}\n${[...open.keys()].join('\n')}`);
    const [line, [, privilege, on, to]] = warning;
    await database.query(`GRANT ${privilege} ON ${on} TO ${to}`);
    open.delete(line);
  }
  expect([...open.keys()]).toEqual([]);
}

test('the privileges that a revision is said to need are those for want of which PostgreSQL refuses it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'privileges-'));
  await mkdir(join(directory, 'migrations'));
  await withDatabase(async database => {
    const schemas = 'aside, public, start, target, of_serial, of_identity, of_new';
    for (const schema of schemas.split(', ')) await database.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await database.query(`GRANT ALL ON SCHEMA ${schemas} TO ${role}; GRANT TEMP ON DATABASE "${database.name}" TO ${role};
      GRANT USAGE ON SCHEMA aside TO ${group}`);
    const asRole = (classes: unknown[]) =>
      database.dataSource({
        entities: classes as never[],
        installExtensions: false,
        extra: { options: `-c role=${role}` },
      });
    const box = '@ManyToOne(() => Box) box!: Relation<Box>;';
    const fresh = entitiesFrom(`import { Column, Entity, PrimaryColumn } from 'typeorm';
      @Entity('fresh', { schema: 'fresh' }) export class Fresh { @PrimaryColumn() id!: number; @Column('citext') c!: string }`);
    const is = asRole(entities(before, 'text', 'rank > 1', ''));
    const becomes = asRole([...entities(after, 'varchar', 'rank > 2', '@Generated()', box), ...fresh]);
    const warnings: string[] = [];
    const logger = { info() {}, warn: (line: string) => void warnings.push(line) };
    const write = async (dataSource: typeof is, revision: string, told = {}) => {
      const script = await autogenerate(dataSource, { message: 'more', revision, directory, logger, renames: told });
      await writeFile(join(directory, 'migrations', `${revision}.mjs`), renderRevision(script!, 'esm'));
    };
    await write(is, 'a1');
    await createRunner(is, {}, { directory, logger: silent }).upgrade();
    expect(warnings).toEqual([]);
    await database.query(others);
    await write(becomes, 'b2', renames);
    const upgrade = warnings.filter(line => !line.includes('The downgrade'));
    expect(saidIn(upgrade).size).toBeGreaterThan(15);
    expect(upgrade).toContainEqual(
      expect.stringMatching(/CREATE on database .*create schema fresh.*create extension citext/),
    );
    const runner = createRunner(becomes, {}, { directory, logger: silent });
    await grantUntilDone(database, saidIn(upgrade), () => runner.upgrade(), { item: 'pair', pair: 'item' });
    expect((await createRunner(becomes, {}, { directory, logger: silent }).check()).operations).toEqual([]);
    await database.query(`REVOKE CREATE ON SCHEMA target FROM ${role}`);
    warnings.length = 0;
    const moved = asRole([
      ...entities({ ...after, moved: 'target' }, 'varchar', 'rank > 2', '@Generated()', box),
      ...fresh,
    ]);
    await write(moved, 'c3', { tables: { 'start.moved': 'target.moved' } });
    expect(warnings).toContainEqual(expect.stringMatching(/CREATE on schema target, .*move table.*move enum/));
    await grantUntilDone(database, saidIn(warnings), () =>
      createRunner(moved, {}, { directory, logger: silent }).upgrade(),
    );
    await database.query(`DROP MATERIALIZED VIEW kept; ALTER TABLE pair DROP COLUMN code CASCADE; DROP INDEX rated`);
  });
  await rm(directory, { recursive: true });
});

/** What of a dropped table and column needs a privilege to come back. */
const partsOfOthers = `
  CREATE SCHEMA of_default; CREATE FUNCTION of_default.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE SCHEMA of_check; CREATE FUNCTION of_check.f(int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
  CREATE SCHEMA of_generated; CREATE FUNCTION of_generated.f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
  CREATE SCHEMA of_exclusion; CREATE FUNCTION of_exclusion.f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
  CREATE SCHEMA of_type; CREATE DOMAIN of_type.plain AS int; CREATE DOMAIN closed AS int; CREATE DOMAIN shut AS int; CREATE DOMAIN hidden AS int; CREATE DOMAIN former AS int;
  REVOKE USAGE ON TYPE closed, shut, hidden, former FROM PUBLIC;
  ALTER TABLE gone ADD a int DEFAULT of_default.f(), ADD CHECK (of_check.f(id)), ADD b int GENERATED ALWAYS AS (of_generated.f(id)) STORED,
    ADD EXCLUDE USING btree (of_exclusion.f(id) WITH =), ADD c of_type.plain, ADD d closed, ADD e closed[];
  CREATE FUNCTION unwilling() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION unwilling() FROM PUBLIC;
  ALTER TABLE item ALTER lost SET DEFAULT unwilling(); ALTER TABLE item ALTER worn TYPE shut; ALTER TABLE item ADD theirs hidden; ALTER TABLE item ALTER stays TYPE former;
  CREATE VIEW typed AS SELECT code, theirs FROM item; ALTER VIEW typed OWNER TO ${role};`;

test('the privileges that a downgrade is said to need are those for want of which PostgreSQL refuses it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'privileges-'));
  await mkdir(join(directory, 'migrations'));
  await withDatabase(async database => {
    await database.query(`GRANT ALL ON SCHEMA public TO ${role}; GRANT TEMP ON DATABASE "${database.name}" TO ${role}`);
    const asRole = (source: string) =>
      database.dataSource({
        entities: [
          ...entitiesFrom(`import { Column, Entity, PrimaryColumn, ViewColumn, ViewEntity } from 'typeorm'; ${source}`),
        ] as never[],
        installExtensions: false,
        extra: { options: `-c role=${role}` },
      });
    const item = (columns: string, name = 'item') =>
      `@Entity('${name}') export class Item { @PrimaryColumn() id!: number; @Column() code!: string; @Column() stays!: number; ${columns} }`;
    const before = asRole(
      `${item('@Column({ default: 1 }) lost!: number; @Column() worn!: number;')} @Entity('gone') export class Gone { @PrimaryColumn() id!: number }`,
    );
    const after = asRole(item('', 'thing').replace('@Column() code', `@Column('text') code`));
    const warnings: string[] = [];
    const logger = { info() {}, warn: (line: string) => void warnings.push(line) };
    const write = async (dataSource: typeof before, revision: string, told = {}) => {
      const script = await autogenerate(dataSource, { message: 'more', revision, directory, logger, renames: told });
      await writeFile(join(directory, 'migrations', `${revision}.mjs`), renderRevision(script!, 'esm'));
    };
    await write(before, 'a1');
    const runner = createRunner(after, {}, { directory, logger: silent });
    await runner.upgrade();
    await database.query(partsOfOthers);
    await write(after, 'b2', { tables: { item: 'thing' } });
    expect(saidIn(warnings).size).toBeGreaterThan(6);
    // The view is made again both ways.
    const [downgrade, upgrade] = [true, false].map(is =>
      saidIn(warnings.filter(line => line.includes('The downgrade') === is)),
    );
    await grantUntilDone(database, upgrade!, () => runner.upgrade());
    await grantUntilDone(database, downgrade!, () => runner.downgrade('-1'));
    await database.query('DROP TABLE item, gone CASCADE');
  });
  await rm(directory, { recursive: true });
});

/** What others made on `points`, whose type changes: those whose text mentions what is renamed, and those that it does not. */
const spelledOtherwise = `
  CREATE VIEW seen AS SELECT points FROM ticket; CREATE MATERIALIZED VIEW kept AS SELECT count(points) FROM ticket;
  CREATE POLICY by_column ON ticket USING (points > 0 AND code <> ''); CREATE POLICY by_label ON ticket USING (points > 0 AND state <> 'open');
  CREATE RULE by_rule AS ON UPDATE TO ticket WHERE new.points > 1 DO SELECT new.code;
  CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER by_trigger BEFORE UPDATE OF points ON ticket FOR EACH ROW WHEN (new.code <> '') EXECUTE FUNCTION f();
  CREATE POLICY alike ON ticket USING (points > 0);`;

test('a text of others that this session cannot have PostgreSQL spell under new names is not written under the old ones', async () => {
  await withDatabase(async database => {
    await database.query(
      `GRANT ALL ON SCHEMA public TO ${role}; CREATE SCHEMA closed; GRANT USAGE ON SCHEMA closed TO ${role}; GRANT TEMP ON DATABASE "${database.name}" TO ${role}`,
    );
    const asRole = (table: string, column: string, labels: string, type: string) =>
      database.dataSource({
        entities: entitiesFrom(`import { Column, Entity, PrimaryColumn } from 'typeorm';
          @Entity(${table}) export class Ticket { @PrimaryColumn() id!: number; @Column('${type}') points!: number; @Column() ${column}!: string;
            @Column({ type: 'enum', enum: [${labels}], enumName: 'state' }) state!: string }`) as never[],
        installExtensions: false,
        extra: { options: `-c role=${role}` },
      });
    const directory = await mkdtemp(join(tmpdir(), 'privileges-'));
    await mkdir(join(directory, 'migrations'));
    const before = asRole(`'ticket'`, 'code', `'open', 'done'`, 'integer');
    const first = await autogenerate(before, { message: 'first', revision: 'a1', directory, logger: silent });
    await writeFile(join(directory, 'migrations', 'a1.mjs'), renderRevision(first!, 'esm'));
    await createRunner(before, {}, { directory, logger: silent }).upgrade();
    await database.query(
      `${spelledOtherwise}; ALTER VIEW seen OWNER TO ${role}; ALTER MATERIALIZED VIEW kept OWNER TO ${role}`,
    );
    const after = asRole(`'issue', { schema: 'closed' }`, 'text', `'new', 'done'`, 'bigint');
    const renames = {
      tables: { ticket: 'closed.issue' },
      columns: { 'ticket.code': 'text' },
      enumLabels: { 'state.open': 'new' },
    };
    const write = () => autogenerate(after, { message: 'more', directory, renames, logger: silent });
    const error: BlockedChangeError = await write().then(
      () => undefined,
      thrown => thrown,
    );
    if (!(error instanceof BlockedChangeError)) throw error;
    expect(error.obstacles.map(({ dependent }) => dependent).toSorted()).toEqual([
      'materialized view kept',
      'policy by_column of closed.issue',
      'policy by_label of closed.issue',
      'rule by_rule of closed.issue',
      'trigger by_trigger of closed.issue',
      'view seen',
    ]);
    expect(error.message).toContain('permission denied for schema closed');
    await database.query(`GRANT CREATE ON SCHEMA closed TO ${role}`);
    const script = await write();
    await writeFile(join(directory, 'migrations', 'b2.mjs'), renderRevision(script!, 'esm'));
    const runner = createRunner(after, {}, { directory, logger: silent });
    await runner.upgrade();
    expect((await runner.check()).operations).toEqual([]);
    await database.query('DROP SCHEMA closed CASCADE; DROP OWNED BY ' + role);
    await rm(directory, { recursive: true });
  });
});
