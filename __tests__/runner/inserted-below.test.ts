import { expect, test } from '@jest/globals';
import { onDatabase, openRunner, table, type TestRevision, withProject } from './project.ts';

const chain: readonly TestRevision[] = [
  { ...table('a1'), down: null },
  { ...table('a2'), down: 'a1' },
  { ...table('a3'), down: 'a2' },
];
const x1: TestRevision = { ...table('x1'), down: 'a1' };
const warning = (revision: string, above: string) =>
  `Warning: Revision ${revision} was put below ${above}, which was applied without it: it counts as applied and never runs here; let it follow the head instead, or do by hand what it does`;

/** Histories of a later day, and what is said of each on a database that is at a3. */
const later: Readonly<Record<string, readonly [readonly TestRevision[], readonly string[]]>> = {
  'one put between two': [[chain[0]!, x1, { ...chain[1]!, down: 'x1' }, chain[2]!], [warning('x1', 'a2')]],
  'two put between two': [
    [chain[0]!, x1, { ...table('x2'), down: 'x1' }, { ...chain[1]!, down: 'x2' }, chain[2]!],
    [warning('x1', 'a2'), warning('x2', 'a2')],
  ],
  'a merge with another branch': [
    [chain[0]!, chain[1]!, x1, { ...chain[2]!, down: ['a2', 'x1'] }],
    [warning('x1', 'a3')],
  ],
  'one that is depended on': [
    [chain[0]!, { ...chain[1]!, dependsOn: ['x1'] }, { ...table('x1'), down: null }, chain[2]!],
    [warning('x1', 'a2')],
  ],
  'one put below the first': [
    [{ ...table('x1'), down: null }, { ...chain[0]!, down: 'x1' }, chain[1]!, chain[2]!],
    [warning('x1', 'a1')],
  ],
  'the first two made one': [
    [
      { ...table('s1'), down: null },
      { ...chain[2]!, down: 's1' },
    ],
    [],
  ],
  'another message': [[chain[0]!, { ...chain[1]!, message: 'other' }, chain[2]!], []],
  'nothing changed': [chain, []],
};

test.each(Object.entries(later))(
  'a history with %s: what never runs is named, and nothing else',
  (_, [revisions, said]) =>
    onDatabase(async (database, project) => {
      await project.write(...chain);
      await openRunner(database, project).runner.upgrade();
      await withProject(async other => {
        await other.write(...revisions);
        const opened = openRunner(database, other);
        expect((await opened.runner.upgrade()).steps).toEqual([]);
        expect(opened.said.filter(line => line.includes('put below'))).toEqual(said);
        if (revisions === chain)
          expect(opened.queries.filter(query => query.includes('alembic_version'))).toHaveLength(1);
        opened.said.length = 0;
        await other.write({ ...table('z1'), down: 'a3' });
        await opened.runner.upgrade();
        expect(opened.said.filter(line => line.includes('put below'))).toEqual(said);
      });
    })(),
);

test(
  'a revision below that was stamped, or that was there before the log, is not said to have been put there',
  onDatabase(async (database, project) => {
    await project.write(...chain);
    const { runner } = openRunner(database, project);
    await runner.stamp('a2');
    await runner.upgrade();
    await withProject(async other => {
      await other.write(chain[0]!, { ...chain[1]!, message: 'other' }, { ...chain[2]!, down: ['a2', 'x1'] }, x1);
      const opened = openRunner(database, other);
      await opened.runner.stamp('a3');
      await opened.runner.upgrade();
      expect(opened.said.filter(line => line.includes('put below'))).toEqual([]);
      await database.query("DELETE FROM alembic_version_log WHERE direction = 'stamp'");
      await opened.runner.upgrade();
      expect(opened.said.filter(line => line.includes('put below'))).toEqual([warning('x1', 'a3')]);
      await database.query('ALTER TABLE alembic_version_log DROP parents');
      opened.said.length = 0;
      await opened.runner.upgrade();
      expect(opened.said.filter(line => line.includes('put below'))).toEqual([]);
    });
  }),
);
