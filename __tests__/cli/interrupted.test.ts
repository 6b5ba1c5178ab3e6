import { describe, expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { ormconfig, revision, withProject, type Project } from './project.ts';

const failing = `if (op.context.x.fail) throw new Error('told to');`;
const files = {
  ...revision('aa11', 'create a table'),
  ...revision('bb22', 'grow it', {
    down: 'aa11',
    transactional: false,
    upgrade: `await op.execute('ALTER TABLE t_aa11 ADD COLUMN n int');
      await op.execute('INSERT INTO t_aa11 SELECT i, i FROM generate_series(1, $1::int) i', [3]);
      await op.backfill({ table: 't_aa11', set: { n: '7' }, key: 'id' });
      ${failing}
      await op.execute('ALTER TABLE t_aa11 ADD COLUMN n2 int');
      await op.createIndex({ name: 'i_n', table: 't_aa11', columns: ['n'], concurrently: true });`,
    downgrade: `await op.execute('DROP INDEX i_n');
      ${failing}
      await op.execute('ALTER TABLE t_aa11 DROP COLUMN n, DROP COLUMN n2');`,
  }),
};

/** A project whose run was interrupted in the upgrade of bb22, or in its downgrade. */
const interrupted = (direction: 'upgrade' | 'downgrade', work: (project: Project) => Promise<void>) =>
  withDatabase(database =>
    withProject({ ...ormconfig(database.url, 'migrations = { allowNoEntities: true };'), ...files }, async project => {
      await project.run('upgrade', 'aa11');
      await database.query('ALTER TABLE t_aa11 ADD PRIMARY KEY (id)');
      if (direction === 'downgrade') await project.run('upgrade');
      const target = direction === 'upgrade' ? 'heads' : 'base';
      expect((await project.run(direction, target, '-x', 'fail=1')).stderr).toContain('told to');
      await work(project);
    }),
  );

describe.each(['upgrade', 'downgrade'] as const)('after an interrupted %s', direction => {
  const said = new RegExp(`The ${direction} of bb22 was interrupted half way: run \`${direction}\` again`);
  const other = direction === 'upgrade' ? (['downgrade', 'base'] as const) : (['upgrade', 'heads'] as const);

  const commands: readonly (readonly [string, readonly string[], 'stdout' | 'stderr', RegExp, number])[] = [
    ['doctor', ['doctor'], 'stdout', new RegExp(`^!! {2}database +${said.source}`, 'm'), 3],
    ['current', ['current'], 'stderr', said, 0],
    ['current --check-heads', ['current', '--check-heads'], 'stderr', said, 2],
    [
      'history -i',
      ['history', '-i'],
      'stdout',
      new RegExp(`bb22 .*\\(${direction} interrupted half way, or under way\\)`),
      0,
    ],
    [
      'history -i -v',
      ['history', '-i', '-v'],
      'stdout',
      new RegExp(`\\(${direction} interrupted half way, or under way\\)`),
      0,
    ],
    ['check', ['check'], 'stderr', said, 3],
    ['revision --autogenerate', ['revision', '--autogenerate', '-m', 'm'], 'stderr', said, 3],
    ['a run the other way', other, 'stderr', said, 3],
    ['a plan the other way', [...other, '--dry-run'], 'stderr', said, 3],
  ];

  test('every command says so, and nothing is changed', () =>
    interrupted(direction, async ({ run, json }) => {
      const found: Record<string, unknown> = {};
      for (const [name, argv, stream, pattern, code] of commands) {
        const ran = await run(...argv);
        if (!pattern.test(ran[stream]) || ran.exitCode !== code) found[name] = ran;
      }
      expect(found).toEqual({});
      expect((await json('current')).unfinished).toEqual([expect.objectContaining({ revision: 'bb22', direction })]);
    }));
});

test('a plan has only what is still to be run, and the run says that it resumes and sends the same', () =>
  interrupted('upgrade', async ({ run, json }) => {
    const { steps } = await json('upgrade', '--dry-run');
    expect(steps).toMatchObject([{ revision: 'bb22', done: 3 }]);
    expect(steps[0].statements.map(({ sql }: { sql: string }) => sql)).toEqual([
      'ALTER TABLE t_aa11 ADD COLUMN n2 int',
      expect.stringMatching(/^CREATE INDEX CONCURRENTLY/),
    ]);
    const { stdout } = await run('upgrade', '--dry-run');
    expect(stdout).toContain('resumes where it was interrupted: 3 operations are done and left out here');
    expect(stdout).not.toContain('ADD COLUMN n int');
    const { stderr, exitCode } = await run('upgrade');
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining(
        'Running upgrade aa11 -> bb22, grow it (resumes where it was interrupted: 3 operations are done)',
      ),
    ]);
    expect((await run('doctor')).exitCode).toBe(0);
  }));
