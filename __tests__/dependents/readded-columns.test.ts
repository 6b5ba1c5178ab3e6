import { expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { evolve } from './evolution.ts';

const unique = (columns: string, more = '') => `ALTER TABLE t ADD CONSTRAINT t_unique UNIQUE (${columns}) ${more};`;
const refersTo = (columns: string, types: string) =>
  `CREATE TABLE t_other (${types}, CONSTRAINT t_refers FOREIGN KEY (${columns.replace(/\w+/g, 'o$&')}) REFERENCES t (${columns}));`;
const refers = (columns: string) =>
  `CREATE TABLE t_other (a int, b int, UNIQUE (b), UNIQUE (a, b)); ALTER TABLE t ADD CONSTRAINT t_refers FOREIGN KEY (${columns}) REFERENCES t_other (${columns});`;

/** What stands on the column b of a table t, which has an a as well. The names of all of it begin with that of the table. */
const dependents: Readonly<Record<string, readonly string[]>> = {
  constraints: [
    'ALTER TABLE t DROP CONSTRAINT t_pk; ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY (id) INCLUDE (b);',
    unique('b'),
    unique('a, b', 'DEFERRABLE'),
    unique('a', 'INCLUDE (b)'),
    'ALTER TABLE t ADD CONSTRAINT t_alone EXCLUDE (b WITH =);',
    'ALTER TABLE t ADD CONSTRAINT t_alone EXCLUDE (a WITH =) INCLUDE (b);',
    'ALTER TABLE t ADD CONSTRAINT t_alone EXCLUDE (a WITH =) WHERE (b > 0);',
    'ALTER TABLE t ADD CONSTRAINT t_alone EXCLUDE ((b + 1) WITH =);',
    'ALTER TABLE t ADD CONSTRAINT t_check CHECK (b > a);',
  ],
  indexes: [
    'CREATE INDEX t_i ON t (b);',
    'CREATE UNIQUE INDEX t_i ON t (a, b);',
    'CREATE INDEX t_i ON t (a) INCLUDE (b);',
    'CREATE UNIQUE INDEX t_i ON t (a) INCLUDE (b);',
    'CREATE INDEX t_i ON t ((b + 1));',
    'CREATE INDEX t_i ON t (a) WHERE b > 0;',
    'CREATE INDEX t_i ON t (b); ALTER TABLE t CLUSTER ON t_i;',
    'CREATE UNIQUE INDEX t_i ON t (b); ALTER TABLE t REPLICA IDENTITY USING INDEX t_i;',
  ],
  'foreign keys that refer': [
    refers('b'),
    refers('a, b'),
    'ALTER TABLE t ADD UNIQUE (a), ADD CONSTRAINT t_self FOREIGN KEY (b) REFERENCES t (a);',
    'ALTER TABLE t ADD UNIQUE (a, b), ADD CONSTRAINT t_self FOREIGN KEY (a, b) REFERENCES t (a, b);',
  ],
  'foreign keys that are referred to': [
    unique('b') + refersTo('b', 'ob int'),
    unique('a, b') + refersTo('a, b', 'oa int, ob int'),
    unique('b', 'INCLUDE (a)') + refersTo('b', 'ob int'),
    unique('a', 'INCLUDE (b)') + refersTo('a', 'oa int'),
    'CREATE UNIQUE INDEX t_i ON t (b);' + refersTo('b', 'ob int'),
    'CREATE UNIQUE INDEX t_i ON t (a) INCLUDE (b);' + refersTo('a', 'oa int'),
    'ALTER TABLE t DROP CONSTRAINT t_pk; ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY (id) INCLUDE (b);' +
      refersTo('id', 'oid int'),
    'ALTER TABLE t ADD UNIQUE (b), ADD CONSTRAINT t_self FOREIGN KEY (a) REFERENCES t (b);',
  ],
  'everything else': [
    'CREATE STATISTICS t_s ON a, b FROM t;',
    'CREATE STATISTICS t_s ON (b + 1) FROM t;',
    'CREATE POLICY t_p ON t USING (b > 0);',
    'CREATE TRIGGER t_t BEFORE UPDATE OF b ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();',
    'CREATE TRIGGER t_t AFTER UPDATE ON t FOR EACH ROW WHEN (OLD.b > 0) EXECUTE FUNCTION suppress_redundant_updates_trigger();',
    'CREATE RULE t_r AS ON DELETE TO t WHERE OLD.b > 0 DO INSTEAD NOTHING;',
    'CREATE VIEW t_v AS SELECT b FROM t; CREATE VIEW t_w AS SELECT b FROM t_v;',
    'CREATE MATERIALIZED VIEW t_m AS SELECT a, b FROM t; CREATE UNIQUE INDEX t_i ON t_m (b);',
    `COMMENT ON COLUMN t.b IS 'why'; GRANT SELECT (b) ON t TO pg_monitor; ALTER TABLE t ALTER b SET STATISTICS 7;`,
  ],
};

const computed = (expression: string) =>
  `@Column({ type: 'int', generatedType: 'STORED', asExpression: '${expression}' })`;
const plain = `@Column({ type: 'int' })`;

const transitions = [
  ['computed otherwise', computed('a + 1'), computed('a + 2')],
  ['computed from now on', plain, computed('a + 1')],
] as const;

const entities = (count: number, decorator: string) =>
  Array.from(
    { length: count },
    (
      _,
      i,
    ) => `@Entity('t${i}') export class T${i} { @PrimaryGeneratedColumn({ primaryKeyConstraintName: 't${i}_pk' }) id!: number;
      @Column({ type: 'int' }) a!: number; ${decorator} b!: number }`,
  ).join('\n');

const cases = Object.entries(dependents).flatMap(([name, list]) =>
  transitions.map(([what, ...sides]) => ({ name, list, what, sides })),
);

/** What is not said of the column itself. */
const apart = (fingerprint: string) => fingerprint.split('\n').filter(line => !/^column .*\bb\b/.test(line));

test.each(shareOfToday(cases))('a column that is $what keeps $name', ({ list, sides }) =>
  evolve(
    {
      before: entities(list.length, sides[0]!),
      after: entities(list.length, sides[1]!),
      others: list.map((sql, i) => sql.replace(/\bt(_\w+)?\b/g, `t${i}$1`)).join('\n'),
    },
    ({ start, end, back, again }) => {
      expect(again).toEqual([]);
      expect(apart(end)).toEqual(apart(start));
      expect(back).toBe(start);
    },
  ),
);
