import { expect, test } from '@jest/globals';
import { evolve, linesAbout } from './evolution.ts';

/** Tables whose foreign keys are made anew by a change of theirs, of a column's type, or with the table on the way back. */
const kept = ['plain', 'disabled', 'always', 'replica', 'referenced'];
const changed = ['retyped', 'unset'];
const one = (name: string, action: string, target = 'Box') =>
  `@Entity('${name}') export class ${name[0]!.toUpperCase()}${name.slice(1)} { @PrimaryColumn() id!: number;
   @ManyToOne(() => ${target}, { onDelete: '${action}' }) @JoinColumn({ name: 'box', foreignKeyConstraintName: '${name}_box' }) of!: any; }`;
const all = (action: string, type: string) =>
  [
    `@Entity('box') export class Box { @PrimaryColumn() id!: number }`,
    `@Entity('crate') export class Crate { @PrimaryColumn({ type: '${type}' }) id!: any }`,
    ...kept.map(name => one(name, action)),
    ...changed.map(name => one(name, 'NO ACTION', 'Crate')),
  ].join('\n');

const states = `SELECT c.conname AS key, string_agg(DISTINCT g.tgenabled::text, '') AS states FROM pg_trigger g
  JOIN pg_constraint c ON c.oid = g.tgconstraint WHERE c.contype = 'f' GROUP BY 1 ORDER BY 1`;
const each = (key: string, state: string, side = 'conrelid') =>
  `DO 'DECLARE g record; BEGIN FOR g IN SELECT tgname, tgrelid::regclass AS t FROM pg_trigger JOIN pg_constraint c ON c.oid = tgconstraint
     AND c.${side} = tgrelid WHERE c.conname = ''${key}_box'' LOOP EXECUTE format(''ALTER TABLE %s ${state} TRIGGER %I'', g.t, g.tgname); END LOOP; END'`;
const others = [
  'SET allow_system_table_mods = on',
  'ALTER TABLE disabled DISABLE TRIGGER ALL',
  each('always', 'ENABLE ALWAYS'),
  each('replica', 'ENABLE REPLICA'),
  each('referenced', 'DISABLE', 'confrelid'),
  'ALTER TABLE retyped DISABLE TRIGGER ALL',
  'ALTER TABLE gone DISABLE TRIGGER ALL',
  'CREATE TYPE shape AS (id integer, box integer); ALTER TABLE gone OF shape',
  `CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION news WITH (connect = false)`,
  `INSERT INTO pg_subscription_rel SELECT oid, 'gone'::regclass, 'r', NULL FROM pg_subscription WHERE subname = 'news'`,
].join(';');

test('states of the triggers of a foreign key that is made again, which none can be given, are named', async () => {
  const before = `${all('NO ACTION', 'int')} ${one('gone', 'NO ACTION')}`;
  const after = all('CASCADE', 'bigint');
  await evolve({ before, after, others }, async ({ source, again, database }) => {
    await database.query('ALTER SUBSCRIPTION news SET (slot_name = NONE); DROP SUBSCRIPTION news');
    const lost = (text: string) =>
      linesAbout(text, /Does not keep the states of the triggers/).map(line => /foreign key (\w+)_box/.exec(line)?.[1]);
    const [up, down] = source!.split('function downgrade') as [string, string];
    const set = ['always', 'disabled', 'referenced', 'replica', 'retyped'];
    expect([...new Set(lost(up))].sort()).toEqual(set);
    expect(lost(down)).toEqual(expect.arrayContaining(['gone', 'always', 'disabled', 'referenced', 'replica']));
    expect(lost(down)).not.toContain('plain');
    // PostgreSQL's own word that they are lost.
    const now = await database.query<{ key: string; states: string }>(states);
    expect(now.map(({ key, states: is }) => `${key} ${is}`)).toEqual(
      [...kept, ...changed, 'gone'].sort().map(name => `${name}_box O`),
    );
    expect(down).toContain('// Does not keep that the table is of type shape');
    expect(down).toContain('// Does not keep its place in subscription news, which fills it no more');
    expect(again).toEqual([]);
  });
});
