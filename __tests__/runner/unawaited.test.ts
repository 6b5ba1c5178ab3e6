import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { onDatabase, openRunner, rejection, type TestRevision } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const insert = (value: string) => `op.execute('INSERT INTO made VALUES ($1)', [${value}])`;
const sleep = "const { setTimeout: sleep } = await import('node:timers/promises');";

/** Revisions that do not wait for something they ask for. */
const careless: Readonly<Record<string, string>> = {
  'one call': `${insert('1')};`,
  'a call before another': `op.execute('this is no SQL'); await ${insert('1')};`,
  'a reading call': "op.query('SELECT 1');",
  'an insertion': "op.bulkInsert({ table: 'made', rows: [{ n: 1 }] });",
  'an operation': "op.createTable({ name: 'other', columns: [{ name: 'id', type: 'integer', nullable: false }] });",
  'map without Promise.all': `[1, 2].map(n => ${insert('n')});`,
  'forEach with an async function': `[1, 2].forEach(async n => { await ${insert('n')}; await ${insert('n')}; });`,
  'forEach that awaits nothing much first': `[1, 2].forEach(async n => { await null; await null; await ${insert('n')}; });`,
  'forEach that waits for something else first': `${sleep} [1, 2].forEach(async n => { await sleep(20); await ${insert('n')}; });`,
  'forEach whose calls come one by one': `${sleep} [5, 60].forEach(async n => { await sleep(n); await ${insert('n')}; });`,
  'forEach that reads first': `[1, 2].forEach(async n => {
    const { readFile } = await import('node:fs/promises'); await readFile(import.meta.filename); await ${insert('n')}; });`,
  'a chain of then': `${sleep} sleep(20).then(() => ${insert('1')}).then(() => ${insert('2')});`,
  'a timer': `globalThis.setTimeout(() => ${insert('1')}, 20);`,
  'the next turn': `globalThis.setImmediate(() => ${insert('1')});`,
  'a stream': `const { createReadStream } = await import('node:fs');
    createReadStream(new URL(import.meta.url)).on('data', () => ${insert('1')});`,
  'an event': `const { EventEmitter } = await import('node:events'); const events = new EventEmitter();
    events.on('row', async n => { await null; await ${insert('n')}; }); ${sleep} sleep(10).then(() => events.emit('row', 1));`,
  'one of several': `await Promise.race([${insert('1')}, (async () => { ${sleep} await sleep(20); await ${insert('2')}; })()]);`,
};

/** Revisions that do. */
const careful: Readonly<Record<string, string>> = {
  'one after another': `for (const n of [1, 2]) await ${insert('n')};`,
  'all at once': `await Promise.all([1, 2].map(n => ${insert('n')}));`,
  'a promise that is returned': `await ${insert('1')}; return ${insert('2')};`,
  'a failure that is caught': `await ${insert('1')}; await op.execute('SELECT').catch(() => {}); await ${insert('2')};`,
  'a race that a timer loses': `${sleep} await Promise.race([${insert('1')}, sleep(200)]); await ${insert('2')};`,
  'something else in the background': `${sleep} sleep(20); await ${insert('1')}; await ${insert('2')};`,
};

const made = (more: Partial<TestRevision>): readonly TestRevision[] => [
  { id: 'a1', upgrade: "await op.execute('CREATE TABLE made (n int)');" },
  { id: 'b1', ...more },
];

describe.each([true, false])('where a revision is transactional: %s', transactional => {
  const mode: Partial<TestRevision> = transactional ? {} : { transactional: false };

  test.each(shareOfToday(Object.entries(careless)))('it fails where it does not await %s', (_, upgrade) =>
    onDatabase(async (database, project) => {
      await project.write(...made({ ...mode, upgrade }));
      const { runner } = openRunner(database, project);
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({ name: 'RevisionFailedError', revision: 'b1' });
      expect(await runner.current()).toEqual(['a1']);
      await setTimeout(100);
      if (transactional) expect(await database.query('SELECT n FROM made')).toEqual([]);
    })(),
  );

  test.each(shareOfToday(Object.entries(careful)))('it is carried out whole where it awaits %s', (_, upgrade) =>
    onDatabase(async (database, project) => {
      await project.write(...made({ ...mode, upgrade }));
      await openRunner(database, project).runner.upgrade();
      expect(await database.query('SELECT n FROM made ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
    })(),
  );
});

test.each([
  ['a function', `return () => ${insert('1')};`],
  ['a generator', `return (function* () { yield ${insert('1')}; })();`],
  ['a generator', `return (async function* () { await ${insert('1')}; })();`],
])('a revision that returns %s has done nothing, and is refused', (what, upgrade) =>
  onDatabase(async (database, project) => {
    await project.write(...made({ upgrade }));
    const { runner } = openRunner(database, project);
    for (const call of [() => runner.upgrade(), () => runner.sql('upgrade', 'head')]) {
      const error = await rejection(call());
      expect(error.message).toContain(`The upgrade of b1 returned ${what}, which nothing runs`);
    }
    expect(await runner.current()).toEqual(['a1']);
  })(),
);

describe('op is no longer of use', () => {
  const keep = 'globalThis.kept = op;';
  const use = "await globalThis.kept.execute('INSERT INTO made VALUES (1)');";

  test(
    'when its revision is over: the call that comes too late fails',
    onDatabase(async (database, project) => {
      await project.write(...made({ upgrade: keep }));
      await openRunner(database, project).runner.upgrade();
      const error = await rejection((globalThis as any).kept.execute('INSERT INTO made VALUES (1)'));
      expect(error).toMatchObject({ name: 'OperationAfterEndError', operation: 'execute' });
      expect(error.message).toContain('op.execute("INSERT INTO made VALUES (1)") was called after the upgrade of b1');
      expect(await database.query('SELECT n FROM made')).toEqual([]);
    }),
  );

  test.each(['each', 'all'] as const)('in the next revision (transaction: %s)', transaction =>
    onDatabase(async (database, project) => {
      await project.write(...made({ upgrade: keep }), { id: 'c1', upgrade: `try { ${use} } catch {}` });
      await project.write({ id: 'd1', upgrade: use });
      const error = await rejection(openRunner(database, project, { transaction }).runner.upgrade());
      expect(error.message).toContain('op.execute("INSERT INTO made VALUES (1)")');
    })(),
  );

  test(
    'in the other direction',
    onDatabase(async (database, project) => {
      await project.write(...made({ upgrade: keep, downgrade: use }));
      const { runner } = openRunner(database, project);
      await runner.upgrade();
      expect((await rejection(runner.downgrade('-1'))).cause.name).toBe('OperationAfterEndError');
      expect(await runner.current()).toEqual(['b1']);
    }),
  );

  test(
    'in a plan and in a script, which are not made by halves',
    onDatabase(async (database, project) => {
      await project.write({ id: 'a1', upgrade: careless['a timer']! });
      const { runner } = openRunner(database, project);
      for (const making of [runner.plan(), runner.sql('upgrade', 'heads')])
        expect((await rejection(making)).cause.name).toBe('UnawaitedOperationError');
    }),
  );

  test(
    'and neither is the query of onVersionApply',
    onDatabase(async (database, project) => {
      await project.write(...made({}));
      const onVersionApply = ({ query }: any) => void setTimeout(20).then(() => query('INSERT INTO made VALUES (1)'));
      const { runner } = openRunner(database, project, { onVersionApply });
      expect((await rejection(runner.upgrade())).message).toContain(
        'onVersionApply.query("INSERT INTO made VALUES (1)")',
      );
      expect(await runner.current()).toEqual([]);
    }),
  );
});
