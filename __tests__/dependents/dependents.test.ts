import { describe, expect, test } from '@jest/globals';
import { createRunner, silent } from 'typeorm-alembic';
import { withDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { testRun } from '../support/test-run.ts';
import { evolve, linesAbout, withoutStringTypes } from './evolution.ts';

const ticket = (columns: string, options = '') =>
  `@Entity('ticket') ${options} export class Ticket { @PrimaryGeneratedColumn() id!: number; ${columns} }`;
const typed = (type: string) =>
  ticket(`@Column({ type: '${type}' }) state!: string; @Column({ default: 0 }) points!: number;`);

const { serverMajor } = testRun();

/** Objects that are not the project's, on a column `state`, each with everything it can have. */
const others: Readonly<Record<string, string>> = {
  'a view': `CREATE VIEW report WITH (${serverMajor >= 15 ? 'security_invoker=true, ' : ''}check_option=local) AS SELECT id, state FROM ticket;
    GRANT SELECT, UPDATE ON report TO pg_monitor; GRANT SELECT ON report TO PUBLIC; COMMENT ON VIEW report IS 'for E''s report';
    COMMENT ON COLUMN report.state IS 'as it was'; GRANT INSERT (state) ON report TO pg_monitor WITH GRANT OPTION;
    ALTER VIEW report ALTER COLUMN state SET DEFAULT 'open'; ALTER VIEW report OWNER TO pg_monitor`,
  'a view with a trigger and a rule': `CREATE VIEW report AS SELECT id, state FROM ticket;
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER instead INSTEAD OF INSERT ON report FOR EACH ROW EXECUTE FUNCTION nothing(); COMMENT ON TRIGGER instead ON report IS 'why';
    CREATE RULE silence AS ON DELETE TO report DO INSTEAD NOTHING`,
  'a view on a view': `CREATE VIEW below AS SELECT id, state FROM ticket; CREATE VIEW above AS SELECT state FROM below;
    GRANT SELECT ON above TO pg_monitor`,
  'a view of another column':
    'CREATE VIEW report AS SELECT id, points FROM ticket; GRANT SELECT ON report TO pg_monitor',
  'a materialized view': `CREATE MATERIALIZED VIEW report WITH (fillfactor=70) AS SELECT id, state FROM ticket WITH NO DATA;
    CREATE UNIQUE INDEX report_id ON report (id); COMMENT ON INDEX report_id IS 'fast'; GRANT SELECT ON report TO pg_monitor;
    COMMENT ON MATERIALIZED VIEW report IS 'slow'`,
  'a policy': `ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON ticket AS RESTRICTIVE FOR UPDATE TO pg_monitor USING (state <> 'closed') WITH CHECK (state <> 'gone'); COMMENT ON POLICY own ON ticket IS 'p'`,
  triggers: `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER condition BEFORE UPDATE ON ticket FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION nothing();
    CREATE TRIGGER columns BEFORE UPDATE OF state ON ticket FOR EACH ROW EXECUTE FUNCTION nothing(); ALTER TABLE ticket DISABLE TRIGGER columns`,
  'a rule': `CREATE TABLE audit (state text); CREATE RULE keep AS ON UPDATE TO ticket DO ALSO INSERT INTO audit VALUES (OLD.state)`,
  'a generated column':
    'ALTER TABLE ticket ADD lowered_state boolean GENERATED ALWAYS AS (state IS NOT NULL) STORED; GRANT SELECT (lowered_state) ON ticket TO pg_monitor',
  'an index and a check': `CREATE INDEX lowered ON ticket (lower(state)) WHERE state <> ''; COMMENT ON INDEX lowered IS 'by hand';
    ALTER TABLE ticket ADD CONSTRAINT short CHECK (length(state) < 100); COMMENT ON CONSTRAINT short ON ticket IS 'by hand'`,
};

describe('what others made on a column comes back as it was when the column gets another type', () => {
  test.each(shareOfToday(Object.entries(others)))('%s', async (_, sql) => {
    const evolution = { before: typed('varchar'), after: typed('text'), others: sql };
    await evolve(evolution, ({ start, end, back, again }) => {
      const about = /report|below|above|own|condition|columns|keep|lowered|short/;
      expect(withoutStringTypes(linesAbout(end, about))).toEqual(withoutStringTypes(linesAbout(start, about)));
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });
});

describe('and when an enum loses a label', () => {
  const labels = (...names: string[]) =>
    ticket(
      `@Column({ type: 'enum', enum: ${JSON.stringify(names)} }) state!: string; @Column({ default: 0 }) points!: number;`,
    );
  test('of a name that must be quoted', async () => {
    const named = (...names: string[]) =>
      ticket(
        `@Column({ type: 'enum', enumName: 'My_State', enum: ${JSON.stringify(names)} }) state!: string; @Column({ default: 0 }) points!: number;`,
      );
    const sql = `CREATE VIEW report AS SELECT id FROM ticket WHERE state = 'open'; GRANT SELECT ON report TO pg_monitor;
      CREATE INDEX by_hand ON ticket (points) WHERE state = 'open'`;
    await evolve(
      { before: named('open', 'gone'), after: named('open'), others: sql },
      ({ start, end, back, again }) => {
        expect(linesAbout(end, /report|by_hand/)).toEqual(linesAbout(start, /report|by_hand/));
        expect(back).toBe(start);
        expect(again).toEqual([]);
      },
    );
  });
  const enumOthers = {
    ...Object.fromEntries(Object.entries(others).filter(([name]) => !/index|rule|trigger|policy/.test(name))),
    'a partial index and a check': `CREATE INDEX by_hand ON ticket (points) WHERE state = 'open'; COMMENT ON INDEX by_hand IS 'by hand';
      ALTER TABLE ticket ADD CONSTRAINT by_hand_too CHECK (state <> 'closed' OR points > 0)`,
    'a policy on it': `CREATE POLICY own ON ticket USING (state = 'open')`,
  };
  test.each(shareOfToday(Object.entries(enumOthers)))('%s', async (_, sql) => {
    const evolution = { before: labels('open', 'closed', 'gone'), after: labels('open', 'closed'), others: sql };
    await evolve(evolution, ({ start, end, back, again }) => {
      const about = /report|below|above|\bown\b|by_hand/;
      expect(linesAbout(end, about)).toEqual(linesAbout(start, about));
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });
});

describe('what others made on a column that is dropped is dropped by an operation that is seen, and comes back', () => {
  const without = ticket('@Column({ default: 0 }) points!: number;');
  test.each(
    shareOfToday([
      ['an index', 'CREATE INDEX by_hand ON ticket (points, state)', 'by_hand'],
      ['an index on an expression', 'CREATE INDEX by_hand ON ticket (lower(state))', 'by_hand'],
      ['a partial index', `CREATE INDEX by_hand ON ticket (points) WHERE state <> ''`, 'by_hand'],
      ['a check', `ALTER TABLE ticket ADD CONSTRAINT by_hand CHECK (state <> '' OR points > 0)`, 'by_hand'],
      ['a unique constraint', 'ALTER TABLE ticket ADD CONSTRAINT by_hand UNIQUE (state, points)', 'by_hand'],
      [
        'a foreign key',
        `CREATE TABLE state (name varchar PRIMARY KEY); ALTER TABLE ticket ADD CONSTRAINT by_hand FOREIGN KEY (state) REFERENCES state`,
        'by_hand',
      ],
    ]),
  )('%s', async (_, sql, name) => {
    await evolve({ before: typed('varchar'), after: without, others: sql }, ({ source, start, back, again }) => {
      expect(source!.split('downgrade')[0]).toContain(`'${name}'`);
      expect(linesAbout(back, /by_hand/)).toEqual(linesAbout(start, /by_hand/));
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });
});

describe('what would be refused is not written', () => {
  const refused = async (after: string, sql: string, message: RegExp) =>
    expect(evolve({ before: typed('varchar'), after, others: sql }, () => {})).rejects.toThrow(message);
  const without = ticket('@Column({ default: 0 }) points!: number;');

  test('a view on a column that is dropped', () =>
    refused(without, 'CREATE VIEW report AS SELECT state FROM ticket', /view report depends on column ticket\.state/));
  test('a policy on a column that is dropped', () =>
    refused(
      without,
      `CREATE POLICY own ON ticket USING (state <> '')`,
      /policy own of ticket depends on column ticket\.state/,
    ));
  const lowered = 'ALTER TABLE ticket ADD lowered text GENERATED ALWAYS AS (lower(state)) STORED';
  test('a generated column on a column that is dropped', () =>
    refused(without, lowered, /generated column lowered of ticket depends on column ticket\.state, which is dropped/));
  test('a generated column on a column that becomes one', () =>
    refused(
      ticket(
        `@Column({ default: 0 }) points!: number;
        @Column({ type: 'varchar', generatedType: 'STORED', asExpression: "'no' || points" }) state!: string;`,
      ),
      lowered,
      /generated column lowered of ticket depends on column ticket\.state, which becomes a generated column/,
    ));
  test('a view of a schema that is not read', () =>
    refused(
      typed('text'),
      'CREATE SCHEMA aside; CREATE VIEW aside.report AS SELECT state FROM ticket',
      /view aside\.report depends on column ticket\.state/,
    ));
  if (serverMajor >= 14)
    test('a function with a body in SQL', () =>
      refused(
        typed('text'),
        'CREATE FUNCTION states() RETURNS SETOF varchar BEGIN ATOMIC SELECT state FROM ticket; END',
        /function states\(\) depends on column ticket\.state/,
      ));
  test.each(
    shareOfToday([
      ['a view', 'CREATE VIEW report AS SELECT state FROM states'],
      ['a view of no column', 'CREATE VIEW report AS SELECT 1 FROM states'],
      ['a materialized view', 'CREATE MATERIALIZED VIEW report AS SELECT state FROM states'],
      [
        'a view on a view',
        'CREATE VIEW between AS SELECT state FROM states; CREATE VIEW report AS SELECT * FROM between',
      ],
      [
        'a view of a schema that is not read',
        'CREATE SCHEMA aside; CREATE VIEW aside.report AS SELECT state FROM states',
      ],
      ['a rule', 'CREATE RULE report AS ON UPDATE TO ticket DO ALSO SELECT state FROM states'],
    ]),
  )("%s on a view of the project's that is dropped", (_, sql) =>
    expect(
      evolve(
        {
          before: `${typed('varchar')} @ViewEntity('states', { expression: 'SELECT state FROM ticket' })
            export class States { @ViewColumn() state!: string }`,
          after: typed('varchar'),
          others: sql,
        },
        () => {},
      ),
    ).rejects.toThrow(/(report|between|report on table ticket) depends on (relation|column) states/),
  );
  test("a view on a column that a view of the project's has no longer", () =>
    expect(
      evolve(
        {
          before: `${typed('varchar')} @ViewEntity('states', { expression: 'SELECT id, state FROM ticket' })
            export class States { @ViewColumn() state!: string }`,
          after: `${typed('varchar')} @ViewEntity('states', { expression: 'SELECT id FROM ticket' })
            export class States { @ViewColumn() id!: string }`,
          others: 'CREATE VIEW report AS SELECT state FROM states',
        },
        () => {},
      ),
    ).rejects.toThrow(/view report depends on column states\.state/));
  test('a foreign key of a schema that is not read, on a column that is dropped', () =>
    expect(
      evolve(
        {
          before: ticket('@Column({ unique: true }) state!: string; @Column({ default: 0 }) points!: number;'),
          after: without,
          others: 'CREATE SCHEMA aside; CREATE TABLE aside.remark (state varchar REFERENCES ticket (state))',
        },
        () => {},
      ),
    ).rejects.toThrow(/constraint remark_state_fkey .*depends on column ticket\.state/));
  test('a foreign key of a table that nobody declares, on a table that is dropped', () =>
    expect(
      evolve(
        {
          before: `${typed('varchar')} @Entity('note') export class Note { @PrimaryColumn() id!: number }`,
          after: typed('varchar'),
          others: 'CREATE SCHEMA aside; CREATE TABLE aside.remark (note integer REFERENCES note)',
        },
        () => {},
      ),
    ).rejects.toThrow(/constraint remark_note_fkey .*depends on relation note/));
});

test('what would be refused in the downgrade only is named there', async () => {
  const labels = (...names: string[]) =>
    ticket(`@Column({ type: 'enum', enum: ${JSON.stringify(names)} }) state!: string;`);
  const evolution = {
    before: labels('open', 'closed'),
    after: labels('open', 'closed', 'late'),
    others: `CREATE FUNCTION escalate(given ticket_state_enum) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  };
  const sources: (string | undefined)[] = [];
  const run = evolve(
    evolution,
    () => {},
    source => sources.push(source),
  );
  await expect(run).rejects.toThrow(/function escalate\(ticket_state_enum__replaced\) depends on type/);
  expect(sources[0]!.split('async function downgrade')[1]).toContain(
    '// PostgreSQL refuses this while function escalate(ticket_state_enum) depends on type ticket_state_enum: drop or change it first.',
  );
  expect(sources[0]!.split('async function downgrade')[0]).not.toContain('PostgreSQL refuses');
});

test('nothing is in the way of dropping what the upgrade adds', () =>
  evolve(
    {
      before: typed('varchar'),
      after: ticket(
        '@Column() state!: string; @Column({ default: 0 }) points!: number; @Column({ nullable: true }) note!: string',
      ),
      others: `CREATE RULE keep AS ON UPDATE TO ticket WHERE OLD.state IS NULL DO ALSO NOTHING; CREATE FUNCTION given(ticket) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    },
    ({ source, start, back }) => {
      expect(source).not.toContain('PostgreSQL refuses');
      expect(back).toBe(start);
    },
  ));

describe.each([
  ['view', ''],
  ['materialized view', ', materialized: true'],
])("what others made on the columns of a %s of the project's", (word, options) => {
  const states = (columns: string) =>
    `${typed('varchar')} @ViewEntity('states', { expression: 'SELECT ${columns} FROM ticket'${options} })
      export class States { @ViewColumn() id!: number }`;
  const indexes = 'CREATE INDEX kept_index ON states (id); CREATE INDEX lost_index ON states (state)';
  const sql = `COMMENT ON COLUMN states.id IS 'kept'; COMMENT ON COLUMN states.state IS 'lost';
    GRANT SELECT (id, state) ON states TO pg_monitor; ${word === 'view' ? '' : indexes}`;

  test('stays on those that stay, and is there again after the downgrade', () =>
    evolve({ before: states('id, state'), after: states('points, id'), others: sql }, ({ start, end, back, again }) => {
      const about = /kept|pg_monitor/;
      expect(linesAbout(end, about).length).toBeGreaterThan(0);
      expect(linesAbout(end, /kept/)).toEqual(linesAbout(start, /kept/));
      expect(linesAbout(end, /lost/)).toEqual([]);
      expect([back, again]).toEqual([start, []]);
    }));

  test('stays unmanaged afterwards', () =>
    evolve({ before: states('id, state'), after: states('points, id'), others: sql }, async ({ runner, again }) => {
      await runner.upgrade();
      expect([again, (await runner.check()).operations]).toEqual([[], []]);
    }));
});

describe('a table that is dropped comes back in the downgrade as it was', () => {
  const note = `@Entity('note') export class Note { @PrimaryColumn() id!: number; @Column() text!: string }`;
  test.each(
    shareOfToday([
      [
        'privileges and owner',
        'GRANT SELECT ON note TO pg_monitor; GRANT UPDATE (text) ON note TO pg_monitor; ALTER TABLE note OWNER TO pg_monitor',
      ],
      [
        'row security and policies',
        `ALTER TABLE note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY all_rows ON note USING (text <> '')`,
      ],
      [
        'storage parameters, unlogged',
        'ALTER TABLE note SET (fillfactor=50, autovacuum_enabled=false); ALTER TABLE note SET UNLOGGED',
      ],
      [
        'triggers and comments',
        `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER t BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION nothing(); COMMENT ON TRIGGER t ON note IS 'x'; COMMENT ON TABLE note IS 'y'`,
      ],
      ['default privileges', 'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor'],
    ]),
  )('%s', async (_, sql) => {
    await evolve(
      { before: `${typed('text')} ${note}`, after: typed('text'), others: sql },
      ({ start, back, again }) => {
        expect(back).toBe(start);
        expect(again).toEqual([]);
      },
    );
  });
});

test("what is put back does not become the project's", async () => {
  const sql = `${others['a view']}; ${others['an index and a check']}`;
  await evolve({ before: typed('varchar'), after: typed('text'), others: sql }, async ({ runner, source, again }) => {
    expect(source).toContain('// Drops the view report and creates it again below.');
    expect(again).toEqual([]);
    await runner.upgrade();
    expect((await runner.check()).operations).toEqual([]);
  });
});

test('what fails on an empty database, where nobody has made what is dropped and created again, says so', async () => {
  const before = `${typed('varchar')} @ViewEntity({ name: 'own', expression: 'SELECT state FROM ticket' }) export class Own { @ViewColumn() state!: string }`;
  const after = before.replace("'varchar'", "'text'");
  const comment = /^ *\/\/ On an empty database this fails.*$/gm;
  const others = 'CREATE VIEW report AS SELECT state FROM ticket; CREATE POLICY p ON ticket USING (state <> 1::text)';
  const upgradeEmpty = (directory: string) =>
    withDatabase(empty =>
      createRunner(empty.dataSource({ entities: [] }), {}, { directory, logger: silent }).upgrade(),
    );
  await evolve({ before, after, others }, async ({ directory, source }) => {
    expect(source!.match(comment)).toEqual([
      expect.stringMatching(/unless SQL of an earlier revision creates .*: no operation does\.$/),
    ]);
    for (const name of ['view report', 'policy p of ticket']) expect(source!.match(comment)![0]).toContain(name);
    expect(source!.match(comment)![0]).not.toContain('own');
    await expect(upgradeEmpty(directory)).rejects.toThrow(/report|policy/);
  });
  await evolve({ before, after }, async ({ directory, source }) => {
    expect(source).toMatch(/dropView\(\{ name: 'own'/);
    expect(source).not.toMatch(comment);
    await upgradeEmpty(directory);
  });
  const byHand = `await op.query('SELECT 1'); await op.execute('CREATE VIEW report AS SELECT state FROM ticket');`;
  await evolve({ before, after, byHand }, async ({ directory, source }) => {
    expect(source).toMatch(/dropView\(\{ name: 'report'/);
    expect(source).not.toMatch(comment);
    await upgradeEmpty(directory);
  });
});

describe('keys and what refers to them change in an order PostgreSQL accepts, both ways', () => {
  const land = (code: string, options = '') =>
    `@Entity('land') ${options} export class Land { @PrimaryColumn() id!: number; ${code} }`;
  const parcel = (relation: string) =>
    `@Entity('parcel') export class Parcel { @PrimaryColumn() id!: number; ${relation} }`;
  const byCode = `@ManyToOne('Land') @JoinColumn({ name: 'code', referencedColumnName: 'code' }) land!: any;`;
  const plain = land('@Column() code!: string;');
  const indexed = land('@Index({ unique: true }) @Column() code!: string;');
  const unique = land('@Column({ unique: true }) code!: string;');
  const key = (type: string) => `@Entity('land') export class Land { @PrimaryColumn({ type: '${type}' }) id!: any; }`;
  const byId = parcel(`@ManyToOne('Land') land!: any;`);
  test.each(
    shareOfToday([
      ['a new unique index and a key that rests on it', `${plain} ${parcel('')}`, `${indexed} ${parcel(byCode)}`],
      ['a new unique constraint and a new table that rests on it', plain, `${unique} ${parcel(byCode)}`],
      ['a new unique index and a new table that rests on it', plain, `${indexed} ${parcel(byCode)}`],
      [
        'a unique index becomes a constraint under a key',
        `${indexed} ${parcel(byCode)}`,
        `${unique} ${parcel(byCode)}`,
      ],
      [
        'a constraint becomes a unique index under a key',
        `${unique} ${parcel(byCode)}`,
        `${indexed} ${parcel(byCode)}`,
      ],
      ['a key changes its type as the table that refers to it goes', `${key('integer')} ${byId}`, key('varchar')],
      ['both ends of a key change to another type', `${key('integer')} ${byId}`, `${key('varchar')} ${byId}`],
      [
        'both ends change and the key gets another name',
        `${key('integer')} ${byId}`,
        `${key('varchar')} ${byId.replace('land!', 'place!').replace(`@ManyToOne('Land')`, `@ManyToOne('Land') @JoinColumn({ name: 'landId', foreignKeyConstraintName: 'other' })`)}`,
      ],
      [
        'a many-to-many goes as the key changes',
        `${key('integer')} @Entity('parcel') export class Parcel { @PrimaryColumn() id!: number; @ManyToMany('Land') @JoinTable() lands!: any[]; }`,
        `${key('varchar')} ${parcel('')}`,
      ],
    ]),
  )('%s', async (_, before, after) => {
    await evolve({ before, after }, ({ source, start, back, again }) => {
      expect(source).toBeDefined();
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });
});

describe('explicit renames', () => {
  const placeOf = (name: string): [schema: string, name: string] => {
    const [first = '', second] = name.split('.');
    return second === undefined ? ['', first] : [first, second];
  };
  const inSchema = (schema: string, name = 'ticket') =>
    `@Entity({ name: '${name}'${schema && `, schema: '${schema}'`} }) export class Ticket { @PrimaryColumn() id!: number; @Index('by_state') @Column({ comment: 'c' }) state!: string; }`;
  test.each([
    ['into a schema that does not exist yet', '', 's2', { tables: { ticket: 's2.ticket' } }],
    ['out of a schema', 's2', '', { tables: { 's2.ticket': 'ticket' } }],
    ['out of a schema, spelled out', 's2', '', { tables: { 's2.ticket': 'public.ticket' } }],
  ])('a table moves %s', async (_, from, to, renames) => {
    await evolve({ before: inSchema(from), after: inSchema(to), renames }, ({ source, start, back, again }) => {
      expect(source).toContain('op.moveTable');
      expect(source).not.toContain('op.dropTable');
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });

  if (serverMajor >= 15)
    test.each<[string, Record<string, string>]>([
      ['a table moves out of a published schema into another one', { case_: 's2.ticket' }],
      ['two tables change schemas and names', { case_: 's2.other', 's2.other': 'case_' }],
      ['tables move in a ring', { case_: 's2.other', 's2.other': 's3.far', 's3.far': 'case_' }],
    ])('%s: the publications that each leaves and enters are named', async (_, tables) => {
      const names = new Set(['case_', 's2.other', ...Object.keys(tables)]);
      const entities = (rename: (name: string) => string) =>
        [...names].map((name, i) =>
          inSchema(...placeOf(rename(name)))
            .replace('Ticket', `T${i}`)
            .replace('by_state', `i${i}`),
        );
      const others = `CREATE SCHEMA IF NOT EXISTS s2; CREATE SCHEMA IF NOT EXISTS s3; CREATE PUBLICATION "Left" FOR TABLES IN SCHEMA public;
        CREATE PUBLICATION entered FOR TABLES IN SCHEMA s2; CREATE PUBLICATION of_both FOR TABLES IN SCHEMA public, s2;
        CREATE PUBLICATION of_all FOR ALL TABLES; CREATE PUBLICATION of_far FOR TABLES IN SCHEMA s3;
        ${[...names].map((name, i) => `CREATE PUBLICATION own_${i} FOR TABLES IN SCHEMA public, TABLE ${name}; CREATE PUBLICATION far_${i} FOR TABLES IN SCHEMA s2, TABLE ${name}`).join(';')}`;
      const evolution = {
        before: entities(name => name).join(' '),
        after: entities(name => tables[name] ?? name).join(' '),
        others,
        renames: { tables },
      };
      await evolve(evolution, async ({ database, runner, source, start, back, again }) => {
        expect([back, again]).toEqual([start, []]);
        const published = (): Promise<{ id: string; names: string[] }[]> =>
          database.query(`SELECT format('%I.%I', schemaname, tablename)::regclass::oid AS id, array_agg(quote_ident(pubname)::text ORDER BY pubname) AS names
            FROM pg_publication_tables WHERE tablename <> 'alembic_version' GROUP BY 1`);
        const was = await published();
        await runner.upgrade();
        const is = await published();
        const changes = was.map(({ id, names: own }) => {
          const now = is.find(each => each.id === id)!.names;
          const [left, entered] = [own.filter(name => !now.includes(name)), now.filter(name => !own.includes(name))];
          return [left.length > 0 && `leaves ${left.join(', ')}`, entered.length > 0 && `enters ${entered.join(', ')}`];
        });
        const said = source!
          .split('function downgrade')[0]!
          .matchAll(/Does not keep its publications by schema: \S+ (.*)\n\s*await op\.moveTable/g);
        const expected = changes.map(change => change.filter(Boolean).join(' and ')).filter(Boolean);
        expect(expected.length).toBeGreaterThanOrEqual(Object.keys(tables).length);
        expect([...said].map(([, change]) => change).toSorted()).toEqual(expected.toSorted());
      });
    });

  test('a partial index on an enum that loses a label, on a renamed table', async () => {
    const named = (table: string, ...labels: string[]) =>
      `@Entity('${table}') @Index(['id'], { where: "state = 'open'" }) export class Ticket { @PrimaryColumn() id!: number;
       @Column({ type: 'enum', enumName: 'state', enum: ${JSON.stringify(labels)} }) state!: string; }`;
    const evolution = {
      before: named('ticket', 'open', 'closed', 'gone'),
      after: named('case', 'open', 'closed'),
      renames: { tables: { ticket: 'case' } },
    };
    await evolve(evolution, ({ start, back, again }) => {
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });
});
