import { expect, test } from '@jest/globals';
import { evolve } from '../dependents/evolution.ts';

const ticket = (more: string) =>
  `@Entity('ticket') export class Ticket { @PrimaryGeneratedColumn('uuid') id!: string; @Column({ length: 20 }) title!: string; ${more} }`;
const note = `@Entity('note') export class Note { @PrimaryGeneratedColumn('uuid') id!: string }`;

test('a function of an extension is found in whatever schema the extension lies', () =>
  evolve(
    {
      before: ticket(''),
      after: ticket('@Column({ nullable: true }) more!: string;') + note,
      others: 'CREATE SCHEMA ext; ALTER EXTENSION "uuid-ossp" SET SCHEMA ext',
    },
    ({ source, start, back, again }) => {
      expect(source!.split('function downgrade')[0]!.match(/op\.\w+/g)).toEqual(['op.addColumn', 'op.createTable']);
      expect(source).toContain("default: 'ext.uuid_generate_v4()'");
      expect(back).toBe(start);
      expect(again).toEqual([]);
    },
  ));

test('a column of a domain that is NOT NULL stays so under another type, and is as it was afterwards', () =>
  evolve(
    {
      before: ticket(''),
      after: ticket(''),
      others: `CREATE DOMAIN short AS varchar(20) NOT NULL CHECK (value <> '');
        ALTER TABLE ticket ALTER title TYPE short, ALTER title DROP NOT NULL`,
    },
    ({ source, start, end, back, again }) => {
      expect(source).toMatch(/alterColumn\(\{[^}]*type: 'character varying\(20\)'[^}]*nullable: false/);
      expect(end).toContain('title');
      expect(back).toBe(start);
      expect(again).toEqual([]);
    },
  ));
