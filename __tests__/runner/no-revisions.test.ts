import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Runner } from '../../src/runner/runner.ts';
import { onDatabase, openRunner, rejection, table, type TestProject } from './project.ts';

/** What asks for revisions, and would do nothing, or say that all is well, without any. */
const requests: Readonly<Record<string, (runner: Runner) => Promise<unknown>>> = {
  upgrade: runner => runner.upgrade(),
  'upgrade, dry': runner => runner.upgrade('heads', { dryRun: true }),
  downgrade: runner => runner.downgrade('base'),
  stamp: runner => runner.stamp('heads'),
  'stamp --purge': runner => runner.stamp('base', { purge: true }),
  current: runner => runner.current(),
  status: runner => runner.status(),
  plan: runner => runner.plan(),
  sql: runner => runner.sql('upgrade', 'heads'),
  stampSql: runner => runner.stampSql('heads'),
  heads: runner => runner.heads(),
  history: runner => runner.history(),
  revisions: runner => runner.revisions(),
  changedSince: runner => runner.changedSince(),
};

interface Found {
  readonly place: string;
  readonly error: string;
  readonly message: RegExp;
  prepare(location: string): void;
}

const places: readonly Found[] = [
  {
    place: 'a folder that is missing',
    error: 'MissingVersionLocationError',
    message:
      /^The version location \/\S+\/here does not exist or is not a directory; write the first revision with `typeorm-alembic revision`/,
    prepare: () => {},
  },
  {
    place: 'a file',
    error: 'MissingVersionLocationError',
    message: /^The version location \/\S+\/here does not exist or is not a directory/,
    prepare: location => writeFileSync(location, ''),
  },
  {
    place: 'an empty folder',
    error: 'NoRevisionFileError',
    message: /^There is no revision file in \/\S+\/here: looked for \*\.js, \*\.mjs, .*; compile the revisions along/,
    prepare: location => mkdirSync(location),
  },
  {
    place: 'a folder of what compiling leaves beside a file',
    error: 'NoRevisionFileError',
    message: /\/here: looked for .*, and found only a1\.d\.ts, a1\.js\.map, keep\.sql; compile/,
    prepare: location => {
      mkdirSync(location);
      for (const name of ['a1.d.ts', 'a1.js.map', 'keep.sql']) writeFileSync(join(location, name), '');
    },
  },
];

const runnerAt = (database: Parameters<typeof openRunner>[0], project: TestProject, config = {}) =>
  openRunner(database, project, { versionLocations: [join(project.directory, 'here')], ...config });

describe.each(places)('in $place', ({ error, message, prepare }) => {
  test(
    'every request is an error that says where it looked, and nothing is sent',
    onDatabase(async (database, project) => {
      prepare(join(project.directory, 'here'));
      const { runner, queries } = runnerAt(database, project);
      for (const [name, request] of Object.entries(requests)) {
        const found = await rejection(request(runner));
        expect({ name, error: found.name, message: found.message }).toEqual({
          name,
          error,
          message: expect.stringMatching(message),
        });
        expect(found.versionLocations).toEqual([join(project.directory, 'here')]);
      }
      expect(queries).toEqual([]);
    }),
  );

  test(
    'nothing is wrong where no revisions are meant',
    onDatabase(async (database, project) => {
      prepare(join(project.directory, 'here'));
      const { runner } = runnerAt(database, project, { allowNoRevisions: true });
      for (const request of Object.values(requests)) await request(runner);
    }),
  );
});

test(
  'check compares before the first revision, and says that there is none',
  onDatabase(async (database, project) => {
    const { runner, said } = runnerAt(database, project, { allowNoEntities: true });
    expect(await runner.check()).toMatchObject({ isEmpty: true });
    expect(said).toEqual([expect.stringMatching(/^Warning: The version location \/\S+\/here does not exist/)]);
    expect(existsSync(join(project.directory, 'here'))).toBe(false);
  }),
);

test(
  'check is an error where the database has had revisions',
  onDatabase(async (database, project) => {
    await project.write(table('a1'));
    await openRunner(database, project).runner.upgrade();
    const found = await rejection(runnerAt(database, project, { allowNoEntities: true }).runner.check());
    expect(found.name).toBe('MissingVersionLocationError');
  }),
);

test(
  'of several locations, all must be there, and one must hold a revision',
  onDatabase(async (database, project) => {
    await project.write(table('a1'));
    const at = (...names: string[]) =>
      openRunner(database, project, { versionLocations: names.map(name => join(project.directory, name)) }).runner;
    const missing = await rejection(at('.', 'one', 'two').heads());
    expect(missing.message).toMatch(
      /^The version locations \/\S+\/one, \/\S+\/two do not exist or are not directories/,
    );
    mkdirSync(join(project.directory, 'one'));
    mkdirSync(join(project.directory, 'two'));
    expect(await at('.', 'one', 'two').heads()).toEqual(['a1']);
    expect((await rejection(at('one', 'two').heads())).name).toBe('NoRevisionFileError');
  }),
);
