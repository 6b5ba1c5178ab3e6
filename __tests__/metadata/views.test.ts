import { describe, expect, test } from '@jest/globals';
import { relationsRead } from '../../src/metadata/relations-read.ts';
import { expectAlike, expectBetter } from './alike.ts';

const tables = `
  @Entity() export class Ticket { @PrimaryGeneratedColumn() id!: number; @Column() title!: string; @Column({ default: 0 }) weight!: number; @ManyToOne(() => Person) owner!: any }
  @Entity({ schema: 'app' }) export class Person { @PrimaryGeneratedColumn() id!: number; @Column() name!: string }`;

describe('views', () => {
  test('of SQL, plain and materialised, with indexes', async () => {
    const { target } = await expectAlike(`${tables}
      @ViewEntity({ expression: "  SELECT id, title FROM ticket; " }) export class Plain { @ViewColumn() id!: number }
      @ViewEntity({ name: 'kept', schema: 'app', materialized: true, expression: 'SELECT id, weight AS "how much" FROM ticket -- all of them' })
      @Index('kept_both', ['id', 'much'])
      export class Kept { @Index({ unique: true }) @ViewColumn() id!: number; @ViewColumn({ name: 'how much' }) much!: number }
      @ViewEntity({ expression: 'SELECT 1 AS one', synchronize: false }) export class ByHand { @ViewColumn() one!: number }`);
    expect([...target.views.keys()]).toEqual(['plain']);
    expect(target.materializedViews.get('app.kept')!.reads).toEqual(['ticket']);
    expect(target.indexes.get('app.kept_both')!.table).toBe('app.kept');
  });

  test('of a query builder', async () => {
    const { target } = await expectAlike(`${tables}
      @ViewEntity({ expression: ds => ds.createQueryBuilder().select('t.id', 'id').addSelect('p.name', 'name').from(Ticket, 't').leftJoin(Person, 'p', 'p.id = t.ownerId') })
      export class Named { @ViewColumn() id!: number; @ViewColumn() name!: string }
      @ViewEntity({ expression: ds => ds.getRepository(Ticket).createQueryBuilder('t').select('count(*)', 'n') })
      export class Counted { @ViewColumn() n!: number }`);
    expect(target.views.get('named')!.reads).toEqual(['app.person', 'ticket']);
  });

  test('of views, whatever the order of declaration', async () => {
    const { target } = await expectAlike(`${tables}
      @ViewEntity({ expression: 'SELECT n FROM second', dependsOn: ['Second'], materialized: true }) export class Third { @ViewColumn() n!: number }
      @ViewEntity({ expression: 'SELECT count(*) AS n FROM "first" f, app.person', dependsOn: ['First'] }) export class Second { @ViewColumn() n!: number }
      @ViewEntity({ expression: 'SELECT id FROM public.ticket' }) export class First { @ViewColumn() id!: number }`);
    expect(target.views.get('second')!.reads).toEqual(['app.person', 'first']);
    expect(target.materializedViews.get('third')!.reads).toEqual(['second']);
  });

  test('that depend on what their text does not name', async () => {
    const { target } = await expectAlike(`${tables}
      @ViewEntity({ expression: 'SELECT 1 AS n', dependsOn: [Ticket, 'Person', 'nothing'] }) export class Loose { @ViewColumn() n!: number }`);
    expect(target.views.get('loose')!.reads).toEqual(['app.person', 'ticket']);
  });

  test('with parameters, which TypeORM leaves in their text', async () => {
    const { live } = await expectBetter(
      `${tables}
      @ViewEntity({ expression: ds => ds.createQueryBuilder().select('t.id', 'id').from(Ticket, 't')
        .where('t.title = :title AND t.weight IN (:...weights) AND t.weight < :most', { title: "it's $1", weights: [1, 2], most: 1.5 }) })
      export class Chosen { @ViewColumn() id!: number }`,
      /syntax error/,
    );
    expect(live.views.get('chosen')!.definition).toContain("'it''s $1'");
  });
});

describe('the relations a query names', () => {
  test.each<[sql: string, names: readonly string[]]>([
    ['SELECT 1', []],
    ['SELECT a.x FROM t AS a, ONLY u b WHERE a.y IN (SELECT v FROM w)', ['t', 'u', 'w']],
    ['SELECT x, status FROM t ORDER BY u, v', ['t']],
    [
      'select * from s.T join "S"."A b" using (t, u) cross join (v left join w on v.a = w.a)',
      ['s.t', 'S.A b', 'v', 'w'],
    ],
    [`SELECT 'from a', $$ from b $$, $x$ from $$ c $x$, E'\\' from d' FROM e -- from f\n/* from g */`, ['e']],
    ['SELECT * FROM f(1, 2) x, LATERAL (SELECT * FROM t) y, u', ['f', 't', 'u']],
    ['SELECT a IS DISTINCT FROM b, c FROM t', ['t']],
    ['WITH q AS (SELECT 1 FROM t) SELECT * FROM q UNION TABLE u', ['t', 'q', 'u']],
    ['SELECT coalesce(a, (SELECT b FROM t), c) FROM u GROUP BY x, y', ['t', 'u']],
    ['SELECT "from" x FROM "da""bei" WHERE "join" = 1', ['da"bei']],
  ])('%s', (sql, names) => {
    const found = relationsRead(sql).map(({ schema, name }) => (schema === undefined ? name : `${schema}.${name}`));
    expect(found).toEqual(names);
  });
});
