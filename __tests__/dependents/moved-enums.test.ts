import { describe, expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { evolve } from './evolution.ts';

const item = (schema: string, more = '') =>
  `@Entity('item', { schema: '${schema}' }) export class Item { @PrimaryColumn({ type: 'int' }) id!: number;
    @Column({ type: 'enum', enum: ['open', 'done', 'gone'], enumName: 'state', nullable: true ${more} }) code!: any; }`;

const trigger = 'EXECUTE FUNCTION suppress_redundant_updates_trigger()';
/** What others made of the column, where it is compared with a label and where it is not. */
const parts: Readonly<Record<string, (condition: string) => string>> = {
  'a check': condition => `ALTER TABLE item ADD CONSTRAINT c CHECK (${condition})`,
  'a partial index': condition => `CREATE INDEX i ON item (id) WHERE ${condition}`,
  'an index': condition => `CREATE INDEX i ON item ((${condition}))`,
  'an exclusion': condition => `ALTER TABLE item ADD CONSTRAINT c EXCLUDE (id WITH =) WHERE (${condition})`,
  'a generated column': condition => `ALTER TABLE item ADD g boolean GENERATED ALWAYS AS (${condition}) STORED`,
  'a policy': condition => `CREATE POLICY p ON item USING (${condition})`,
  'a policy elsewhere': condition =>
    `CREATE TABLE z (id int); CREATE POLICY p ON z USING (EXISTS (SELECT FROM item WHERE ${condition}))`,
  'a trigger': condition =>
    `CREATE TRIGGER t BEFORE UPDATE ON item FOR EACH ROW WHEN (${condition.replace('code', 'NEW.code')}) ${trigger}`,
  'a rule': condition =>
    `CREATE RULE r AS ON DELETE TO item WHERE ${condition.replace('code', 'OLD.code')} DO INSTEAD NOTHING`,
  statistics: condition => `CREATE STATISTICS s ON (${condition}), id FROM item`,
  'a view': condition => `CREATE VIEW v AS SELECT id FROM item WHERE ${condition}`,
  'a view over a view': condition =>
    `CREATE VIEW v AS SELECT id, code FROM item; CREATE VIEW w AS SELECT id FROM v WHERE ${condition}`,
  'a view that gives a label in its place': condition =>
    `CREATE VIEW v AS SELECT id, coalesce(code, 'open') AS code FROM item WHERE ${condition}`,
  'a view that adds rows with a label': condition =>
    `CREATE VIEW v AS SELECT id, code FROM item WHERE ${condition} UNION ALL SELECT 0, 'open'`,
  'a materialized view': condition => `CREATE MATERIALIZED VIEW v AS SELECT id FROM item WHERE ${condition}`,
};
/** Each holds for the rows that there are. */
const conditions = {
  'a label': `code = 'open'`,
  'labels in a list': `code IN ('open', 'done')`,
  'a label in place of NULL': `coalesce(code, 'open') IS NOT NULL`,
  'a label in a CASE': `CASE WHEN id > 5 THEN 'open' ELSE code END IS NOT NULL`,
  'the greater of two': `greatest('open', code) IS NOT NULL`,
  'an array': `ARRAY['open', code] IS NOT NULL`,
  'a row': `(code, id) <> ('done', 1)`,
  nothing: 'code IS NOT NULL',
};
/** Why the type stays where it is, or that it does not. */
const holders = {
  'a column of others': 'CREATE TABLE held (code state)',
  'an array of others': 'CREATE TABLE held (codes state[])',
  nothing: '',
};
const cases = Object.entries(parts).flatMap(([part, sql]) =>
  Object.entries(conditions).flatMap(([what, condition]) =>
    Object.entries(holders).map(([held, holder]) => [part, what, held, `${sql(condition)}; ${holder}`] as const),
  ),
);

describe('a table moves to another schema, and its enum is needed where it was', () => {
  test.each(shareOfToday(cases, 6))(
    '%s compares the column with %s, and the enum is held by %s',
    async (_part, _what, _held, others) => {
      const evolution = {
        before: item('public'),
        after: item('aside'),
        others: `INSERT INTO item VALUES (1, 'open'), (2, 'open'); ${others}`,
        renames: { tables: { item: 'aside.item' } },
      };
      try {
        await evolve(evolution, ({ start, back, again }) => {
          expect(back).toBe(start);
          expect(again).toEqual([]);
        });
      } catch (error) {
        expect(`${error as Error}`).toMatch(/^BlockedChangeError: .* depends on the type that aside\.item\.code had/);
      }
    },
  );
});

describe('an enum goes by another name, beside a change that PostgreSQL has to spell', () => {
  const task = (name: string, least: number, schema = 'public') =>
    `@Entity('task', { schema: '${schema}' }) @Check('least', 'n >= ${least}') @Check('known', "s <> 'b' OR n > 9")
      @Index('opened', ['n'], { where: "s = 'a'" })
      export class Task { @PrimaryColumn({ type: 'int' }) id!: number; @Column() n!: number;
        @Column({ type: 'enum', enum: ['a', 'b'], ${name && `enumName: '${name}',`} default: 'a' }) s!: string }
    @ViewEntity('open', { expression: "SELECT id FROM ${schema}.task WHERE s = 'a'" }) export class Open { @ViewColumn() id!: number }
    @ViewEntity('kept', { materialized: true, expression: "SELECT id, s FROM ${schema}.task WHERE s IN ('a', 'b')" })
    export class Kept { @ViewColumn() id!: number }`;
  test.each([
    ['told', '', 'state', { enums: { task_s_enum: 'state' } }],
    ['as the column tells', 'former', 'state', {}],
  ])('%s: what is declared is spelled with the new one, and stays as it is', async (_, from, to, renames) => {
    await evolve({ before: task(from, 0), after: task(to, 1), renames }, ({ source, again, back, start }) => {
      expect(source!.match(/op\.(drop|create)\w+/g)).toEqual([
        'op.dropConstraint',
        'op.createCheckConstraint',
        'op.dropConstraint',
        'op.createCheckConstraint',
      ]);
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });
});
