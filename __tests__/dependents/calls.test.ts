import { expect, test } from '@jest/globals';
import { evolve } from './evolution.ts';

const note = (type: string) =>
  `@Entity('note') export class Note { @PrimaryColumn() id!: number; @Column(${type}) name!: string; @Column('text') kept!: string }`;

/** `createView rep.renamed: what it calls: …` */
const remarksIn = (upgrade: string) => {
  const found: string[] = [];
  let said: string[] = [];
  for (const line of upgrade.split(/\n(?= *\/\/| *await)/)) {
    const [, what] = /\/\/ Does not keep (what .*)/.exec(line) ?? [];
    const [, op, name] = /await op\.(\w+)\(\{.*?name: '([^']*)'/s.exec(line) ?? [];
    if (what !== undefined) said.push(what);
    if (op === undefined) continue;
    found.push(...said.map(each => `${op} ${name}: ${each.replace(': from here on it calls', ' →')}`));
    said = [];
  }
  return found.sort();
};

test('what calls something else under the type that a column gets, with the text that it had, is named', () => {
  const others = `CREATE SCHEMA rep; CREATE VIEW rep.renamed AS SELECT upper(name) AS u FROM note; CREATE VIEW rep.plain AS SELECT name || 'x' AS x, upper(kept) FROM note;
    CREATE VIEW own AS SELECT lower(name) AS l FROM note; CREATE VIEW twice AS SELECT l FROM own;
    CREATE POLICY named ON note USING (name = 'y'); CREATE POLICY plain ON note USING (name <> 'y');
    CREATE RULE named AS ON UPDATE TO note WHERE upper(old.name) = 'E' DO INSTEAD NOTHING;
    CREATE TRIGGER named BEFORE UPDATE ON note FOR EACH ROW WHEN (upper(new.name) = 'X') EXECUTE FUNCTION suppress_redundant_updates_trigger();
    CREATE TRIGGER plain BEFORE UPDATE ON note FOR EACH ROW WHEN (upper(new.kept) = 'X' AND lower(new.name) = 'y') EXECUTE FUNCTION suppress_redundant_updates_trigger();
    CREATE INDEX named ON note (upper(name)); CREATE INDEX partly ON note (id) WHERE upper(name) > 'X'; CREATE INDEX plain ON note (lower(name));
    CREATE STATISTICS named ON upper(name), id FROM note; CREATE STATISTICS plain ON lower(name), id FROM note;
    ALTER TABLE note ADD CONSTRAINT named CHECK (upper(name) <> 'Q'), ADD CONSTRAINT plain CHECK (upper(kept) <> 'Q'),
      ADD CONSTRAINT excluded EXCLUDE USING btree (upper(name) WITH =), ADD CONSTRAINT partly_excluded EXCLUDE USING btree (lower(name) WITH =),
      ADD computed text GENERATED ALWAYS AS (upper(name)) STORED, ADD plainly text GENERATED ALWAYS AS (lower(name)) STORED;
    CREATE FUNCTION upper(varchar) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1 || 1';
    CREATE FUNCTION same(varchar, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
    CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = text, FUNCTION = same)`;
  const after = note(`{ type: 'varchar', length: 60 }`).replace(`'note'`, `'memo'`);
  const config = { includeSchemas: ['public', 'rep'] };
  return evolve(
    { before: note(`'text'`), after, others, config, renames: { tables: { note: 'memo' } } },
    async ({ database, runner, source, start, back, again }) => {
      const upgrade = source!.split('function downgrade')[0]!;
      const upper = 'public.upper(character varying)';
      expect(remarksIn(upgrade)).toEqual([
        `addColumn computed: what it calls → ${upper}`,
        ...['check named', 'exclusion excluded', 'index named', 'index partly', 'statistics named'].map(
          what => `alterColumn name: what the ${what} calls → ${upper}`,
        ),
        'createPolicy named: what it calls → public.=(character varying,pg_catalog.text)',
        `createRule named: what it calls → ${upper}`,
        `createTrigger named: what it calls → ${upper}`,
        `createView rep.renamed: what it calls → ${upper}`,
      ]);
      expect([back, again]).toEqual([start, []]);
      await runner.upgrade();
      const called =
        await database.query(`SELECT (pg_identify_object(classid, objid, 0)).identity AS caller FROM pg_depend
        WHERE refobjid IN ('upper(varchar)'::regprocedure, '=(varchar,text)'::regoperator) ORDER BY 1`);
      expect(called.map(({ caller }) => caller)).toEqual([
        '"_RETURN" on rep.renamed',
        'for public.memo.computed',
        ...['check', 'policy', 'rule', 'trigger'].map(() => 'named on public.memo'),
        'public.excluded',
        ...['index', 'statistics'].map(() => 'public.named'),
        'public.partly',
      ]);
    },
  );
});
