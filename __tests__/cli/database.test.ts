import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lockKeyOf } from '../../src/database/advisory-lock.ts';
import { withDatabase, type TestDatabase } from '../support/index.ts';
import { branchedHistory, type Files, ormconfig, type Project, revision, using, withProject } from './project.ts';

interface Setting extends Project {
  readonly database: TestDatabase;
}

const withSetting = <Result>(files: Files, work: (setting: Setting) => Promise<Result>, more = '') =>
  withDatabase(database =>
    withProject({ ...ormconfig(database.url, more), ...files }, project => work({ ...project, database })),
  );

const linear: Files = {
  ...revision('aa11', 'create initial tables'),
  ...revision('bb22', 'add billing', { down: 'aa11' }),
  ...revision('cc33', 'add support', { down: 'bb22' }),
};

const tables = async (database: TestDatabase): Promise<string[]> =>
  (
    await database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 't\\_%' ORDER BY 1`,
    )
  ).map(({ name }) => name);

describe('upgrade and downgrade', () => {
  test('run what is missing, say each step on stderr, and say where the database is', () =>
    withSetting(linear, async ({ run, database }) => {
      expect(await run('upgrade', 'bb')).toEqual({
        exitCode: 0,
        stdout: 'Upgraded by 2 revisions: the database is at bb22.\n',
        stderr: `${using(database.url)}Running upgrade -> aa11, create initial tables\nRunning upgrade aa11 -> bb22, add billing\n`,
      });
      expect(await run('upgrade', '+1')).toMatchObject({
        exitCode: 0,
        stderr: `${using(database.url)}Running upgrade bb22 -> cc33, add support\n`,
      });
      expect(await run('upgrade')).toEqual({
        exitCode: 0,
        stdout: 'Nothing to upgrade: the database is at cc33.\n',
        stderr: using(database.url),
      });
      expect(await tables(database)).toEqual(['t_aa11', 't_bb22', 't_cc33']);
    }));

  test('take back the last revision, those above one, or all', () =>
    withSetting(linear, async ({ run, database }) => {
      await run('upgrade');
      expect((await run('downgrade', '-1')).stderr).toBe(
        `${using(database.url)}Running downgrade cc33 -> bb22, add support\n`,
      );
      expect((await run('downgrade', 'aa11')).stdout).toBe('Downgraded by one revision: the database is at aa11.\n');
      expect((await run('downgrade', 'base')).stdout).toBe('Downgraded by one revision: the database is at base.\n');
      expect(await tables(database)).toEqual([]);
    }));

  test('print nothing but results and errors when quiet', () =>
    withSetting(linear, async ({ run }) => {
      expect(await run('upgrade', '-q')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      expect((await run('current', '-q')).stdout).toBe('cc33 (head)\n');
      expect((await run('downgrade', 'zz', '-q')).stderr).toMatch(/^Error: Can't locate revision/);
    }));

  test('plan with --dry-run, and run nothing', () =>
    withSetting(
      {
        ...linear,
        ...revision('cc33', 'drop it', { down: 'bb22', upgrade: `await op.dropTable({ name: 't_aa11' });` }),
      },
      async ({ run, json, database }) => {
        const { stdout } = await run('upgrade', '--dry-run');
        expect(stdout).toBe(`Would run upgrade -> aa11, create initial tables
  CREATE TABLE t_aa11 (id int);  -- your own SQL: locks and scans not judged
Would run upgrade aa11 -> bb22, add billing
  CREATE TABLE t_bb22 (id int);  -- your own SQL: locks and scans not judged
Would run upgrade bb22 -> cc33, drop it
  ! deletes data: table t_aa11
  DROP TABLE "t_aa11";  -- ACCESS EXCLUSIVE lock
`);
        const { dryRun, steps } = await json('upgrade', 'aa11', '--dry-run');
        expect(dryRun).toBe(true);
        expect(steps).toEqual([
          expect.objectContaining({ revision: 'aa11', direction: 'upgrade', statements: expect.any(Array) }),
        ]);
        expect((await run('downgrade', 'base', '--dry-run')).stdout).toBe('Nothing to downgrade.\n');
        expect(await tables(database)).toEqual([]);
      },
    ));

  test('give revisions -x and --tag', () =>
    withSetting(
      revision('aa11', 'by tenant', {
        upgrade: `await op.execute('CREATE TABLE t_' + op.context.x.tenant + op.context.tag + op.context.x.empty + ' (id int)');`,
      }),
      async ({ run, database }) => {
        expect((await run('-x', 'tenant=acme', '-xempty', 'upgrade', '--tag=blue')).exitCode).toBe(0);
        expect(await tables(database)).toEqual(['t_acmeblue']);
      },
    ));

  test('are JSON documents', () =>
    withSetting(linear, async ({ json }) => {
      expect(await json('upgrade', 'aa11')).toEqual({
        steps: [{ revision: 'aa11', direction: 'upgrade', message: 'create initial tables' }],
        heads: ['aa11'],
        isAhead: false,
      });
      expect(await json('downgrade', 'base')).toMatchObject({ steps: [{ direction: 'downgrade' }], heads: [] });
    }));
});

describe('a revision that fails', () => {
  const failing = {
    ...revision('aa11', 'create'),
    ...revision('bb22', 'fail', { down: 'aa11', upgrade: `await op.execute('SELECT 1 / 0');` }),
  };

  test('is one sentence: which, where, why, and what stays', () =>
    withSetting(failing, async ({ run, database }) => {
      const { exitCode, stdout, stderr } = await run('upgrade', '-q');
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^Error: The upgrade of bb22 \(fail\) failed in .*bb22\.mjs at "SELECT 1 \/ 0": division by zero; it was rolled back\.\n$/,
      );
      expect(await tables(database)).toEqual(['t_aa11']);
    }));

  test("is told with the server's own words and a stack where asked", () =>
    withSetting(failing, async ({ run, json }) => {
      const { stderr } = await run('upgrade', '-qv');
      expect(stderr).toMatch(/^ {2}statement: SELECT 1 \/ 0$/m);
      expect(stderr).toMatch(/^caused by error: division by zero$/m);
      expect(stderr).toMatch(/^ {2}code: 22012$/m);
      expect(stderr).toMatch(/^ +at .*pg/m);
      const { error } = await json('upgrade');
      expect(error).toMatchObject({
        name: 'RevisionFailedError',
        revision: 'bb22',
        direction: 'upgrade',
        statement: 'SELECT 1 / 0',
        path: expect.stringMatching(/bb22\.mjs$/),
        cause: { message: 'division by zero', code: '22012' },
      });
      expect(error).not.toHaveProperty('stack');
    }));
});

describe('locks that others hold', () => {
  const impatient = `migrations = { lockTimeout: '50ms', lockWait: '200ms' };`;

  test("the migrations' own: exit code 4, and who holds it", () =>
    withSetting(
      linear,
      async ({ run, json, database }) => {
        const other = await database.client();
        const { classId, objectId } = lockKeyOf('public', 'alembic_version');
        await other.query(
          `SET application_name = 'deploy of the day'; SELECT pg_advisory_lock(${classId}, ${objectId})`,
        );
        expect(await run('upgrade')).toMatchObject({
          exitCode: 4,
          stdout: '',
          stderr: expect.stringMatching(
            /^Error: Could not acquire the migration lock within .*deploy of the day.*\n$/m,
          ),
        });
        expect((await json('stamp', 'heads')).error).toMatchObject({
          name: 'LockNotAcquiredError',
          holder: { applicationName: 'deploy of the day' },
        });
      },
      impatient,
    ));

  test("a table's: exit code 4, too", () =>
    withSetting(
      revision('aa11', 'alter', { upgrade: `await op.execute('ALTER TABLE busy ADD a int');` }),
      async ({ run, database }) => {
        await database.query('CREATE TABLE busy ()');
        const other = await database.client();
        await other.query('BEGIN; LOCK TABLE busy');
        expect(await run('upgrade', '-q')).toMatchObject({
          exitCode: 4,
          stderr: expect.stringContaining('gave up after'),
        });
      },
      impatient,
    ));
});

describe('current', () => {
  test('lists what the database is at, and exits with 2 where that is not all', () =>
    withSetting(linear, async ({ run, json }) => {
      expect(await run('current')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      await run('upgrade', 'bb22');
      expect(await run('current')).toEqual({ exitCode: 0, stdout: 'bb22\n', stderr: '' });
      expect(await run('current', '--check-heads')).toMatchObject({
        exitCode: 2,
        stdout: 'bb22\n',
        stderr: 'Warning: The database is at bb22, not at the heads cc33: run `upgrade`.\n',
      });
      await run('upgrade');
      expect(await run('current', '--check-heads')).toEqual({ exitCode: 0, stdout: 'cc33 (head)\n', stderr: '' });
      expect(await json('current')).toMatchObject({
        current: [{ revision: 'cc33', isHead: true }],
        heads: ['cc33'],
        target: ['cc33'],
        isAtHeads: true,
      });
    }));

  test('lists what only newer code has, which is not to be at the heads, and nothing that an upgrade waits for', () =>
    withSetting(linear, async ({ run, json, directory, database }) => {
      await run('upgrade');
      rmSync(join(directory, 'migrations/cc33.mjs'));
      expect(await run('upgrade')).toEqual({
        exitCode: 0,
        stdout: 'Nothing to upgrade: the database is ahead of this code, at cc33.\n',
        stderr: `${using(database.url)}Warning: The database is at cc33, which is newer than this code (at bb22); nothing is to be done\n`,
      });
      expect(await json('current')).toMatchObject({ current: [{ revision: 'cc33' }], isAhead: true });
      expect(await run('current', '--check-heads')).toEqual({
        exitCode: 2,
        stdout: 'cc33 (not in this code, which is older than the database)\n',
        stderr: 'Warning: The database is at cc33, not at the heads bb22: newer code has migrated it further.\n',
      });
      expect((await run('doctor')).stdout).toContain('at cc33; ahead of this code');
      for (const refused of ['check', 'downgrade -1', 'revision --autogenerate'])
        expect(await run(...refused.split(' '))).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining('run this with the code that has cc33'),
        });
    }));

  test('lists the end of every branch, also of one another depends on', () =>
    withSetting(branchedHistory, async ({ run, json, database }) => {
      await run('upgrade');
      expect((await run('current')).stdout).toBe('ee55 (effective head)\nff66 (head)\n');
      expect((await run('current', '--check-heads')).exitCode).toBe(0);
      expect((await run('current', '-v')).stdout).toMatch(
        new RegExp(`^Current revision\\(s\\) for database "${database.name}":\nRev: ee55 \\(head\\)\n`),
      );
      await database.query('DELETE FROM alembic_version');
      expect(await run('current')).toMatchObject({
        stdout: '',
        stderr: expect.stringMatching(/^Warning: The version table is at base, and its log says that .* are applied: /),
      });
      expect(await json('current')).toMatchObject({ current: [], contradiction: { logged: ['ff66'] } });
    }));

  test('that newer code has is named by every command that needs its revision', () =>
    withSetting(linear, async ({ run, directory }) => {
      await run('upgrade');
      rmSync(join(directory, 'migrations/cc33.mjs'));
      for (const command of ['show', 'edit']) {
        const { exitCode, stderr } = await run(command, 'current');
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(/^Error: The database is at cc33, which newer code has/);
      }
      expect((await run('history', '-r', ':current')).stdout).toBe(`aa11 -> bb22 (head), add billing
<base> -> aa11, create initial tables
`);
      expect((await run('history', '-r', 'current:', '-i')).stdout).toBe('aa11 -> bb22 (head), add billing\n');
      expect((await run('current')).stdout).toBe('cc33 (not in this code, which is older than the database)\n');
    }));

  test('is marked in history, and names its ranges', () =>
    withSetting(linear, async ({ run, json }) => {
      await run('upgrade', 'bb22');
      expect((await run('history', '-i')).stdout).toBe(`bb22 -> cc33 (head), add support
aa11 -> bb22 (current), add billing
<base> -> aa11, create initial tables
`);
      expect((await run('history', '-r', 'current:')).stdout.split('\n')).toHaveLength(3);
      expect((await run('history', '-r-1:current')).stdout).toContain('bb22');
      expect((await run('show', 'current')).stdout).toMatch(/^Rev: bb22\n/);
      expect((await json('history', '-i')).revisions.map((each: { isCurrent: boolean }) => each.isCurrent)).toEqual([
        false,
        true,
        false,
      ]);
    }));

  test('that no file knows is an error with a way out', () =>
    withSetting(linear, async ({ run, database }) => {
      await run('ensure-version');
      await database.query(`INSERT INTO alembic_version VALUES ('gone1')`);
      expect(await run('current')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('run the code that has this revision'),
      });
      expect((await run('stamp', '--purge', 'heads')).exitCode).toBe(0);
      expect((await run('current')).stdout).toBe('cc33 (head)\n');
    }));
});

describe('stamp and ensure-version', () => {
  test('write the version table, and run nothing', () =>
    withSetting(branchedHistory, async ({ run, json, database }) => {
      expect((await run('ensure-version')).stdout).toBe('The version table alembic_version is there.\n');
      expect((await run('stamp', 'bb22', 'cc33')).stdout).toBe('Stamped: the database is at bb22, cc33.\n');
      expect(await json('stamp', 'heads')).toEqual({ before: ['bb22', 'cc33'], heads: ['ff66'] });
      expect((await run('stamp', 'base')).stdout).toBe('Stamped: the database is at base.\n');
      expect(await tables(database)).toEqual([]);
      expect(await json('ensure-version')).toEqual({ versionTable: 'alembic_version', versionTableSchema: null });
    }));

  test('print scripts that do the same', () =>
    withSetting(linear, async ({ run, database }) => {
      await database.query((await run('ensure-version', '--sql')).stdout);
      await database.query((await run('stamp', '--sql', 'bb22')).stdout);
      await database.query((await run('upgrade', '--sql', 'bb22:cc33')).stdout);
      expect((await run('current')).stdout).toBe('cc33 (head)\n');
      expect(await tables(database)).toEqual(['t_cc33']);
    }));
});

const ticket = (columns: string) => `
  entities.push(new EntitySchema({ name: 'ticket', tableName: 'ticket', columns: {
    id: { type: 'int', primary: true, generated: 'identity', generatedIdentity: 'BY DEFAULT', primaryKeyConstraintName: 'ticket_pkey' },
    ${columns}
  } }));
`;

describe('entities and database', () => {
  test('check says what differs, in words and in SQL, and exits with 2', () =>
    withSetting(
      {},
      async ({ run, json }) => {
        expect(await run('check')).toEqual({
          exitCode: 2,
          stdout: `+ table ticket (id, subject)
Entities and database differ by one operation: write them down with \`revision --autogenerate\`.
`,
          stderr: expect.stringMatching(
            /^Warning: The version location \S+migrations does not exist or is not a directory; write the first revision with /,
          ),
        });
        expect((await run('check', '-v')).stdout).toContain('    CREATE TABLE "ticket" (');
        expect(await json('check')).toMatchObject({
          isEmpty: false,
          operations: [{ op: 'createTable', name: 'ticket' }],
          sql: [expect.stringContaining('CREATE TABLE "ticket"')],
          changed: [],
        });
      },
      ticket(`subject: { type: 'text' }`),
    ));

  test('revision --autogenerate, upgrade, check: nothing is left to do', () =>
    withSetting(
      {},
      async ({ run, json, write }) => {
        const made = await run('revision', '--autogenerate', '-m', 'create tickets');
        expect(made).toMatchObject({
          exitCode: 0,
          stdout: expect.stringMatching(/^migrations\/[0-9a-f]{12}_create_tickets\.mjs\n$/),
          stderr: expect.stringMatching(/^Detected \+ table ticket \(id, subject\)\n/),
        });
        expect(await run('check')).toMatchObject({
          exitCode: 2,
          stdout: '',
          stderr: expect.stringContaining('not up to date'),
        });
        expect(await run('revision', '--autogenerate', '-m', 'again')).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining('not up to date'),
        });
        await run('upgrade');
        expect(await run('check')).toEqual({
          exitCode: 0,
          stdout: 'Entities and database do not differ.\n',
          stderr: '',
        });
        expect(await json('revision', '--autogenerate', '-m', 'again')).toEqual({ revisions: [] });
        expect((await run('revision', '--autogenerate', '--empty', '-m', 'all the same')).stdout).toMatch(
          /_all_the_same\.mjs\n$/,
        );
        write({ [made.stdout.trim()]: '' });
        expect((await run('heads')).stderr).toContain('is no revision');
      },
      ticket(`subject: { type: 'text' }`),
    ));

  test('check exits with 5 where the file of an applied revision was changed', () =>
    withSetting(
      revision('aa11', 'nothing', { upgrade: '' }),
      async ({ run, write, json }) => {
        await run('upgrade');
        expect((await run('check')).exitCode).toBe(0);
        write(revision('aa11', 'nothing', { upgrade: '// something' }));
        expect(await run('check')).toMatchObject({
          exitCode: 5,
          stderr:
            'Warning: Revision aa11 was changed after it was applied, and the database has what it was then: migrations/aa11.mjs\n',
        });
        expect((await json('check')).changed).toEqual([expect.objectContaining({ revision: 'aa11' })]);
      },
      'migrations = { allowNoEntities: true };',
    ));

  test('--rename keeps the rows', () =>
    withSetting(
      revision('aa11', 'create', {
        upgrade: `await op.createTable({ name: 'ticket', columns: [
          { name: 'id', type: 'integer', nullable: false, identity: 'by default' },
          { name: 'state', type: 'text', nullable: false } ], primaryKey: { name: 'ticket_pkey', columns: ['id'] } });`,
      }),
      async ({ run, database }) => {
        await run('upgrade');
        await database.query(`INSERT INTO ticket (state) VALUES ('open')`);
        const { stderr } = await run('revision', '--autogenerate', '-m', 'rename', '--rename', 'ticket.state:status');
        expect(stderr).toMatch(/^Detected ~ rename column ticket\.state -> status \(ACCESS EXCLUSIVE lock\)\n/);
        await run('upgrade');
        expect(await database.query('SELECT status FROM ticket')).toEqual([{ status: 'open' }]);
        expect((await run('check')).exitCode).toBe(0);
      },
      ticket(`status: { type: 'text' }`),
    ));

  test('processRevisionDirectives may add a call, which check and revision print', () =>
    withDatabase(({ url }) =>
      withProject(
        {
          'ormconfig.mjs': `import { DataSource, EntitySchema } from 'typeorm';
            const ticket = new EntitySchema({ name: 'ticket', columns: { id: { type: 'int', primary: true } } });
            export default new DataSource({ type: 'postgres', url: '${url}', entities: [ticket] });
            export const migrations = { allowNoRevisions: true, processRevisionDirectives: script => ({ ...script,
              upgrade: [...script.upgrade, { op: 'execute', arguments: ['ANALYZE ticket'] }] }) };`,
        },
        async ({ run }) => {
          const checked = await run('check', '--verbose');
          expect(checked).toMatchObject({ exitCode: 2, stdout: expect.stringMatching(/\+ table ticket[^]*~ execute/) });
          expect(await run('revision', '--autogenerate', '-m', 'x')).toMatchObject({ exitCode: 0 });
          expect(await run('upgrade')).toMatchObject({ exitCode: 0 });
        },
      ),
    ));

  test('processRevisionDirectives may make several revisions of one, or none', () =>
    withSetting(
      {},
      async ({ run, json }) => {
        const { revisions } = await json(
          'revision',
          '--autogenerate',
          '-m',
          'both',
          '-x',
          'split=yes',
          '--rev-id',
          'aa11',
        );
        expect(revisions.map((each: { revision: string }) => each.revision)).toEqual(['aa11', 'aa12']);
        expect((await run('history')).stdout.split('\n')[0]).toBe('aa11 -> aa12 (head), second');
      },
      `${ticket(`subject: { type: 'text' }`)}
       migrations = { processRevisionDirectives: (script, { x }) => x.split === 'yes'
         ? [{ ...script, upgrade: [] }, { ...script, revision: 'aa12', downRevision: script.revision, message: 'second' }] : null };`,
    ));

  test('of several revisions, none is left where one cannot be written', () =>
    withSetting(
      {},
      async ({ run, directory }) => {
        const { exitCode, stderr } = await run('revision', '--autogenerate', '-m', 'same');
        expect([exitCode, stderr]).toEqual([1, expect.stringContaining('same.mjs exists already')]);
        expect(readdirSync(join(directory, 'migrations'))).toEqual([]);
      },
      `${ticket(`subject: { type: 'text' }`)}
       migrations = { fileTemplate: '{slug}', processRevisionDirectives: script =>
         [script, { ...script, revision: 'aa12', downRevision: script.revision, upgrade: [] }] };`,
    ));
});

describe('doctor', () => {
  test('shows what a run would work with', () =>
    withSetting(
      linear,
      async ({ run, json }) => {
        await run('upgrade', 'bb22', '-q');
        const { exitCode, stdout } = await run('doctor');
        expect(exitCode).toBe(0);
        expect(stdout).toMatch(/^ok {2}versions +typeorm-alembic \d+\.\d+\.\d+, Node v/);
        expect(stdout).toMatch(/^ok {2}packages +typeorm \d+\.\d+\.\d+, pg \d+\.\d+\.\d+$/m);
        expect(stdout).toMatch(/^ok {2}revisions +3 in migrations; head cc33$/m);
        expect(stdout).toMatch(
          /^ok {2}server +PostgreSQL \d+\.\d+, database "\w+" at \S+:\d+ as user "\w+", schema public$/m,
        );
        expect(stdout).toMatch(/^ok {2}database +at bb22; revisions are pending$/m);
        const { findings } = await json('doctor');
        expect(findings).toContainEqual({ name: 'configuration', isWell: true, found: 'ormconfig.mjs' });
      },
      ticket(''),
    ));

  test('says each thing that is wrong once, and exits with its code', () =>
    withProject({ ...ormconfig(), ...revision('aa11', 'one', { down: 'gone1' }) }, async ({ run }) => {
      const { exitCode, stdout } = await run('doctor');
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/^!! {2}revisions +Revision 'gone1'.* is not present/m);
      expect(stdout).toMatch(/^!! {2}server +Could not connect/m);
      expect(stdout).toMatch(/^!! {2}database +the same error as revisions$/m);
    }));
});

test('a server that is not there is one sentence', () =>
  withProject({ ...ormconfig(), ...linear }, async ({ run, json }) => {
    expect(await run('current')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^Error: Could not connect to database "nowhere" at 127\.0\.0\.1:1 as user "nobody" .*\.\n$/,
      ),
    });
    expect((await json('upgrade')).error).toMatchObject({ name: 'ConnectionError', code: 'ECONNREFUSED' });
  }));
