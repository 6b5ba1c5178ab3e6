import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRunner, silent } from 'typeorm-alembic';
import { entitiesFrom, testRun, withDatabase } from '../support/index.ts';
import { evolve, imports } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const role = `other_hand_${process.pid}`;
beforeAll(() => withDatabase(database => database.query(`CREATE ROLE ${role}`)));
afterAll(() => withDatabase(database => database.query(`DROP ROLE ${role}`)));

/** Functions of another role, which count each time that they run with rights that are not that role's. */
const functions = `INSERT INTO item VALUES (1, 'a'); GRANT ALL ON SCHEMA public TO ${role}; CREATE SEQUENCE ran; GRANT ALL ON SEQUENCE ran TO PUBLIC; GRANT SELECT ON item TO PUBLIC;
  SET ROLE ${role};
  CREATE FUNCTION steady(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN IF current_user <> '${role}' THEN PERFORM nextval('ran'); END IF; RETURN v; END $$;
  CREATE FUNCTION fickle() RETURNS int LANGUAGE plpgsql VOLATILE AS
    $$ BEGIN IF current_user <> '${role}' THEN PERFORM nextval('ran'); END IF; RETURN 1; END $$;
  CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
  RESET ROLE;`;
const item = (type: string) =>
  `@Entity('item') export class Item { @PrimaryColumn() id!: number; @Column('${type}') code!: string }`;

const views = {
  'a materialized view': `CREATE MATERIALIZED VIEW mv AS SELECT fickle() AS one, code FROM item`,
  'a view': `CREATE VIEW v AS SELECT fickle() AS one, steady('x') AS x, code FROM item`,
};
const onTables = {
  'an index': `CREATE INDEX i ON item ((code::text || steady('x')))`,
  'a partial index': `CREATE INDEX i ON item (id) WHERE code::text = steady('x')`,
  'a check': `ALTER TABLE item ADD CONSTRAINT c CHECK (code::text <> steady('x'))`,
  'a default': `ALTER TABLE item ALTER code SET DEFAULT steady('x')`,
  'a generated column': `ALTER TABLE item ADD g text GENERATED ALWAYS AS (code::text || steady('x')) STORED`,
  'a policy': `CREATE POLICY p ON item USING (code::text = steady('x'))`,
  'a trigger': `CREATE TRIGGER t BEFORE UPDATE ON item FOR EACH ROW WHEN (NEW.code::text = steady('x'))
    EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
  'a rule': `CREATE RULE r AS ON DELETE TO item WHERE OLD.code::text = steady('x') DO INSTEAD NOTHING`,
  statistics: `CREATE STATISTICS s ON (code::text || steady('x')), id FROM item`,
  'an index with an operator': `CREATE INDEX i ON item (id) WHERE code::text === 'x'`,
};
/** What stays here: to make it, PostgreSQL may run what it calls. What it will call is not asked, and that is said. */
const untried = ['an index', 'statistics'];
type Losing = Readonly<Record<symbol, readonly string[] | undefined>>;
const asTheirs = (sql: string) => `${functions} SET ROLE ${role}; ${sql}; RESET ROLE`;

test.each(shareOfToday(Object.entries(views)))(
  'what another role selects runs with the rights of that role only: %s',
  (_, sql) =>
    evolve({ before: item('varchar'), after: item('text'), others: asTheirs(sql) }, async evolved => {
      expect(evolved.back).toBe(evolved.start);
      await evolved.runner.upgrade();
      expect(await evolved.database.query('SELECT is_called FROM ran')).toEqual([{ is_called: false }]);
      await evolved.database.query(`DROP OWNED BY ${role} CASCADE`);
    }),
);

// When a type changes, PostgreSQL itself may run such a function with the rights of who changes it: not when one looks.
test.each(shareOfToday(Object.entries({ ...views, ...onTables })))(
  'a comparison runs nothing of another role: %s',
  (what, sql) =>
    withDatabase(async database => {
      const dataSource = (type: string) =>
        database.dataSource({ entities: [...entitiesFrom(imports + item(type))] as never[], installExtensions: false });
      await (await dataSource('varchar').initialize()).synchronize();
      await database.query(asTheirs(sql).replace('SET ROLE', `ALTER TABLE item OWNER TO ${role}; SET ROLE`));
      const config = { allowNoRevisions: true, versionLocations: ['.'] };
      const { directory } = testRun();
      const runner = createRunner(dataSource('text'), config, { directory, logger: silent });
      const { operations } = await runner.check();
      expect(operations).not.toEqual([]);
      const lost = operations.flatMap(each => (each as Losing)[Symbol.for('typeorm-alembic.lost')] ?? []);
      const isUntold = lost.some(each => each.includes('the name of a function of another role'));
      expect([what, isUntold]).toEqual([what, untried.includes(what)]);
      expect(await database.query('SELECT is_called FROM ran')).toEqual([{ is_called: false }]);
      await database.query(`DROP OWNED BY ${role} CASCADE`);
    }),
);
