import { expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { introspect } from '../../src/database/introspect.ts';
import { statementsOf } from '../../src/objects/kinds.ts';
import { catalogFingerprint, withDatabase, type TestDatabase } from '../support/index.ts';

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
  'z y x': ['z', 'y', 'x'],
  'x y -': ['x', 'y', undefined],
  '- x y': [undefined, 'x', 'y'],
  'y - x': ['y', undefined, 'x'],
};
const changes = Object.keys(states).flatMap(from =>
  Object.keys(states).flatMap(to => (from === to ? [] : [[from, to] as const])),
);

const build = async (database: TestDatabase, kind: string, names: Names): Promise<void> => {
  await database.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${tables}`);
  for (const [at, make] of named[kind]!.entries()) if (names[at] !== undefined) await database.query(make(names[at]));
};

test.each(Object.keys(named))('names change hands: %s', kind =>
  withDatabase(there =>
    withDatabase(async wanted => {
      const failures: string[] = [];
      for (const [from, to] of changes) {
        await build(there, kind, states[from]!);
        await build(wanted, kind, states[to]!);
        const operations = compare(await introspect(there), await introspect(wanted));
        const statements = operations.flatMap(each => statementsOf(each)).map(({ sql }) => sql);
        const refusal = await there.query(statements.join(';\n')).then(() => '', String);
        const [is, shouldBe] = [await catalogFingerprint(there.url), await catalogFingerprint(wanted.url)];
        if (refusal !== '' || is !== shouldBe)
          failures.push([`${from} → ${to}: ${refusal}`, ...statements].join('\n  '));
      }
      expect(failures).toEqual([]);
    }),
  ),
);
