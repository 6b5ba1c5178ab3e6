import { describe, expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { evolve } from './evolution.ts';
import { ticket } from './examine.ts';

const labels = `type: 'enum', enum: ['open', 'closed']`;

/** What may have the name `status`, which is a type's too, and what the tickets have of it. */
const holders: Readonly<Record<string, string>> = {
  'an enum': ticket(
    `@PrimaryGeneratedColumn() id!: number; @Column({ ${labels}, enumName: 'status' }) state!: string;`,
  ),
  'a table': `@Entity('status') export class Status { @PrimaryGeneratedColumn() id!: number }
    ${ticket('@PrimaryGeneratedColumn() id!: number; @ManyToOne(() => Status, { nullable: true }) about!: Relation<Status>;')}`,
  'a view': `@ViewEntity({ name: 'status', expression: 'SELECT id FROM ticket' }) export class Seen { @ViewColumn() id!: number }
    ${ticket('@PrimaryGeneratedColumn() id!: number;')}`,
  'a materialized view': `@ViewEntity({ name: 'status', materialized: true, expression: 'SELECT id FROM ticket' })
    export class Seen { @ViewColumn() id!: number } ${ticket('@PrimaryGeneratedColumn() id!: number;')}`,
  'nothing, but an enum that gives way': ticket(
    `@PrimaryGeneratedColumn() id!: number; @Column({ ${labels}, enumName: 'other' }) state!: string;`,
  ),
  'a table, beside an enum that gives way': `@Entity('status') export class Status { @PrimaryGeneratedColumn() id!: number }
    ${ticket(`@PrimaryGeneratedColumn() id!: number; @Column({ ${labels}, enumName: 'other' }) state!: string;
      @ManyToOne(() => Status, { nullable: true }) about!: Relation<Status>;`)}`,
  'a view, beside an enum that gives way': `
    ${ticket(`@PrimaryGeneratedColumn() id!: number; @Column({ ${labels}, enumName: 'other' }) state!: string;`)}
    @ViewEntity({ name: 'status', expression: 'SELECT id, state FROM ticket' }) export class Seen { @ViewColumn() id!: number }`,
};

const changes = Object.keys(holders).flatMap(from =>
  Object.keys(holders).flatMap(to => (from === to || !/enum/.test(from + to) ? [] : [[from, to] as const])),
);

describe('the name of a type passes, and back,', () => {
  test.each(shareOfToday(changes, 4))('from %s to %s', (from, to) =>
    evolve({ before: holders[from]!, after: holders[to]! }, ({ start, back, again }) => {
      expect(again).toEqual([]);
      expect(back).toBe(start);
    }),
  );
});

test('a rename to the name of an enum that gives way is refused, as that goes only after it', async () => {
  const crate = (name: string) => `@Entity('${name}') export class Crate { @PrimaryColumn() id!: number }`;
  const evolution = (others = '') => ({
    before: crate('crate') + holders['an enum']!,
    after: crate('status') + ticket(`@PrimaryGeneratedColumn() id!: number; @Column({ type: 'text' }) state!: string;`),
    renames: { tables: { crate: 'status' } },
    others,
  });
  await expect(evolve(evolution(), () => {})).rejects.toThrow(
    'The entities need table status, and the database has enum status, which goes only after the rename and has that name already: drop what the database has in a revision of its own first.',
  );
  await expect(evolve(evolution('CREATE TABLE held (state status)'), () => {})).rejects.toThrow(
    'the database has enum status, which stays and has that name already: give one of them another name, or drop',
  );
});
