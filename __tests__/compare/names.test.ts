import { expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { introspect } from '../../src/database/introspect.ts';
import { statementsOf, type Schema } from '../../src/objects/kinds.ts';
import { withDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** What may have a name, as SQL: three things that differ in more than their names, the third on another table. */
const named: Readonly<Record<string, readonly ((name: string) => string)[]>> = {
  index: [
    name => `CREATE INDEX ${name} ON t (a)`,
    name => `CREATE INDEX ${name} ON t (b)`,
    name => `CREATE INDEX ${name} ON u (a)`,
  ],
  'unique constraint': [
    name => `ALTER TABLE t ADD CONSTRAINT ${name} UNIQUE (a)`,
    name => `ALTER TABLE t ADD CONSTRAINT ${name} UNIQUE (b)`,
    name => `ALTER TABLE u ADD CONSTRAINT ${name} UNIQUE (a)`,
  ],
  'index and unique constraint': [
    name => `CREATE UNIQUE INDEX ${name} ON t (a)`,
    name => `ALTER TABLE t ADD CONSTRAINT ${name} UNIQUE (a)`,
    name => `ALTER TABLE u ADD CONSTRAINT ${name} UNIQUE (b)`,
  ],
  'referenced unique constraint': [
    name =>
      `ALTER TABLE t ADD CONSTRAINT ${name} UNIQUE (a); ALTER TABLE u ADD CONSTRAINT fk_a FOREIGN KEY (a) REFERENCES t (a)`,
    name =>
      `ALTER TABLE t ADD CONSTRAINT ${name} UNIQUE (b); ALTER TABLE u ADD CONSTRAINT fk_b FOREIGN KEY (b) REFERENCES t (b)`,
    name => `ALTER TABLE u ADD CONSTRAINT ${name} UNIQUE (a)`,
  ],
  'primary key': [
    name => `ALTER TABLE t ADD CONSTRAINT ${name} PRIMARY KEY (a)`,
    name => `CREATE INDEX ${name} ON t (b)`,
    name => `ALTER TABLE u ADD CONSTRAINT ${name} PRIMARY KEY (a)`,
  ],
  check: [
    name => `ALTER TABLE t ADD CONSTRAINT ${name} CHECK (a > 1)`,
    name => `ALTER TABLE t ADD CONSTRAINT ${name} CHECK (b > 1)`,
    name => `ALTER TABLE u ADD CONSTRAINT ${name} CHECK (a > 1)`,
  ],
  exclusion: [
    name => `ALTER TABLE t ADD CONSTRAINT ${name} EXCLUDE USING gist (p WITH &&)`,
    name => `ALTER TABLE t ADD CONSTRAINT ${name} EXCLUDE USING gist (q WITH &&)`,
    name => `CREATE INDEX ${name} ON u (a)`,
  ],
  'foreign key': [
    name => `ALTER TABLE t ADD CONSTRAINT ${name} FOREIGN KEY (a) REFERENCES r`,
    name => `ALTER TABLE t ADD CONSTRAINT ${name} FOREIGN KEY (b) REFERENCES r`,
    name => `ALTER TABLE u ADD CONSTRAINT ${name} FOREIGN KEY (a) REFERENCES r`,
  ],
  view: [
    name => `CREATE VIEW ${name} AS SELECT a FROM t`,
    name => `CREATE MATERIALIZED VIEW ${name} AS SELECT b FROM t`,
    name => `CREATE INDEX ${name} ON u (a)`,
  ],
  'index of a table that goes': [
    name => `CREATE INDEX ${name} ON t (a)`,
    name => `CREATE TABLE gone (a int); CREATE INDEX ${name} ON gone (a)`,
    name => `CREATE TABLE also_gone (a int CONSTRAINT ${name} UNIQUE)`,
  ],
};

const tables = `CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE t (a int NOT NULL, b int NOT NULL, p int4range, q int4range);
  CREATE TABLE u (a int NOT NULL, b int NOT NULL)`;

/** Names that the three have: undefined for one that is not there. */
type Names = readonly (string | undefined)[];

const states: Readonly<Record<string, Names>> = {
  'x y z': ['x', 'y', 'z'],
  'y x z': ['y', 'x', 'z'],
  'y z x': ['y', 'z', 'x'],
  'x y -': ['x', 'y', undefined],
  '- x y': [undefined, 'x', 'y'],
};
const changes = Object.keys(states).flatMap(from =>
  Object.keys(states).flatMap(to => (from === to ? [] : [[from, to] as const])),
);

/** Every constraint and every relation that is not a table's own, as PostgreSQL spells it, without the version's own numbers. */
const spelling = `
  SELECT string_agg(text, E'\\n' ORDER BY text) AS text FROM (
    SELECT format('%s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(oid)) AS text FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s: %s', relkind, relname, pg_get_viewdef(oid)) FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm')) each`;

test.each(shareOfToday(Object.keys(named)))('names change hands: %s', kind =>
  withDatabase(async database => {
    const text = async () => (await database.query<{ text: string }>(spelling))[0]!.text;
    const withState = async <Result>(names: Names, work: () => Promise<Result>): Promise<Result> => {
      await database.query(`BEGIN; ${tables}`);
      for (const [at, make] of named[kind]!.entries())
        if (names[at] !== undefined) await database.query(make(names[at]));
      return work().finally(() => database.query('ROLLBACK'));
    };
    const wanted: Record<string, { schema: Schema; text: string }> = {};
    for (const [state, names] of Object.entries(states))
      wanted[state] = await withState(names, async () => ({ schema: await introspect(database), text: await text() }));
    const failures: string[] = [];
    for (const [from, to] of changes) {
      const operations = compare(wanted[from]!.schema, wanted[to]!.schema);
      const statements = operations.flatMap(each => statementsOf(each)).map(({ sql }) => sql);
      const found = await withState(states[from]!, () => database.query(statements.join(';\n')).then(text, String));
      if (found !== wanted[to]!.text) failures.push([`${from} → ${to}: ${found}`, ...statements].join('\n  '));
    }
    expect(failures).toEqual([]);
  }),
);
