import { describe, expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { evolve, linesAbout } from './evolution.ts';

/** What mentions a label, as an entity declares it. */
const mentions: Readonly<Record<string, (label: string) => string>> = {
  'a check without a name': label => `@Check("state <> '${label}'")`,
  'a check with a name': label => `@Check('few', "state <> '${label}'")`,
  'a check of a list, without a name': label => `@Check("state IN ('open', '${label}')")`,
  'a check of text': label => `@Check("state::text <> 'x' AND state = '${label}'")`,
  'an index of some rows': label => `@Index('some', ['id'], { where: "state = '${label}'" })`,
  'an index of some rows, without a name': label => `@Index(['id'], { where: "state = '${label}'" })`,
  'a unique index': label => `@Index('some', ['id'], { unique: true, where: "state IN ('open', '${label}')" })`,
  'an exclusion': label => `@Exclusion('alone', "USING btree (id WITH =) WHERE (state = '${label}')")`,
  'an exclusion without a name': label => `@Exclusion("USING btree (id WITH =) WHERE (state = '${label}')")`,
};

const note = (label: string, decorator = '', more = '') => `${decorator}
  @Entity('note') export class Note { @PrimaryColumn() id!: number;
    @Column({ type: 'enum', enum: ['open', '${label}'], enumName: 'state', default: '${label}' }) state!: string; ${more} }`;
const generated = (label: string) =>
  `@Column({ type: 'boolean', nullable: true, generatedType: 'STORED', asExpression: "state = '${label}'" }) ended!: boolean;`;
const view = (label: string) =>
  `@ViewEntity('ended', { expression: "SELECT id FROM note WHERE state = '${label}'" }) export class Ended { @ViewColumn() id!: number }`;
const materialized = (label: string) => view(label).replace('expression:', 'materialized: true, expression:');

const projects: Readonly<Record<string, (label: string) => string>> = {
  ...Object.fromEntries(
    Object.entries(mentions).map(([what, decorator]) => [what, (label: string) => note(label, decorator(label))]),
  ),
  'a generated column': label => note(label, '', generated(label)),
  'a view': label => `${note(label)} ${view(label)}`,
  'a materialized view': label => `${note(label)} ${materialized(label)}`,
};

const operationsIn = (source: string): readonly string[] => source.match(/op\.\w+/g) ?? [];

/** Names, that follow from the text of a check, and the sort of the operation that gives a new one. */
const renames = /^op\.(renameEnumValue|renameConstraint|renameIndex)$/;

describe('a label that is renamed: what mentions it follows, and is not made anew', () => {
  test.each(shareOfToday(Object.entries(projects)))('%s', (_, project) =>
    evolve(
      { before: project('done'), after: project('closed'), renames: { enumLabels: { 'state.done': 'closed' } } },
      ({ source, start, end, back, again }) => {
        expect(operationsIn(source!).filter(each => !renames.test(each))).toEqual([]);
        expect(linesAbout(end, /closed/).length).toBe(linesAbout(start, /done/).length);
        expect(again).toEqual([]);
        expect(back).toBe(start);
      },
    ),
  );

  // A view is made anew in the downgrade then: PostgreSQL alone spells what is in it.
  const parts = Object.entries(projects).filter(([what]) => !what.includes('view'));
  test.each(shareOfToday(parts, 2))('together with its type: %s', (_, project) => {
    const after = project('closed').replace("enumName: 'state'", "enumName: 'progress'");
    const renames = { enums: { state: 'progress' }, enumLabels: { 'state.done': 'closed' } };
    return evolve({ before: project('done'), after, renames }, ({ source, back, start, again }) => {
      expect(operationsIn(source!).filter(each => !/^op\.rename/.test(each))).toEqual([]);
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  });
});

/** Spellings of the same, as PostgreSQL stores them. TypeORM names a check by its text. */
const spellings: readonly (readonly [string, readonly string[]])[] = [
  [
    'a list of labels',
    ["state IN ('open', 'done')", "state = ANY (ARRAY['open', 'done']::state[])", "state in ('open','done')"],
  ],
  ['numbers', ['id > 0', 'id>0', '(id > 0)', '"id" > 0']],
  ['a list of numbers', ['id IN (1, 2)', 'id = ANY (ARRAY[1, 2])', 'id IN (1,2)']],
  ['texts', ["name IN ('a', 'b')", "name in ('a','b')"]],
];

describe('what is written otherwise, and is the same, is renamed', () => {
  const decorators: Readonly<Record<string, (text: string) => string>> = {
    check: text => `@Check(${JSON.stringify(text)})`,
    index: text => `@Index(['id'], { where: ${JSON.stringify(text)} })`,
    exclusion: text => `@Exclusion(${JSON.stringify(`USING btree (id WITH =) WHERE (${text})`)})`,
  };
  const cases = Object.keys(decorators).flatMap(sort => spellings.map(([what, texts]) => [sort, what, texts] as const));
  test.each(shareOfToday(cases))('%s of %s', async (sort, _, [first, ...others]) => {
    const projectOf = (text: string) =>
      note('done', decorators[sort]!(text), `@Column({ default: '' }) name!: string;`);
    for (const other of others) {
      await evolve(
        { before: projectOf(first!), after: projectOf(other), probes: true },
        ({ source, back, start, again }) => {
          expect(operationsIn(source ?? '').filter(each => !renames.test(each))).toEqual([]);
          expect(again).toEqual([]);
          expect(back).toBe(start);
        },
      );
    }
  });
});
