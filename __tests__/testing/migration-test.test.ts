import { expect, test } from '@jest/globals';
import { migrationTest, type MigrationTest } from '../../src/testing/index.ts';
import { table, type TestRevision } from '../runner/project.ts';
import { good, onProject } from './tested-project.ts';

const tested = (revisions: readonly TestRevision[], work: (migrations: MigrationTest) => Promise<void>) =>
  onProject(revisions, project => migrationTest(project, work)());

test(
  'a revision is tried on rows that were there before it',
  tested([...good, table('c1')], async migrations => {
    await migrations.upgradeToJustBefore('b1');
    expect(migrations.current()).toEqual(['a1']);
    await migrations.insert('ticket', [
      { id: 1, level: 'low' },
      { id: 2, level: 'high' },
    ]);
    await migrations.upgradeOne();
    expect(await migrations.query('SELECT title FROM ticket WHERE id > $1', [1])).toEqual([{ title: 'level high' }]);
    expect(await migrations.query(`UPDATE ticket SET title = '' RETURNING id`)).toEqual([{ id: 1 }, { id: 2 }]);
    await migrations.downgradeOne();
    expect(migrations.current()).toEqual(['a1']);
    expect(await migrations.query('SELECT * FROM ticket ORDER BY id')).toEqual([
      { id: 1, level: 'low' },
      { id: 2, level: 'high' },
    ]);
    await migrations.upgradeTo('heads');
    await migrations.downgradeTo('base');
    expect(migrations.current()).toEqual([]);
    await expect(migrations.downgradeOne()).rejects.toThrow('nothing left to downgrade');
  }),
);

test(
  'just before a merge is after all it joins and needs; just before the first is nothing',
  tested(
    [
      table('a1'),
      table('b1'),
      { ...table('c1'), down: 'a1', labels: ['side'] },
      { ...table('x1'), down: null },
      { ...table('m1'), down: ['b1', 'c1'], dependsOn: ['x1'] },
    ],
    async migrations => {
      await migrations.upgradeToJustBefore('a1');
      expect(migrations.current()).toEqual([]);
      await migrations.upgradeToJustBefore('m1');
      expect(migrations.current()).toEqual(['b1', 'c1', 'x1']);
      await migrations.upgradeOne();
      expect(migrations.current()).toContain('m1');
      await migrations.downgradeOne();
      expect(migrations.current()).toEqual(['b1', 'c1', 'x1']);
    },
  ),
);
