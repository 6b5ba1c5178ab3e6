import { expect, test } from '@jest/globals';
import { testRun } from '../support/index.ts';
import { evolve } from '../dependents/evolution.ts';

const note = (column: string) =>
  `@Entity('note') @Index('by_shout', ['shout']) export class Note { @PrimaryColumn() id!: number; @Column('text') name!: string; ${column} shout!: string }`;

// PostgreSQL 12 has no way to keep the values.
if (testRun().serverMajor >= 13)
  test('a generated column that becomes a plain one keeps its values, and what stands on it stays', () => {
    const others = `INSERT INTO note VALUES (1, 'a'); CREATE VIEW seen AS SELECT shout FROM note; CREATE INDEX of_others ON note (lower(shout));
      ALTER TABLE note ADD CONSTRAINT loud CHECK (shout = upper(shout)); CREATE TABLE made AS SELECT ${oids} AS oids`;
    return evolve(
      {
        before: note(
          `@Column({ type: 'varchar', nullable: true, generatedType: 'STORED', asExpression: 'upper(name)' })`,
        ),
        after: note(`@Column({ type: 'varchar', nullable: true })`),
        others,
      },
      async ({ database, runner, source, start, back, again }) => {
        expect([back, again]).toEqual([start, []]);
        const [upgrade, downgrade] = source!.split('function downgrade');
        expect(upgrade).toContain(`await op.alterColumn({ table: 'note', name: 'shout', generated: null });`);
        expect(upgrade).not.toMatch(/drop/i);
        expect(downgrade).toContain('// Deletes data: column note.shout');
        await database.query(
          `DELETE FROM note; INSERT INTO note (id, name) VALUES (1, 'a'); UPDATE made SET oids = ${oids}`,
        );
        await runner.upgrade();
        await database.query(`UPDATE note SET name = 'b'`);
        expect(await database.query('SELECT name, shout FROM note')).toEqual([{ name: 'b', shout: 'A' }]);
        expect(await database.query(`SELECT oids = ${oids} AS same FROM made`)).toEqual([{ same: true }]);
      },
    );
  });

const oids = `(SELECT string_agg(o, ' ' ORDER BY o) FROM (
  SELECT oid::text FROM pg_class WHERE relname IN ('by_shout', 'of_others', 'seen')
  UNION ALL SELECT oid::text FROM pg_constraint WHERE conname = 'loud') found(o))`;
