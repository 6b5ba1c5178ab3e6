import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { withProject as withCommandLine } from '../cli/project.ts';
import { entitiesFrom, type TestDataSourceOptions } from '../support/index.ts';
import { withOwnServer } from '../support/own-server.ts';
import { onDatabase, openRunner, rejection, table, type TestProject, withProject } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** DataSources on a server of the test's own; the test destroys those that it initializes. */
const on = ({ url }: { readonly url: string }) => ({
  dataSource: (options: TestDataSourceOptions = {}) =>
    new DataSource({ logging: false, ...options, type: 'postgres', url }),
});

const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'works',
    (error: Error) => error.name,
  );

describe('a server that is restarted while one process migrates and two wait', () => {
  const slow = (project: TestProject) =>
    project.write({
      id: 'a1',
      upgrade: `await op.execute('CREATE TABLE a1 (id int)');
        if (op.context.x.slow) await op.execute('SELECT pg_sleep(60)');`,
    });

  test.each(
    shareOfToday(
      [
        ['of which none is initialized', false],
        ['all of which are initialized', true],
      ],
      1,
    ),
  )('ends that one with a clear error, and the others connect again: DataSources %s', (_, isInitialized) =>
    withProject(project =>
      withOwnServer(async server => {
        await slow(project);
        const runners = Array.from({ length: 3 }, () => openRunner(on(server), project));
        if (isInitialized) for (const { dataSource } of runners) await dataSource.initialize();
        const [worker, ...waiters] = runners;
        const work = rejection(worker!.runner.upgrade('heads', { x: { slow: 'yes' } }));
        while (!worker!.queries.includes('SELECT pg_sleep(60)')) await setTimeout(10);
        const waits = waiters.map(({ runner }) => runner.upgrade());
        while (!waiters.every(({ said }) => said.some(line => line.startsWith('Waiting')))) await setTimeout(10);
        server.stop();
        while (!waiters.every(({ said }) => said.some(line => line.includes('connecting again')))) await setTimeout(10);
        await setTimeout(200);
        server.start();
        const error = await work;
        expect(error).toMatchObject({ name: 'ConnectionLostError', work: 'upgrade of a1' });
        expect(error.message).toContain('run the same again');
        const results = await Promise.all(waits);
        expect(results.map(({ heads }) => heads)).toEqual([['a1'], ['a1']]);
        expect(results.flatMap(({ steps }) => steps)).toHaveLength(1);
        if (isInitialized) for (const { dataSource } of runners) await dataSource.destroy();
      }),
    ),
  );
});

const saidByDoctor = (url: string) => {
  const config = `import { DataSource } from 'typeorm';
    export default new DataSource({ type: 'postgres', url: '${url}' });`;
  return withCommandLine({ 'ormconfig.mjs': config }, async ({ json }) => (await json('doctor')).findings);
};

describe('what is read-only', () => {
  test('is refused in one sentence on a hot standby, where something has to be written', () =>
    withProject(project =>
      withOwnServer(async server => {
        await project.write(table('a1'));
        await openRunner(on(server), project).runner.upgrade();
        await project.write({
          id: 'b1',
          transactional: false,
          upgrade: `await op.execute('CREATE TABLE b1 (id int)'); await op.execute('SELECT 1/0');`,
        });
        // What the run has done is in the journal when the server becomes a standby.
        await rejection(openRunner(on(server), project).runner.upgrade());
        server.stop();
        await server.startAsStandby();
        const { runner } = openRunner(on(server), project);
        expect(await runner.status()).toMatchObject({ unfinished: [{ revision: 'b1' }] });
        const refused = 'ReadOnlySessionError';
        expect({
          current: await outcomeOf(runner.current()),
          status: await outcomeOf(runner.status()),
          plan: await outcomeOf(runner.plan()),
          changedSince: await outcomeOf(runner.changedSince()),
          ensureVersionTable: await outcomeOf(runner.ensureVersionTable()),
          reached: await outcomeOf(runner.upgrade('a1')),
          upgrade: await outcomeOf(runner.upgrade()),
          downgrade: await outcomeOf(runner.downgrade('base')),
          stamp: await outcomeOf(runner.stamp('b1')),
        }).toEqual({
          ...{ current: 'works', status: 'works', plan: 'works', changedSince: 'works' },
          ...{ ensureVersionTable: 'works', reached: 'works', upgrade: refused, downgrade: refused, stamp: refused },
        });
        const { message } = await rejection(runner.upgrade());
        expect(message).toContain('connect migrations to the primary');
        expect(await saidByDoctor(server.url)).toContainEqual({ name: 'session', isWell: false, found: message });
      }),
    ));

  test(
    'is refused in a session that a setting makes read-only',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const readOnly = openRunner(database, project, {}, { extra: { options: '-c default_transaction_read_only=on' } });
      const error = await rejection(readOnly.runner.upgrade());
      expect(error).toMatchObject({ name: 'ReadOnlySessionError', isStandby: false });
      expect(error.message).toContain('default_transaction_read_only');
    }),
  );
});

describe('a DataSource with replication', () => {
  const nowhere = 'postgres://nobody@127.0.0.1:1/nowhere';

  test(
    'is connected to its master only: a replica may be down',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const entities = [
        ...entitiesFrom(
          "import { Entity, PrimaryColumn } from 'typeorm'; @Entity() export class A1 { @PrimaryColumn() id!: number }",
        ),
      ];
      const replication = { master: { url: database.url }, slaves: [{ url: nowhere }] };
      const { runner, dataSource } = openRunner(
        { dataSource: options => new DataSource({ ...options, type: 'postgres', entities, replication }) },
        project,
      );
      expect((await runner.upgrade()).heads).toEqual(['a1']);
      expect((await runner.status()).isAtHeads).toBe(true);
      expect((await runner.check()).operations.length).toBeGreaterThan(0);
      expect((await runner.downgrade('base')).heads).toEqual([]);
      expect(dataSource.options).toMatchObject({ replication });
      expect((dataSource.driver as { options?: unknown }).options).toBe(dataSource.options);
    }),
  );

  test(
    'that is down itself is named',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const replication = { master: { url: nowhere }, slaves: [{ url: database.url }] };
      const { runner } = openRunner(
        { dataSource: options => new DataSource({ ...options, type: 'postgres', replication }) },
        project,
      );
      expect((await rejection(runner.upgrade())).target).toMatchObject({ port: 1, database: 'nowhere' });
    }),
  );
});
