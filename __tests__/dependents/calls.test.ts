import { expect, test } from '@jest/globals';
import { evolve } from './evolution.ts';

const note = (type: string) =>
  `@Entity('note') export class Note { @PrimaryColumn() id!: number; @Column(${type}) name!: string; @Column('text') kept!: string }`;

test('what calls something else under the type that a column gets, with the text that it had, is named', () => {
  const others = `CREATE SCHEMA rep; CREATE VIEW rep.renamed AS SELECT upper(name) AS u FROM note; CREATE VIEW rep.plain AS SELECT name || 'x' AS x, upper(kept) FROM note;
    CREATE VIEW own AS SELECT lower(name) AS l FROM note; CREATE VIEW twice AS SELECT l FROM own;
    CREATE POLICY named ON note USING (name = 'y'); CREATE POLICY plain ON note USING (name <> 'y');
    CREATE RULE named AS ON UPDATE TO note WHERE upper(old.name) = 'E' DO INSTEAD NOTHING;
    CREATE FUNCTION upper(varchar) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1 || 1';
    CREATE FUNCTION same(varchar, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
    CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = text, FUNCTION = same)`;
  const config = { includeSchemas: ['public', 'rep'] };
  return evolve(
    { before: note(`'text'`), after: note(`{ type: 'varchar', length: 60 }`), others, config },
    async ({ database, runner, source, start, back, again }) => {
      const upgrade = source!.split('function downgrade')[0]!;
      const said = [
        ...upgrade.matchAll(/\/\/ Does not keep what it calls: (.*)\n\s*await op\.(\w+)\(\{\s*name: '([^']*)'/g),
      ];
      expect(said.map(([, what, op, name]) => `${op} ${name}: ${what}`).sort()).toEqual([
        'createPolicy named: from here on it calls public.=(character varying,pg_catalog.text)',
        'createRule named: from here on it calls public.upper(character varying)',
        'createView rep.renamed: from here on it calls public.upper(character varying)',
      ]);
      expect([back, again]).toEqual([start, []]);
      await runner.upgrade();
      const called =
        await database.query(`SELECT (pg_identify_object(classid, objid, 0)).identity AS caller FROM pg_depend
        WHERE classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass)
          AND refobjid IN ('upper(varchar)'::regprocedure, '=(varchar,text)'::regoperator) ORDER BY 1`);
      expect(called.map(({ caller }) => caller)).toEqual([
        '"_RETURN" on rep.renamed',
        'named on public.note',
        'named on public.note',
      ]);
    },
  );
});
