import { describe, expect, test } from '@jest/globals';
import { evolve } from './evolution.ts';

const item = (type: string) =>
  `@Entity('item') export class Item { @PrimaryColumn() id!: number; @Column({ type: '${type}' }) code!: string; @Column() n!: number; }`;
const declared = (materialized: boolean) =>
  `@ViewEntity({ name: 'kept', expression: 'SELECT item.id, (6 / item.n) AS part, item.code FROM item', materialized: ${materialized} })
   export class Kept { @ViewColumn() id!: number }`;

const rows = `INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 2);`;
const view = `CREATE MATERIALIZED VIEW kept AS SELECT id, 6 / n AS part, code FROM item`;
const changes = {
  'a column under one of others gets another type': {
    before: item('text'),
    after: item('varchar'),
    by: `${rows} ${view}`,
  },
  'a declared one becomes a plain view': {
    before: item('text') + declared(true),
    after: item('text') + declared(false),
    by: `${rows} REFRESH MATERIALIZED VIEW kept`,
  },
};
/** What has happened to the view, and what is said of its rows. */
const states: Readonly<Record<string, readonly [sql: string, said: RegExp, fails?: true]>> = {
  'is as new': ['', /Fills the materialized view kept by its query/],
  'is older than its table': ['UPDATE item SET n = 3', /its rows are others than now/],
  'can be filled no more': ['UPDATE item SET n = 0', /this fails if the query does/, true],
  'is empty': ['REFRESH MATERIALIZED VIEW kept WITH NO DATA', /Leaves the materialized view kept empty/],
};

describe.each(Object.entries(changes))('the rows of a materialized view, where %s', (_, { before, after, by }) => {
  test.each(Object.entries(states))('that %s', async (_state, [sql, said, fails]) => {
    let written: string | undefined;
    const isSaid = () => expect(written).toMatch(said);
    const run = evolve(
      { before, after, others: `${by}; ${sql}` },
      async ({ database, start, back }) => {
        expect(back).toBe(start);
        const [{ filled }] = await database.query(
          `SELECT relispopulated AS filled FROM pg_class WHERE relname = 'kept'`,
        );
        expect(filled).toBe(!sql.includes('NO DATA'));
        isSaid();
      },
      source => (written = source),
    );
    if (!fails) return run;
    await expect(run).rejects.toThrow(/division by zero/);
    isSaid();
  });
});
