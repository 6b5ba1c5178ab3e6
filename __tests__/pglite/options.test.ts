import { expect, test } from '@jest/globals';
import { introspect, type Schema } from '../../src/index.ts';
import { type Queryable, withDatabase, withPglite } from '../support/index.ts';

/** Options wherever PostgreSQL keeps them: of tables, columns, indexes, constraints, operator classes, views, partitions. */
const STATEMENTS = [
  'CREATE TABLE ticket (id int, subject text NOT NULL, search tsvector, PRIMARY KEY (id) WITH (fillfactor = 70)) WITH (fillfactor = 80, toast.autovacuum_enabled = false)',
  'ALTER TABLE ticket ALTER subject SET (n_distinct = -0.5)',
  'CREATE INDEX ticket_subject ON ticket (subject) WITH (fillfactor = 60)',
  'CREATE INDEX ticket_search ON ticket USING gist (search tsvector_ops (siglen = 20))',
  'CREATE TABLE plain (id int, search tsvector)',
  'CREATE INDEX plain_search ON plain USING gist (search)',
  'CREATE VIEW subjects WITH (security_barrier = true) AS SELECT subject FROM ticket',
  'CREATE MATERIALIZED VIEW counted WITH (fillfactor = 50) AS SELECT subject, count(*) AS tickets FROM ticket GROUP BY subject',
  'ALTER MATERIALIZED VIEW counted ALTER subject SET (n_distinct = 7)',
  'CREATE TABLE event (id int, day int) PARTITION BY LIST (day)',
  'CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1)',
  'CREATE TABLE event_2 PARTITION OF event FOR VALUES IN (2)',
  'ALTER TABLE event_2 ALTER id SET (n_distinct = 3)',
  'CREATE INDEX event_day ON event (day)',
];

/** PGlite 0.5.17 has this on every column; here it is wherever there are options. */
const NOTES = [
  `UPDATE pg_attribute SET attoptions = array_prepend('pg_attver=24382704', array_remove(attoptions, (
     SELECT o FROM unnest(attoptions) o WHERE starts_with(o, 'pg_attver='))))
     WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace) AND attnum > 0`,
  `UPDATE pg_class SET reloptions = array_append(reloptions, 'pg_attver=1')
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')`,
];

const perform = async (db: Queryable, statements: readonly string[]): Promise<void> => {
  for (const sql of statements) await db.query(sql);
};

/** What a schema says of options, wherever it says it: by the object's name. */
function optionsIn(schema: Schema): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (value instanceof Map) for (const [name, object] of value) visit(object, String(name));
    else if (typeof value === 'object' && value !== null)
      for (const [key, part] of Object.entries(value)) visit(part, `${path} ${/^\d+$/.test(key) ? '' : key}`.trim());
    else if (/ (with|operatorClass|losing)$/.test(path)) found.push(`${path} ${String(value)}`);
  };
  visit(schema, '');
  return found.map(each => each.replace(/^\w+ /, '')).sort();
}

test(
  'PGlite, with what it notes among the options, is read as a server is',
  () =>
    withDatabase(server =>
      withPglite(async pglite => {
        for (const db of [server, pglite]) await perform(db, STATEMENTS);
        await perform(pglite, NOTES);
        const dataSource = await pglite.dataSource().initialize();
        const [ofServer, ofPglite] = [await introspect(server), await introspect(dataSource)].map(optionsIn);
        expect(ofPglite).toEqual(ofServer);
        expect(ofServer).toHaveLength(10);
      }),
    ),
  180_000,
);
