import { describe, expect, test } from '@jest/globals';
import { evolve, linesAbout } from '../dependents/evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const room = `@Entity('room') export class Room { @PrimaryColumn({ primaryKeyConstraintName: 'room_key' }) id!: number;
  @Column({ unique: true }) code!: string }`;
const stay = (name = 'name', extra = '') => `@Entity('stay') @Unique('stay_twice', ['${name}', 'nights'])
  @Check('stay_short', 'nights < 100') @Exclusion('stay_one', 'USING gist (during WITH &&)') @Index('stay_places', ['nights', '${name}'])
  @Index('stay_alone', ['nights'], { unique: true, where: 'nights > 7' })
  export class Stay { @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'stay_key' }) id!: number;
  @Column() ${name}!: string; @Column() nights!: number; @Column('int4range', { nullable: true }) during!: string; ${extra}
  @ManyToOne(() => Room) @JoinColumn({ name: 'roomId', foreignKeyConstraintName: 'stay_room' }) room!: Relation<Room> }`;

/** Everything that somebody may call otherwise. */
const renamed = `ALTER TABLE stay RENAME CONSTRAINT stay_key TO by_hand_1; ALTER TABLE stay RENAME CONSTRAINT stay_twice TO by_hand_2;
  ALTER TABLE stay RENAME CONSTRAINT stay_short TO by_hand_3; ALTER TABLE stay RENAME CONSTRAINT stay_one TO by_hand_4;
  ALTER TABLE stay RENAME CONSTRAINT stay_room TO by_hand_5; ALTER INDEX stay_places RENAME TO by_hand_6;
  ALTER INDEX stay_alone RENAME TO by_hand_7`;

/** What may change at the same time. */
const changes: Readonly<Record<string, readonly [after: string, renames?: object]>> = {
  'nothing else': [stay()],
  'a column': [stay('name', "@Column({ default: '' }) note!: string;")],
  'a told rename of a column': [stay('guest'), { columns: { 'stay.name': 'guest' } }],
};

describe('what somebody renamed by hand on a table of the project gets its name back, and loses it in the downgrade', () => {
  test.each(shareOfToday(Object.entries(changes), 1))('where %s changes', async (_, [after, renames = {}]) => {
    const evolution = { before: room + stay(), after: room + after, others: renamed, renames };
    await evolve(evolution, ({ source, start, end, back, again }) => {
      expect(source).not.toMatch(/op\.(drop|create)(?!Column)/);
      expect(linesAbout(start, /by_hand/)).not.toEqual([]);
      expect(linesAbout(end, /by_hand/)).toEqual([]);
      expect(back).toBe(start);
      expect(again).toEqual([]);
    });
  });
});

describe('what stands beside the declared one is unmanaged', () => {
  const duplicates = `CREATE INDEX by_hand_index ON stay (nights, name); ALTER TABLE stay ADD CONSTRAINT by_hand_unique UNIQUE (name, nights);
    ALTER TABLE stay ADD CONSTRAINT by_hand_check CHECK (nights < 100); ALTER TABLE stay ADD CONSTRAINT by_hand_key FOREIGN KEY ("roomId") REFERENCES room;
    ALTER TABLE stay ADD CONSTRAINT by_hand_exclusion EXCLUDE USING gist (during WITH &&)`;
  test('while the declared one is there', () =>
    evolve({ before: room + stay(), after: room + stay(), others: duplicates }, ({ source, again }) => {
      expect([source, again]).toEqual([undefined, []]);
    }));

  test('and one of two alike is renamed where the declared one is gone', () =>
    evolve(
      {
        before: room + stay(),
        after: room + stay(),
        others: `${duplicates}; ALTER INDEX stay_places RENAME TO a_by_hand`,
      },
      ({ source, start, end, back, again }) => {
        expect(source).not.toMatch(/op\.(drop|create)/);
        expect(linesAbout(end, /by_hand_index/)).toEqual(linesAbout(start, /by_hand_index/));
        expect([back, again]).toEqual([start, []]);
      },
    ));
});
