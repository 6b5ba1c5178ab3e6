import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createRunner, kinds, silent, type MigrationsConfig, type Operation } from 'typeorm-alembic';
import { catalogFingerprint, entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const ticket = `import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
  @Entity('ticket') export class Ticket { @PrimaryGeneratedColumn() id!: number; @Column({ length: 50 }) subject!: string }`;

async function check(database: TestDatabase, source: string, config: MigrationsConfig): Promise<readonly Operation[]> {
  const dataSource = database.dataSource({ entities: [...entitiesFrom(source)] as never, installExtensions: false });
  return (await createRunner(dataSource, { ...config, revisions: [] }, { logger: silent }).check()).operations;
}

/** One of each type that a filter is asked about, with the entities below on the other side. */
const ofEachType = `CREATE EXTENSION IF NOT EXISTS citext; CREATE SCHEMA other; CREATE TYPE sort AS ENUM ('a'); CREATE SEQUENCE numbers;
  CREATE TABLE ticket (id serial CONSTRAINT k PRIMARY KEY, subject varchar(50) NOT NULL, CONSTRAINT once UNIQUE (subject),
    CONSTRAINT filled CHECK (subject <> ''), CONSTRAINT of_ticket FOREIGN KEY (id) REFERENCES ticket (id), EXCLUDE (subject WITH =));
  CREATE INDEX by_subject ON ticket (subject); CREATE STATISTICS st ON id, subject FROM ticket;
  CREATE VIEW v AS SELECT id FROM ticket; CREATE MATERIALIZED VIEW m AS SELECT id FROM ticket;
  CREATE POLICY p ON ticket; CREATE RULE r AS ON DELETE TO ticket DO ALSO NOTHING;
  CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER t BEFORE INSERT ON ticket EXECUTE FUNCTION f()`;

describe('both filters', () => {
  const documented = /^`type` is one of (.*), or/m.exec(readFileSync('docs/autogenerate.md', 'utf8'))![1]!;
  const types = [...documented.matchAll(/`(\w+)`/g)].map(([, type]) => type!).sort();
  const entities = `${ticket} @Entity('event', { schema: 'audit' }) export class Event { @PrimaryColumn() id!: number }`;

  test('are asked about every type that the documentation names', () =>
    withDatabase(async database => {
      await database.query(ofEachType);
      const [byName, byObject] = [new Set<string>(), new Set<string>()];
      await check(database, entities, { includeName: (_name, type) => Boolean(byName.add(type)) });
      await check(database, entities, { includeObject: (_object, _name, type) => Boolean(byObject.add(type)) });
      expect([...byName].sort()).toEqual(types);
      const undeclarable = Object.values(kinds).flatMap(kind => (kind.undeclaredStays ? [kind.filterType] : []));
      // What entities cannot declare never differs from itself.
      expect([...byObject].sort()).toEqual(types.filter(type => !(undeclarable as string[]).includes(type)));
    }));

  /** https://alembic.sqlalchemy.org/en/latest/autogenerate.html#omitting-table-names-from-the-autogenerate-process */
  test('includeName is given the parents that Alembic gives', () =>
    withDatabase(async database => {
      await database.query(`${ofEachType}; CREATE SCHEMA audit; CREATE TABLE audit.event (id int, CONSTRAINT e PRIMARY KEY (id));
        CREATE INDEX by_id ON audit.event (id); CREATE TYPE audit.sort AS ENUM ('a')`);
      const asked = new Map<string, unknown>();
      await check(database, entities, {
        includeName: (name, type, parents) =>
          Boolean(asked.set(`${type} ${name} of ${parents.schema_name ?? ''}`, parents)),
      });
      const ofTicket = { schema_name: null, table_name: 'ticket', schema_qualified_table_name: 'ticket' };
      const ofEvent = { schema_name: 'audit', table_name: 'event', schema_qualified_table_name: 'audit.event' };
      const parts = [
        'column subject',
        'index by_subject',
        'unique_constraint once',
        'check_constraint filled',
        'primary_key k',
      ];
      const others = [
        'foreign_key_constraint of_ticket',
        'policy p',
        'rule r',
        'trigger t',
        'exclusion_constraint ticket_subject_excl',
      ];
      expect(Object.fromEntries(asked)).toMatchObject({
        'schema audit of ': {},
        'table ticket of ': { schema_name: null, schema_qualified_table_name: 'ticket' },
        'table event of audit': { schema_name: 'audit', schema_qualified_table_name: 'audit.event' },
        'view v of ': { schema_name: null, schema_qualified_table_name: 'v' },
        'materialized_view m of ': { schema_name: null, schema_qualified_table_name: 'm' },
        'sequence numbers of ': { schema_name: null, schema_qualified_table_name: 'numbers' },
        'enum sort of ': { schema_name: null },
        'enum sort of audit': { schema_name: 'audit' },
        'primary_key e of audit': ofEvent,
        'column id of audit': ofEvent,
        'index by_id of audit': ofEvent,
        ...Object.fromEntries([...parts, ...others].map(each => [`${each} of `, ofTicket])),
      });
      expect(asked.get('table ticket of ')).not.toHaveProperty('table_name');
    }));

  test("Alembic's recipe for tables of one's own sees the tables of both sides", () =>
    withDatabase(async database => {
      await database.query('CREATE TABLE ticket (id serial CONSTRAINT k PRIMARY KEY); CREATE TABLE others (id int)');
      const known = new Set<unknown>(['ticket', 'audit.event']);
      const operations = await check(database, entities, {
        includeName: (_name, type, parents) => type !== 'table' || known.has(parents.schema_qualified_table_name),
      });
      expect(operations.map(summary)).toEqual(
        expect.arrayContaining(['createSchema audit', 'createTable audit.event', 'addColumn undefined']),
      );
    }));

  test.each(shareOfToday(types, 3))('leave alone whatever is of the type %s', type =>
    withDatabase(async database => {
      await database.query(ofEachType);
      const dump = await catalogFingerprint(database);
      const leaving: readonly MigrationsConfig[] = [
        { includeName: (_name, each) => each !== type },
        { includeObject: (_object, _name, each) => each !== type },
      ];
      for (const config of leaving) {
        const operations = await check(database, entities, config);
        expect(operations.map(summary).filter(each => OF_TYPE[type]!.test(each))).toEqual([]);
      }
      expect(await catalogFingerprint(database)).toBe(dump);
    }),
  );
});

const summary = (operation: Operation): string => {
  const { op, name, from } = operation as { readonly op: string; readonly name?: string; readonly from?: string };
  return `${op} ${name ?? from}`;
};

/** The operations on objects of a type, where nothing that is left alone needs any. */
const OF_TYPE: Readonly<Record<string, RegExp>> = {
  schema: /Schema /,
  extension: /Extension /,
  enum: /Enum(Value)? /,
  sequence: /Sequence /,
  table: /Table /,
  column: /Column /,
  index: /Index /,
  primary_key: /PrimaryKey |Constraint k$/,
  unique_constraint: /UniqueConstraint |Constraint once$/,
  foreign_key_constraint: /ForeignKey /,
  check_constraint: /CheckConstraint |Constraint filled$/,
  exclusion_constraint: /ExclusionConstraint |Constraint ticket_subject_excl$/,
  view: /(create|drop)View /,
  materialized_view: /MaterializedView /,
  policy: /Policy /,
  trigger: /Trigger /,
  rule: /Rule /,
  statistics: /Statistics /,
};
