import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRunner, silent, statementsOf, type Operation } from 'typeorm-alembic';
import { autogenerate } from 'typeorm-alembic/codegen';
import { entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { imports } from './evolution.ts';

/** Where a table lies, and what its enum is called. */
interface Place {
  readonly schema: string;
  readonly enumName?: string;
}
const places: Readonly<Record<string, Place>> = {
  'the connection’s own schema': { schema: 'public' },
  'a named schema': { schema: 'audit' },
  'an enum named like a built-in type': { schema: 'public', enumName: 'date' },
  'such an enum of a named schema': { schema: 'audit', enumName: 'interval' },
};

/** A column before and after, and a condition on it that is valid before. */
interface Change {
  readonly before: string;
  readonly after: string;
  readonly condition: string;
  readonly value: string;
}
const enumOf = (...labels: string[]) => `type: 'enum', enum: [${labels.map(label => `'${label}'`).join(', ')}]`;
const three = enumOf('open', 'closed', 'gone');
const onLabel = { condition: `code = 'open'`, value: 'open' };
const changes: Readonly<Record<string, Change>> = {
  'loses the label': { before: three, after: enumOf('closed', 'gone'), ...onLabel },
  'loses another label': { before: three, after: enumOf('open', 'closed'), ...onLabel },
  'is reordered': { before: three, after: enumOf('gone', 'open', 'closed'), ...onLabel },
  'becomes text': { before: three, after: `type: 'text'`, ...onLabel },
  'int to text': { before: `type: 'int'`, after: `type: 'text'`, condition: 'code > 5', value: '5' },
  'int to text, in any type': { before: `type: 'int'`, after: `type: 'text'`, condition: 'code IS NULL', value: '5' },
  'int to bigint': { before: `type: 'int'`, after: `type: 'bigint'`, condition: `chr(code) = 'a'`, value: '65' },
  'text to int': { before: `type: 'text'`, after: `type: 'int'`, condition: `lower(code) = '5'`, value: '5' },
  'text to int, in any type': { before: `type: 'text'`, after: `type: 'int'`, condition: 'code IS NULL', value: '5' },
  'timestamp to timestamptz': {
    before: `type: 'timestamp'`,
    after: `type: 'timestamptz'`,
    condition: `code > '2020-01-01'`,
    value: '2020-01-01',
  },
  'timestamptz to timestamp': {
    before: `type: 'timestamptz'`,
    after: `type: 'timestamp'`,
    condition: `code > '2020-01-01 00:00:00+00'`,
    value: '2020-01-01',
  },
  'date to timestamptz': {
    before: `type: 'date'`,
    after: `type: 'timestamptz'`,
    condition: `code > '2020-01-01'`,
    value: '2020-01-01',
  },
  'int to numeric': { before: `type: 'int'`, after: `type: 'numeric'`, condition: 'code % 2 = 0', value: '5' },
  'int to float': { before: `type: 'int'`, after: `type: 'float'`, condition: 'code % 2 = 0', value: '5' },
  'numeric to int': { before: `type: 'numeric'`, after: `type: 'int'`, condition: 'round(code, 1) > 5', value: '5' },
  'text to an enum': { before: `type: 'text'`, after: enumOf('open'), condition: `code <> 'open'`, value: 'open' },
};

/** What mentions the type: SQL of others, on a table. */
const byOthers: Readonly<Record<string, (table: string, change: Change) => string>> = {
  'a check': (table, { condition }) => `ALTER TABLE ${table} ADD CONSTRAINT c CHECK (${condition}) NO INHERIT`,
  'a partial index': (table, { condition }) => `CREATE INDEX i ON ${table} (id) WHERE ${condition}`,
  'an index': (table, { condition }) => `CREATE INDEX i ON ${table} ((${condition}))`,
  'a generated column': (table, { condition }) =>
    `ALTER TABLE ${table} ADD g boolean GENERATED ALWAYS AS (${condition}) STORED`,
  'a policy': (table, { condition }) => `CREATE POLICY p ON ${table} FOR SELECT TO CURRENT_USER USING (${condition})`,
  'a policy that reads it elsewhere': (table, { condition }) =>
    `CREATE TABLE other (id int); CREATE POLICY p ON other WITH CHECK (EXISTS (SELECT FROM ${table} t WHERE ${condition}))`,
  'a trigger': (table, { condition }) =>
    `CREATE TRIGGER t BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW WHEN (${condition.replace('code', 'NEW.code')})
      EXECUTE FUNCTION suppress_redundant_updates_trigger()`.replace('INSERT OR ', ''),
  'a rule': (table, { condition }) =>
    `CREATE RULE r AS ON DELETE TO ${table} WHERE ${condition.replace('code', 'OLD.code')} DO INSTEAD NOTHING`,
  'a rule that writes': (table, { condition }) =>
    `CREATE TABLE log (id int, was boolean);
      CREATE RULE r AS ON DELETE TO ${table} DO ALSO INSERT INTO log SELECT OLD.id, ${condition.replace('code', 'OLD.code')}`,
  statistics: (table, { condition }) => `CREATE STATISTICS s ON (${condition}), id FROM ${table}`,
  'a view': (table, { condition }) => `CREATE VIEW v AS SELECT id FROM ${table} WHERE ${condition}`,
  'a view over a view': (table, { condition }) =>
    `CREATE VIEW v AS SELECT id, code FROM ${table}; CREATE VIEW w AS SELECT id FROM v WHERE ${condition}`,
  'a materialized view': (table, { condition }) =>
    `CREATE MATERIALIZED VIEW v AS SELECT id FROM ${table} WHERE ${condition}`,
};

/** No temporary relation has the type of the row: whatever else such a text says is not tried. */
const ofRow: Readonly<Record<string, (table: string) => string>> = {
  'a view': table => `CREATE VIEW v AS SELECT t.id, t.code, of_row(t) AS n FROM ${table} t`,
  'a view of a cast': table => `CREATE VIEW v AS SELECT id, code, of_row(NULL::${table}) AS n FROM ${table}`,
  'a policy': table => `CREATE POLICY p ON ${table} USING (of_row(item) = 1 AND code IS NULL)`,
  'a rule': table =>
    `CREATE RULE r AS ON DELETE TO ${table} WHERE of_row(OLD) = id AND OLD.code IS NULL DO INSTEAD NOTHING`,
  'a trigger': table =>
    `CREATE TRIGGER t BEFORE UPDATE ON ${table} FOR EACH ROW WHEN (of_row(NEW) = 2 AND NEW.code IS NULL)
      EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
  'a check': table => `ALTER TABLE ${table} ADD CONSTRAINT c CHECK (of_row(item) = 1 AND code IS NULL) NO INHERIT`,
};
const functionOfRow = (table: string) =>
  `CREATE FUNCTION of_row(r ${table}) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'`;

/** What mentions the type, as entities declare it: options of the column, decorators, columns, another class. */
interface Declared {
  readonly options?: string;
  readonly decorator?: string;
  readonly columns?: string;
  readonly more?: string;
}
const text = (sql: string) => JSON.stringify(sql);
const declared: Readonly<Record<string, (table: string, change: Change) => Declared>> = {
  'a default': (_, { value }) => ({ options: `, default: ${text(value)}` }),
  'a check': (_, { condition }) => ({ decorator: `@Check('c', ${text(condition)})` }),
  'a partial index': (_, { condition }) => ({ decorator: `@Index('i', ['id'], { where: ${text(condition)} })` }),
  'a plain index': () => ({ decorator: `@Index('i', ['code', 'id'])` }),
  'a generated column': (_, { condition }) => ({
    columns: `@Column({ type: 'boolean', nullable: true, generatedType: 'STORED', asExpression: ${text(condition)} }) g!: boolean;`,
  }),
};

const entity = (
  { schema, enumName }: Place,
  column: string,
  { options = '', decorator = '', columns = '', more = '' }: Declared,
) =>
  `${decorator} @Entity('item', { schema: '${schema}' }) export class Item { @PrimaryColumn({ type: 'int' }) id!: number;
    @Column({ ${column}${options}, nullable: true ${enumName !== undefined && column.includes('enum:') ? `, enumName: '${enumName}'` : ''} }) code!: any; ${columns} } ${more}`;

const statementsIn = (operations: readonly Operation[]) => operations.flatMap(each => statementsOf(each));

/** What the server says of statements, one of which may have to be committed before the next. */
async function saidOf(database: TestDatabase, operations: readonly Operation[]): Promise<string | undefined> {
  try {
    for (const { sql } of statementsIn(operations)) await database.query(sql);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A history that has made the table and its enum, but nothing of what others made on it. */
async function withHistory(place: Place, work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'trials-'));
  try {
    const revision = `export const revision = '1'; export const downRevision = null; export async function downgrade() {}
      export async function upgrade(op) {
        await op.createEnum({ name: '${nameIn(place, place.enumName ?? 'item_code_enum')}', labels: ['x'] });
        await op.createTable({ name: '${nameIn(place, 'item')}', columns: [{ name: 'id', type: 'integer', nullable: false }] });
      }`;
    await mkdir(join(directory, 'migrations'));
    await writeFile(join(directory, 'migrations', '1.mjs'), revision);
    await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A type named like a built-in one keeps its schema. */
const nameIn = ({ schema, enumName }: Place, name: string) =>
  schema === 'public' && name !== enumName ? name : `${schema}.${name}`;

interface Case {
  readonly place: Place;
  readonly change: Change;
  readonly part?: Declared;
  readonly others?: string;
}

/** Either refused, as the server would, or written, and it runs there and back. */
const examined = ({ place, change, part = {}, others = '' }: Case) =>
  withHistory(place, directory =>
    withDatabase(async database => {
      await database.query(`CREATE SCHEMA audit; CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('1')`);
      const [was, is] = [change.before, change.after].map(column =>
        database.dataSource({
          entities: [...entitiesFrom(imports + entity(place, column, part))] as never[],
          installExtensions: false,
        }),
      );
      await (await was!.initialize()).synchronize();
      await database.query(others);
      await is!.initialize();
      const config = { directory, logger: silent };
      const { operations, obstacles } = await createRunner(is!, {}, config).check();
      const script = obstacles ? undefined : await autogenerate(is!, { message: 'there and back', ...config });
      const said = await saidOf(database, operations);
      const found = { obstacles, operations, said };
      expect({ ...found, isRefused: obstacles !== undefined }).toEqual({ ...found, isRefused: said !== undefined });
      if (script) expect(await saidOf(database, script.downgrade)).toBeUndefined();
    }),
  );

const at = ({ schema }: Place) => `${schema}.item`;
const cases = Object.entries(places).flatMap(([where, place]) =>
  Object.entries(changes)
    .filter(([, { before, after }]) => place.enumName === undefined || (before + after).includes('enum:'))
    .flatMap(([what, change]) => [
      ...Object.entries(byOthers).map(
        ([mention, sql]) =>
          [`${mention} of others`, what, where, { place, change, others: sql(at(place), change) }] as const,
      ),
      ...Object.entries(declared).map(
        ([mention, part]) =>
          [`${mention} that is declared`, what, where, { place, change, part: part(at(place), change) }] as const,
      ),
    ]),
);

const rowCases = Object.entries(places)
  .slice(0, 2)
  .flatMap(([where, place]) =>
    ['loses another label', 'int to text', 'text to int'].flatMap(what =>
      Object.entries(ofRow).map(([mention, sql]) => {
        const others = `${functionOfRow(at(place))}; ${sql(at(place))}`;
        return [
          `${mention} with a function of the row`,
          what,
          where,
          { place, change: changes[what]!, others },
        ] as const;
      }),
    ),
  );

describe('what mentions a type that changes is refused exactly where the server refuses it', () => {
  test.each([...shareOfToday(cases, 5), ...shareOfToday(rowCases, 2)])(
    '%s, where the type %s, in %s',
    (_mention, _change, _place, each) => examined(each as Case),
  );
});
