import { describe, expect, test } from '@jest/globals';
import { evolve, linesAbout } from '../dependents/evolution.ts';
import { withDatabase, type TestDatabase } from '../support/index.ts';
import { statementsOf } from 'typeorm-alembic';

const counters: Readonly<Record<string, string>> = {
  serial: `@PrimaryGeneratedColumn()`,
  bigserial: `@PrimaryGeneratedColumn({ type: 'bigint' })`,
  identity: `@PrimaryGeneratedColumn('identity')`,
  big_identity: `@PrimaryGeneratedColumn('identity', { type: 'bigint' })`,
  identity_always: `@PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' })`,
};

const table = (name: string, id: string) =>
  `@Entity('${name}') export class C_${name} { ${id} id!: number; @Column({ default: '' }) note!: string; }`;

/** How the sequence of a table may stand when its column changes, the value it gives next, and its step. */
const positions: Readonly<Record<string, (table: string) => readonly [sql: string, next: number, step: number]>> = {
  deleted: name => [
    `INSERT INTO ${name} (note) SELECT 'x' FROM generate_series(1, 10); DELETE FROM ${name} WHERE id > 6`,
    11,
    1,
  ],
  moved: name => [`SELECT setval(pg_get_serial_sequence('${name}', 'id'), 1000, false)`, 1000, 1],
  options: name => [
    `DO $$ BEGIN EXECUTE format('ALTER SEQUENCE %s INCREMENT BY 5 MAXVALUE 9000 START WITH 100 RESTART CYCLE',
       pg_get_serial_sequence('${name}', 'id')); END $$; INSERT INTO ${name} DEFAULT VALUES`,
    105,
    5,
  ],
};

/** Every way of counting under every other, in every position. */
const changes = Object.keys(counters).flatMap(from =>
  Object.keys(counters)
    .filter(to => to !== from)
    .flatMap(to =>
      Object.entries(positions).map(([position, of]) => {
        const name = `${from}_to_${to}_${position}`;
        const [sql, next, step] = of(name);
        return { name, sql, next, step, before: table(name, counters[from]!), after: table(name, counters[to]!) };
      }),
    ),
);

const insert = async (database: TestDatabase, name: string): Promise<number> => {
  const [row] = await database.query(`INSERT INTO ${name} DEFAULT VALUES RETURNING id`);
  return Number(row.id);
};

describe('a column that is counted in another way', () => {
  test('goes on where it was, with the same options, up and down', async () => {
    const [before, after, others] = (['before', 'after', 'sql'] as const).map(part =>
      changes.map(change => change[part]).join(';\n'),
    ) as [string, string, string];
    await evolve({ before, after, others }, async ({ database, runner, start, back, again }) => {
      expect(again).toEqual([]);
      expect(back).toBe(start);
      await runner.upgrade();
      const up: unknown[] = [];
      for (const { name } of changes) up.push([name, await insert(database, name)]);
      expect(up).toEqual(changes.map(({ name, next }) => [name, next]));
      await runner.downgrade('-1');
      const down: unknown[] = [];
      for (const { name } of changes) down.push([name, await insert(database, name)]);
      expect(down).toEqual(changes.map(({ name, next, step }) => [name, next + step]));
    });
  });

  test('keeps the privileges on its sequence, up and down, and whoever may insert still can', async () => {
    const [serial, identity] = [table('bill', counters['serial']!), table('bill', counters['identity']!)];
    const others = `GRANT SELECT, UPDATE ON SEQUENCE bill_id_seq TO pg_monitor; GRANT INSERT ON bill TO pg_monitor;
      GRANT INSERT (note) ON bill TO pg_read_all_stats`;
    for (const [before, after] of [
      [serial, identity],
      [identity, serial],
    ] as const)
      await evolve({ before, after, others }, async ({ database, runner, start, end, back, again }) => {
        expect([back, again]).toEqual([start, []]);
        expect(linesAbout(end, /bill_id_seq.*pg_monitor=/)).toHaveLength(1);
        await runner.upgrade();
        await database.query('SET ROLE pg_monitor; INSERT INTO bill DEFAULT VALUES; RESET ROLE');
        await database.query("SET ROLE pg_read_all_stats; INSERT INTO bill (note) VALUES ('x'); RESET ROLE");
      });
  });

  test('has a sequence of the owner of its table, up and down', async () => {
    const owner = `owner_${process.pid}`;
    const columns = (count: string, plain: string) =>
      `@Entity('bill') export class Bill { @PrimaryColumn() id!: number; @Column(${count}) a!: number; @Column(${plain}) b!: number;
        @Column({ type: 'int', generated: 'identity' }) c!: number; }`;
    const [serial, plain] = [`{ type: 'int', generated: 'increment' }`, `{ type: 'int' }`];
    await withDatabase(database => database.query(`CREATE ROLE ${owner}`));
    await evolve(
      {
        before: columns(plain, serial),
        after: columns(serial, plain)
          .replace(`generated: 'identity'`, `generated: 'increment'`)
          .replace(/ }$/, ` @Column(${serial}) d!: number; }`),
        others: `GRANT CREATE ON SCHEMA public TO ${owner}; ALTER TABLE bill OWNER TO ${owner}; INSERT INTO bill VALUES (1, 1);
          COMMENT ON SEQUENCE bill_b_seq IS 'why'; GRANT USAGE ON SEQUENCE bill_b_seq TO pg_monitor`,
      },
      async ({ database, start, back, again }) => {
        expect([back, again]).toEqual([start, []]);
        await database.query(`DROP OWNED BY ${owner}`);
      },
    );
    const bill = (id: string) => table('bill', id);
    await evolve(
      {
        before: bill('@PrimaryColumn()'),
        after: bill(counters['serial']!),
        others: `CREATE SEQUENCE bill_id_seq; ALTER TABLE bill ALTER id SET DEFAULT nextval('bill_id_seq'); ALTER TABLE bill OWNER TO ${owner}`,
      },
      async ({ database, source, back, again }) => {
        expect(again).toEqual([]);
        expect(source).toContain('Does not keep the owner of the sequence bill_id_seq');
        const owners = `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname IN ('bill', 'bill_id_seq')`;
        expect(await database.query(owners)).toEqual([{ owner }]);
        expect(back).toContain('bill_id_seq');
        await database.query(`DROP OWNED BY ${owner}`);
      },
    );
    await withDatabase(database => database.query(`DROP ROLE ${owner}`));
  });

  test('that a free sequence fed takes the sequence over, and lets it go again', async () => {
    const fed = (sequence: string) =>
      table('bill', `@PrimaryColumn({ default: () => "nextval('${sequence}'::regclass)" })`);
    const setup = table('other', counters['serial']!);
    for (const sequence of ['bill_id_seq', 'numbers'])
      await evolve(
        {
          before: `${setup}; ${table('bill', '@PrimaryColumn()')}`,
          after: `${setup}; ${table('bill', counters['serial']!)}`,
          others: `CREATE SEQUENCE ${sequence} MAXVALUE 5000; ALTER TABLE bill ALTER id SET DEFAULT nextval('${sequence}');
            SELECT setval('${sequence}', 500)`,
        },
        async ({ database, runner, start, back, again }) => {
          expect([back, again]).toEqual([start, []]);
          await runner.upgrade();
          expect(await insert(database, 'bill')).toBe(501);
          await runner.downgrade('-1');
          expect(await insert(database, 'bill')).toBe(502);
        },
      );
    await evolve(
      {
        before: table('bill', counters['serial']!),
        after: fed('bill_id_seq'),
        others: `SELECT setval('bill_id_seq', 500)`,
      },
      async ({ database, runner, start, back, again }) => {
        expect([back, again]).toEqual([start, []]);
        await runner.upgrade();
        expect(await insert(database, 'bill')).toBe(501);
      },
    );
  });
});

describe('a sequence under other bounds goes on from the nearest', () => {
  test.each([
    ['a minimum above its value', 'CREATE SEQUENCE n', { minimum: '100' }, 100],
    ['a minimum below its value', `CREATE SEQUENCE n; SELECT setval('n', 500)`, { minimum: '100' }, 501],
    ['a maximum below, descending', 'CREATE SEQUENCE n INCREMENT -1', { increment: '-1', maximum: '-50' }, -50],
    ['a maximum above its value', `CREATE SEQUENCE n MAXVALUE 9; SELECT setval('n', 9)`, { maximum: '20' }, 10],
  ])('%s', async (_, sql, options, expected) => {
    await withDatabase(async database => {
      await database.query(sql);
      for (const each of statementsOf({ op: 'alterSequence', name: 'n', ...options })) await database.query(each.sql);
      const [row] = await database.query(`SELECT nextval('n') AS value`);
      expect(Number(row.value)).toBe(expected);
    });
  });
});
