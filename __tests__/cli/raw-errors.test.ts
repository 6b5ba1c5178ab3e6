import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MigrationError } from '../../src/errors.ts';
import { silent } from '../../src/runner/logger.ts';
import { createRunner } from '../../src/runner/create-runner.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { type TestDatabase, withDatabase } from '../support/index.ts';
import { ormconfig, type Project, revision, withProject } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const methods: Readonly<Record<string, (runner: Runner) => Promise<unknown>>> = {
  upgrade: runner => runner.upgrade(),
  current: runner => runner.current(),
  status: runner => runner.status(),
  plan: runner => runner.plan(),
  stamp: runner => runner.stamp('aa11'),
  check: runner => runner.check(),
  history: runner => runner.history('base:current'),
  changedSince: runner => runner.changedSince(),
};

/** Command lines that meet the same as these methods. */
const commandLines: Readonly<Record<string, readonly string[]>> = {
  upgrade: ['upgrade'],
  current: ['current'],
  plan: ['upgrade', '--dry-run'],
  stamp: ['stamp', 'aa11'],
  check: ['check'],
  history: ['history', '-r', 'base:current'],
};

interface Trouble {
  /** What goes wrong with the files. */
  readonly files?: (versions: string) => void;
  /** What goes wrong in the database: run as its owner. */
  readonly sql?: string;
  /** What the sentence says. */
  readonly says: RegExp;
  readonly methods?: readonly string[];
}

const all = Object.keys(methods);

const troubles: Readonly<Record<string, Trouble>> = {
  'a file in place of the version location': {
    files: versions => {
      rmSync(versions, { recursive: true });
      writeFileSync(versions, '');
    },
    says: /migrations/,
    methods: all.filter(name => name !== 'check'),
  },
  'a folder that is named like a revision, and a link that leads nowhere': {
    files: versions => {
      mkdirSync(join(versions, 'zz.mjs'));
      symlinkSync(join(versions, 'nowhere'), join(versions, 'yy.mjs'));
    },
    says: /yy\.mjs/,
  },
  'links in a circle': {
    files: versions => symlinkSync(join(versions, 'yy.mjs'), join(versions, 'yy.mjs')),
    says: /yy\.mjs .*ELOOP/,
  },
  'no privilege on the version table': { sql: 'REVOKE ALL ON alembic_version FROM role', says: /GRANT USAGE/ },
  'no right to write the version table': {
    sql: 'REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM role',
    says: /permission denied for table alembic_version/,
    methods: ['upgrade'],
  },
  'no privilege on the log': {
    sql: 'REVOKE ALL ON alembic_version_log FROM role',
    says: /alembic_version_log/,
    methods: ['upgrade', 'stamp', 'changedSince'],
  },
  'a read-only role': {
    sql: 'ALTER ROLE role SET default_transaction_read_only = on',
    says: /read-only/,
    methods: ['upgrade', 'stamp'],
  },
  'a version table without its column': {
    sql: 'ALTER TABLE alembic_version RENAME COLUMN version_num TO version',
    says: /ensure-version --sql/,
  },
  'a row without a version': {
    sql: 'ALTER TABLE alembic_version DROP CONSTRAINT alembic_version_pkc, ALTER version_num DROP NOT NULL; INSERT INTO alembic_version VALUES (NULL)',
    says: /version table .*alembic_version.* NULL/,
  },
  'a version twice': {
    sql: 'ALTER TABLE alembic_version DROP CONSTRAINT alembic_version_pkc; INSERT INTO alembic_version SELECT * FROM alembic_version',
    says: /version table .*alembic_version.* 'aa11' twice/,
  },
  'a journal that is none': {
    sql: `UPDATE alembic_version_log SET finished_at = NULL, progress = '{"done": 7}'; DELETE FROM alembic_version`,
    says: /journal/,
    methods: ['upgrade', 'status'],
  },
};

const sentence = /^Error: [^\n]+\.\n$/;

async function withTrouble(
  { sql = '', files = () => {} }: Trouble,
  work: (url: string, directory: string, run: Project['run']) => Promise<void>,
  database: TestDatabase,
): Promise<void> {
  const role = `${database.name}_role`;
  await database.query(`CREATE ROLE "${role}" LOGIN; GRANT ALL ON SCHEMA public TO "${role}"`);
  const url = new URL(database.url);
  url.username = role;
  const place = {
    ...ormconfig(url.href, `migrations = { allowNoEntities: true, versionLocations: ['migrations'] };`),
    ...revision('aa11', 'one'),
  };
  try {
    await withProject(place, async ({ directory, run, write }) => {
      const owner = new DataSource({ type: 'postgres', url: database.url });
      const config = { versionLocations: [join(directory, 'migrations')], allowNoEntities: true };
      await createRunner(owner, config, { logger: silent }).upgrade();
      await database.query(
        `GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role}"; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "${role}"`,
      );
      write(revision('bb22', 'two', { down: 'aa11' }));
      await database.query(sql.replaceAll(/\brole\b/g, `"${role}"`));
      files(join(directory, 'migrations'));
      await work(url.href, directory, run);
    });
  } finally {
    await database.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
  }
}

describe('what a user can cause is a sentence', () => {
  test.each(shareOfToday(Object.entries(troubles)))('%s', (_, trouble) =>
    withDatabase(database =>
      withTrouble(
        trouble,
        async (url, directory, run) => {
          const config = { versionLocations: [join(directory, 'migrations')], allowNoEntities: true };
          const seen: Record<string, unknown> = {};
          for (const name of trouble.methods ?? all) {
            const runner = createRunner(new DataSource({ type: 'postgres', url }), config, { logger: silent });
            const error = await methods[name]!(runner).then(
              () => undefined,
              (thrown: unknown) => thrown,
            );
            const { message = 'nothing was thrown' } = (error ?? {}) as Error;
            seen[name] = MigrationError.is(error) && trouble.says.test(message) ? 'a sentence' : message;
            const argv = commandLines[name];
            if (!argv) continue;
            const { stderr, exitCode } = await run(...argv, '--quiet');
            const isSaid =
              exitCode > 0 && sentence.test(stderr) && !stderr.includes('Unexpected') && trouble.says.test(stderr);
            seen[argv.join(' ')] = isSaid ? 'a sentence' : stderr;
          }
          for (const [name, what] of Object.entries(seen)) expect([name, what]).toEqual([name, 'a sentence']);
        },
        database,
      ),
    ),
  );
});

test('stamp --purge puts a version table right that makes no sense', () =>
  withDatabase(async database => {
    const trouble = troubles['a row without a version']!;
    await withTrouble(
      { ...trouble, sql: `${trouble.sql}; ALTER ROLE role SET lock_timeout = 0` },
      async (_, __, run) => {
        expect(await run('stamp', 'aa11', '--purge')).toMatchObject({ exitCode: 0 });
        expect(await run('current')).toMatchObject({ exitCode: 0, stdout: 'aa11\n' });
      },
      database,
    );
  }));

describe('a configuration that cannot be used is a sentence', () => {
  test.each([
    ['a package that is not installed', `import 'no-such-package';`, /ormconfig\.mjs failed: .*no-such-package/],
    ['a file that is not there', `import './nowhere.mjs';`, /ormconfig\.mjs failed: .*nowhere\.mjs/],
    [
      'a folder that is read',
      `import { readFileSync } from 'node:fs'; readFileSync('/');`,
      /ormconfig\.mjs failed: EISDIR/,
    ],
  ])('%s', (_, source, says) =>
    withProject({ 'ormconfig.mjs': source }, async ({ run }) => {
      for (const argv of [['upgrade'], ['check'], ['history']]) {
        const { exitCode, stderr } = await run(...argv);
        expect([exitCode, stderr]).toEqual([1, expect.stringMatching(sentence)]);
        expect(stderr).toMatch(says);
      }
    }),
  );

  test('a folder in its place', () =>
    withProject({ 'folder/file': '' }, async ({ run }) => {
      const { exitCode, stderr } = await run('upgrade', '-c', 'folder');
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringMatching(/^Error: .*folder, which --config names, is a folder; .*\.\n$/),
      ]);
    }));
});
