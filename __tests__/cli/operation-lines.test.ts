import { describe, expect, test } from '@jest/globals';
import { describeOperation, operationLines } from '../../src/cli/operation-text.ts';
import { styleFor } from '../../src/cli/style.ts';
import { operationNamesIn, statementsOf, type Operation } from '../../src/objects/kinds.ts';

const column = { name: 'col', type: 'integer', nullable: false };
const key = { table: 'tab', name: 'nam', columns: ['col'] };
const part = { table: 'tab', name: 'nam' };
const renamedPart = { table: 'tab', from: 'old', to: 'new' };

/** An operation of each name, and the words without which its line would not say what it does. */
const facts: Readonly<Record<Operation['op'], readonly (readonly [payload: object, words: readonly string[]])[]>> = {
  createTable: [[{ name: 'nam', columns: [column] }, ['nam', 'col']]],
  dropTable: [[{ name: 'nam' }, ['nam']]],
  renameTable: [[{ from: 'old', to: 'new' }, ['old -> new']]],
  moveTable: [[{ table: 'tab', to: 'there' }, ['tab -> schema there']]],
  commentOnTable: [
    [{ table: 'tab', comment: 'said' }, ['tab', 'said']],
    [{ table: 'tab', comment: null }, ['tab', 'none']],
  ],
  addColumn: [[{ table: 'tab', column }, ['tab.col integer not null']]],
  dropColumn: [[part, ['tab.nam']]],
  renameColumn: [[renamedPart, ['tab.old -> new']]],
  alterColumn: [
    [{ ...part, type: 'text', existingType: 'integer' }, ['tab.nam', 'integer -> text']],
    [{ ...part, nullable: false }, ['tab.nam', 'not null']],
    [{ ...part, default: '7' }, ['tab.nam', 'default 7']],
    [{ ...part, default: null }, ['tab.nam', 'no default']],
    [{ ...part, storage: 'external' }, ['tab.nam', 'storage external']],
    [{ ...part, compression: 'lz4' }, ['tab.nam', 'compression lz4']],
    [{ ...part, comment: 'said' }, ['tab.nam', 'comment said']],
    [{ ...part, identity: 'always' }, ['tab.nam', 'identity always']],
    [{ ...part, sequenceOptions: { increment: '2' } }, ['tab.nam', 'increment 2']],
  ],
  createPrimaryKey: [[key, ['tab.nam (col)']]],
  createUniqueConstraint: [[key, ['tab.nam (col)']]],
  createCheckConstraint: [[{ ...part, expression: 'col > 0' }, ['tab.nam', 'col > 0']]],
  createExclusionConstraint: [[{ ...part, definition: 'USING gist (r WITH =)' }, ['tab.nam', 'USING gist (r WITH =)']]],
  dropConstraint: [[part, ['tab.nam']]],
  renameConstraint: [[renamedPart, ['tab.old -> new']]],
  validateConstraint: [[part, ['tab.nam']]],
  createForeignKey: [[{ ...key, references: { table: 'other', columns: ['id'] } }, ['tab.nam', '(col) -> other (id)']]],
  dropForeignKey: [[part, ['tab.nam']]],
  renameForeignKey: [[renamedPart, ['tab.old -> new']]],
  validateForeignKey: [[part, ['tab.nam']]],
  createIndex: [[key, ['nam on tab (col)']]],
  dropIndex: [[{ name: 'nam' }, ['nam']]],
  renameIndex: [[{ from: 'old', to: 'new' }, ['old -> new']]],
  createEnum: [[{ name: 'nam', labels: ['one', 'two'] }, ['nam', 'one', 'two']]],
  dropEnum: [[{ name: 'nam' }, ['nam']]],
  renameEnum: [[{ from: 'old', to: 'new' }, ['old -> new']]],
  moveEnum: [[{ name: 'nam', to: 'there' }, ['nam -> schema there']]],
  addEnumValue: [
    [{ name: 'nam', value: 'one' }, ['nam', "'one'"]],
    [{ name: 'nam', value: 'one', before: 'two' }, ['nam', "'one' before 'two'"]],
  ],
  renameEnumValue: [[{ name: 'nam', from: 'old', to: 'new' }, ['nam', 'old -> new']]],
  createSchema: [[{ name: 'nam' }, ['nam']]],
  dropSchema: [[{ name: 'nam' }, ['nam']]],
  createExtension: [[{ name: 'nam' }, ['nam']]],
  dropExtension: [[{ name: 'nam' }, ['nam']]],
  alterExtension: [
    [{ name: 'nam', schema: 'there' }, ['nam', '-> schema there']],
    [{ name: 'nam', version: '1.2' }, ['nam', '-> version 1.2']],
  ],
  refreshMaterializedView: [[{ name: 'nam' }, ['nam']]],
  createSequence: [[{ name: 'nam' }, ['nam']]],
  alterSequence: [[{ name: 'nam', increment: '2' }, ['nam', 'increment 2']]],
  renameSequence: [[{ from: 'old', to: 'new' }, ['old -> new']]],
  dropSequence: [[{ name: 'nam' }, ['nam']]],
} as never;

/** Where the name says it all. */
const byName = /^(?:create|drop)(?:View|MaterializedView|Policy|Trigger|Rule|Statistics)$/;

describe('the line of an operation', () => {
  test.each(
    Object.entries(facts).flatMap(([op, cases]) => cases.map(([payload, words]) => [op, payload, words] as const)),
  )('%s %j', (op, payload, words) => {
    const { text } = describeOperation({ op, ...payload });
    for (const word of words) expect(text).toContain(word);
  });

  test.each(operationNamesIn().filter(op => byName.test(op)))('%s', op => {
    expect(describeOperation({ op, name: 'nam', table: 'tab' } as never).text).toContain('nam');
  });

  test('there is none that this table leaves out', () => {
    expect(operationNamesIn().filter(op => !(op in facts) && !byName.test(op))).toEqual([]);
  });
});

test('nothing is said of the rows of a table that the same comparison creates', () => {
  const style = styleFor({ write: () => true } as never, { NO_COLOR: '1' }, true);
  const onTable = (table: string): readonly Operation[] =>
    [
      { op: 'createForeignKey', table, name: 'f', columns: ['id'], references: { table, columns: ['id'] } },
      { op: 'createForeignKey', table, name: 'g', columns: ['id'], references: { table: 'other', columns: ['id'] } },
      { op: 'createUniqueConstraint', table, name: 'u', columns: ['id'] },
      { op: 'createCheckConstraint', table, name: 'c', expression: 'id > 0' },
      { op: 'createPrimaryKey', table, name: 'p', columns: ['id'] },
      { op: 'createIndex', table, name: 'i', columns: ['id'], unique: true },
      { op: 'addColumn', table, column: { ...column, name: 'later' } },
      { op: 'alterColumn', table, name: 'id', type: 'smallint', existingType: 'integer' },
    ] as never;
  const operations = [
    { op: 'createTable', name: 'fresh', columns: [column] },
    ...onTable('fresh'),
  ] as readonly Operation[];
  const hazardsOf = (list: readonly Operation[]) =>
    operationLines(list, each => statementsOf(each as Operation), { style, verbose: false }).filter(line =>
      line.includes('!'),
    );
  expect(hazardsOf(operations)).toEqual([]);
  expect(hazardsOf(onTable('old')).length).toBeGreaterThan(4);
});
