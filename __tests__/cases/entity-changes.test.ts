import { afterAll, describe, expect, test } from '@jest/globals';
import type { Renames } from '../../src/compare/renames.ts';
import { entityChanges } from '../data/entity-changes.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { tryChange, type EntityChange, type Verdict } from './entity-change.ts';

const scenarios = entityChanges<EntityChange>();

/** What does not hold, and why: a case that gets better makes its test fail too. */
const openCases: Readonly<Record<string, { readonly why: string; readonly failing: readonly string[] }>> = {
  'rename-column-drop-column': { why: 'a rename nobody told of is a drop and an addition', failing: ['rowsKept'] },
  'rename-column-other-nullable': { why: 'a rename nobody told of', failing: ['rowsKept', 'downgradeExact'] },
  'rename-naming-strategy': { why: 'a rename nobody told of', failing: ['rowsKept'] },
  'rename-entity-prefix': { why: 'a rename nobody told of', failing: ['rowsKept'] },
  'schema-move': { why: 'a move nobody told of', failing: ['rowsKept'] },
  'rename-column-widen': {
    why: 'a rename nobody told of: PostgreSQL refuses the new column',
    failing: ['upgrade', 'secondRunEmpty', 'equalsFresh', 'downgradeExact'],
  },
  'pk-int-to-uuid-fk': {
    why: 'no cast leads from integer to uuid',
    failing: ['upgrade', 'secondRunEmpty', 'equalsFresh', 'downgradeExact'],
  },
  'numeric-scale-down': { why: 'fewer decimal places round what is there', failing: ['rowsKept'] },
  'check-violated': {
    why: 'the rows that are there violate the new check',
    failing: ['upgrade', 'secondRunEmpty', 'equalsFresh', 'downgradeExact'],
  },
};

/** The renames of the data, told as `--rename` or the configuration would. */
const told: Readonly<Record<string, Renames>> = {
  'rename-column-drop-column': { columns: { 't.name': 'fullName' } },
  'rename-column-widen': { columns: { 't.name': 'fullName' } },
  'rename-column-other-nullable': { columns: { 't.name': 'fullName' } },
  'rename-naming-strategy': { columns: { 't.firstName': 'first_name', 't.lastName': 'last_name' } },
  'rename-entity-prefix': { tables: { t: 'app_t' } },
  'schema-move': { tables: { t: 'app.t' } },
};

const named = process.env['CASE'];
const chosen = named === undefined ? shareOfToday(scenarios, 4) : scenarios.filter(({ id }) => id.includes(named));
const report: string[] = [];

describe('a change of entities over tables with rows', () => {
  test.each(chosen.map(change => [change.id, change] as const))('%s', async (id, change) => {
    const verdict = await tryChange(change);
    report.push(line(id, verdict));
    expect({ failing: failing(verdict), verdict }).toEqual({ failing: openCases[id]?.failing ?? [], verdict });
    expect(verdict.rowsKept || verdict.lossAnnounced).toBe(true);
  });
});

const toldHere = Object.entries(told).filter(([id]) => chosen.some(change => change.id === id));

if (toldHere.length > 0)
  describe('a rename that is told keeps the rows', () => {
    test.each(toldHere)('%s', async (id, renames) => {
      const verdict = await tryChange(
        scenarios.find(change => change.id === id)!,
        renames,
      );
      report.push(line(`${id} (told)`, verdict));
      expect({ failing: failing(verdict), verdict }).toEqual({ failing: [], verdict });
    });
  });

afterAll(() => {
  if (process.env['CASES_REPORT']) process.stdout.write(`${report.join('\n')}\n`);
});

const CHECKS = ['upgrade', 'rowsKept', 'secondRunEmpty', 'equalsFresh', 'downgradeExact'] as const;

const failing = (verdict: Verdict): readonly string[] => CHECKS.filter(check => verdict[check] !== true);

/** A line per case: what was asked, and whether it holds. */
const line = (id: string, verdict: Verdict): string =>
  `${failing(verdict).length === 0 ? 'ok  ' : 'FAIL'} ${id.padEnd(36)} ${CHECKS.map(check => `${check}=${verdict[check] === true ? 'yes' : 'no'}`).join(' ')}`;
