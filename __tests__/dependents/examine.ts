import { expect } from '@jest/globals';
import { evolve, type Evolution } from './evolution.ts';

/** What the revision is for, and what others made before: it runs up, down and up again, or the error names the dependant. */
export interface Case extends Evolution {
  /** What the error says; left out where the revision is written and runs. */
  readonly refused?: RegExp;
  /** What the upgrade must or must not do. */
  readonly does?: RegExp;
  readonly doesNot?: RegExp;
}

export async function examine({ refused, does = /./, doesNot = /(?!)/, ...evolution }: Case): Promise<void> {
  if (refused) {
    await expect(evolve(evolution, () => {})).rejects.toThrow(refused);
    return;
  }
  await evolve(evolution, async ({ runner, source, start, back, again }) => {
    const upgrade = source?.split('function downgrade')[0] ?? '';
    expect(upgrade).toMatch(does);
    expect(upgrade).not.toMatch(doesNot);
    expect(back).toBe(start);
    expect(again).toEqual([]);
    await runner.upgrade();
    expect((await runner.check()).operations).toEqual([]);
  });
}

export const ticket = (columns: string, options = '') =>
  `@Entity('ticket') ${options} export class Ticket { ${columns} }`;

export const aside = 'CREATE SCHEMA aside;';
export const asideKey = (column: string, type: string) =>
  `${aside} CREATE TABLE aside.remark (ticket ${type} CONSTRAINT remark_ticket REFERENCES ticket (${column}))`;
