import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRunner, kinds, silent, type Renames } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import type { AnyKind } from '../../src/objects/kinds.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { catalogFingerprint, entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';

const imports = `import { Check, Column, Entity, Exclusion, ForeignKey, Index, PrimaryColumn, Unique, ViewColumn, ViewEntity } from 'typeorm';\n`;

/** A kind of which entities may declare objects of their own, as a project could have it. */
const declarable = ({ undeclaredStays: _, ...kind }: AnyKind, key: string): AnyKind => ({
  ...kind,
  declared: ({ target, tableName: table }) =>
    ((target as Record<string, readonly object[]>)[key] ?? []).map(each => ({ ...each, table })),
});

const config = {
  kinds: {
    ...kinds,
    policies: declarable(kinds.policies, 'policies'),
    triggers: declarable(kinds.triggers, 'triggers'),
    rules: declarable(kinds.rules, 'rules'),
    statistics: declarable(kinds.statistics, 'statistics'),
  },
};

interface Names {
  readonly table: string;
  readonly title: string;
}

/** The entities: with the objects that they declare, and which others made before under the same names. */
const project = ({ table, title }: Names, state: string, { parts = false, twice = false } = {}) => `
  @Entity('parent') @Unique('parent_key', ['code']) @Unique('parent_pair', ['code', 'part'])
  export class Parent { @PrimaryColumn() id!: number; @Column() code!: number; @Column() part!: number }
  @Entity('${table}')
  ${
    parts
      ? `@Index('by_title', ['${title}', 'id']) @Unique('once', ['${title}', 'state']) @Check('long', '"number" > 1') @Exclusion('apart', 'USING btree (number WITH =, code WITH =)')
  @ForeignKey(() => Parent, ['code', 'number'], ['code', 'part'], { name: 'of_parent' })`
      : ''
  }
  export class Ticket {
    ${
      parts
        ? `static policies = [{ name: 'own', using: 'number > 1' }];
    static triggers = [{ name: 'fire', definition: 'CREATE TRIGGER fire BEFORE UPDATE ON ${table} FOR EACH ROW WHEN (new.number > 1) EXECUTE FUNCTION nothing()' }];
    static rules = [{ name: 'quiet', definition: 'CREATE RULE quiet AS\\n    ON UPDATE TO ${table}\\n   WHERE new.number > 1 DO INSTEAD NOTHING' }];
    static statistics = [{ name: 'numbers', definition: '(ndistinct) ON number, code' }];`
        : ''
    }
    @PrimaryColumn() id!: number; @Column() ${title}!: string; @Column('${state}') state!: string; @Column() number!: number; @Column() code!: number;
    ${parts || twice ? `@Column({ type: 'integer', asExpression: 'number * 2', generatedType: 'STORED', nullable: true }) twice!: number;` : ''}
  }
  ${
    parts
      ? `@ViewEntity({ name: 'report', expression: 'SELECT id, ${title} FROM ${table}' }) export class Report { @ViewColumn() id!: number }
  @ViewEntity({ name: 'summary', materialized: true, expression: 'SELECT id, ${title} FROM ${table}' }) export class Summary { @Index('summary_index') @ViewColumn() id!: number; @ViewColumn() ${title}!: string }`
      : ''
  }`;

/** What others have: under the names that the entities will declare, and under names of their own on what changes. */
const others = `
  CREATE INDEX by_title ON ticket (title);
  ALTER TABLE ticket ADD CONSTRAINT once UNIQUE (title), ADD CONSTRAINT long CHECK (number > 0), ADD CONSTRAINT apart EXCLUDE USING btree (number WITH =),
    ADD CONSTRAINT of_parent FOREIGN KEY (code) REFERENCES parent (code), ADD twice integer GENERATED ALWAYS AS (number + number) STORED;
  CREATE VIEW report AS SELECT id FROM ticket;
  CREATE MATERIALIZED VIEW summary AS SELECT id FROM ticket; CREATE INDEX summary_index ON summary ((id + 1));
  CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE POLICY own ON ticket USING (number > 0);
  CREATE TRIGGER fire BEFORE UPDATE ON ticket FOR EACH ROW WHEN (new.number > 0) EXECUTE FUNCTION nothing();
  CREATE RULE quiet AS ON UPDATE TO ticket WHERE new.number > 0 DO INSTEAD NOTHING;
  CREATE STATISTICS numbers (ndistinct, dependencies) ON number, code FROM ticket;
  CREATE INDEX dba_index ON ticket (twice, title);
  ALTER TABLE ticket ADD dba_generated text GENERATED ALWAYS AS (upper(state)) STORED, ADD CONSTRAINT dba_check CHECK (twice > 0 AND title <> 'no'),
    ADD CONSTRAINT dba_fk FOREIGN KEY (twice) REFERENCES parent (code), ADD CONSTRAINT dba_unique UNIQUE (title, twice),
    ADD CONSTRAINT dba_exclusion EXCLUDE USING btree (twice WITH =, title WITH =);
  CREATE VIEW dba_view AS SELECT title, upper(state) AS state FROM ticket;
  CREATE MATERIALIZED VIEW dba_summary AS SELECT t.title, t.state FROM ticket t WHERE t.state > 'a'; CREATE INDEX dba_summary_index ON dba_summary (state);
  CREATE POLICY dba_policy ON ticket USING (state <> title);
  CREATE TRIGGER dba_trigger BEFORE UPDATE ON ticket FOR EACH ROW WHEN (new.state <> new.title) EXECUTE FUNCTION nothing();
  CREATE RULE dba_rule AS ON UPDATE TO ticket WHERE new.state <> new.title DO INSTEAD NOTHING;
  CREATE STATISTICS dba_statistics ON state, title FROM ticket; ALTER STATISTICS dba_statistics SET STATISTICS 50`;

const declaredNames = [
  'apart',
  'by_title',
  'fire',
  'long',
  'numbers',
  'of_parent',
  'once',
  'own',
  'quiet',
  'report',
  'summary',
  'summary_index',
  'twice',
];
const othersNames = [
  'dba_check',
  'dba_exclusion',
  'dba_fk',
  'dba_generated',
  'dba_index',
  'dba_policy',
  'dba_rule',
  'dba_statistics',
  'dba_summary',
  'dba_summary_index',
  'dba_trigger',
  'dba_unique',
  'dba_view',
];

/** They go along with the column, which the project has taken over. */
const onTwice = new Set(['dba_check', 'dba_exclusion', 'dba_fk', 'dba_index', 'dba_unique']);

/** What of these there is, by the catalogs. */
async function there(database: TestDatabase, names: readonly string[]): Promise<readonly string[]> {
  const found = await database.query<{ name: string }>(
    `SELECT name FROM (SELECT relname AS name FROM pg_class UNION SELECT conname FROM pg_constraint UNION SELECT polname FROM pg_policy
       UNION SELECT tgname FROM pg_trigger UNION SELECT rulename FROM pg_rewrite UNION SELECT stxname FROM pg_statistic_ext
       UNION SELECT attname FROM pg_attribute WHERE NOT attisdropped) n WHERE name = ANY($1) ORDER BY name COLLATE "C"`,
    [names],
  );
  return found.map(({ name }) => name);
}

const plain: Names = { table: 'ticket', title: 'title' };
const ways: Readonly<Record<string, readonly [Names, Renames]>> = {
  'as it is': [plain, {}],
  'in a revision that renames the table and a column': [
    { table: 'request', title: 'subject' },
    { tables: { ticket: 'request' }, columns: { 'ticket.title': 'subject' } },
  ],
};

test.each(shareOfToday(Object.entries(ways), 1))(
  'what entities take over is theirs to drop, and what only returns is not: %s',
  (_, way) =>
    withDatabase(async database => {
      const [names, renames] = way;
      const directory = await mkdtemp(join(tmpdir(), 'taken-over-'));
      await mkdir(join(directory, 'migrations'));
      const runnerOf = (entities: string) =>
        createRunner(database.dataSource({ entities: [...entitiesFrom(imports + entities)] as never[] }), config, {
          directory,
          logger: silent,
        });
      const step = async (revision: string, entities: string, told: Renames = {}) => {
        const dataSource = database.dataSource({ entities: [...entitiesFrom(imports + entities)] as never[] });
        const options = { message: revision, revision, directory, logger: silent, config, renames: told };
        const source = renderRevision((await autogenerate(dataSource, options))!, 'esm');
        await writeFile(join(directory, 'migrations', `${revision}.mjs`), source);
        await runnerOf(entities).upgrade();
        expect((await runnerOf(entities).check()).operations).toEqual([]);
        return source;
      };
      await step('0', project(plain, 'varchar'));
      await database.query(others);
      const start = await catalogFingerprint(database);
      const all = [...declaredNames, ...othersNames].sort();
      expect(await there(database, all)).toEqual(all);

      const source = await step('1', project(names, 'text', { parts: true }), renames);
      const [upgrade = ''] = source.split('function downgrade');
      expect(othersNames.filter(name => upgrade.split(`name: '${name}'`).length > 2)).toEqual(othersNames);
      expect(await there(database, all)).toEqual(all);

      await step('2', project(names, 'text', { twice: true }));
      expect(await there(database, all)).toEqual([...othersNames, 'twice']);
      const last = project(names, 'text');
      await step('3', last);
      expect(await there(database, all)).toEqual(othersNames.filter(name => !onTwice.has(name)));
      await runnerOf(last).downgrade('0');
      expect(await catalogFingerprint(database)).toBe(start);
      await rm(directory, { recursive: true, force: true });
    }),
);
