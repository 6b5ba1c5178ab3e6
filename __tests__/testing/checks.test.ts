import { describe, expect, test } from '@jest/globals';
import type { MigrationsConfig } from 'typeorm-alembic';
import {
  entitiesMatchMigrations,
  migrationTests,
  singleHead,
  upAndDown,
  upgradeFromBase,
} from '../../src/testing/index.ts';
import { rejection, table, type TestRevision } from '../runner/project.ts';
import { good, onProject } from './tested-project.ts';

const checks = { singleHead, upgradeFromBase, entitiesMatchMigrations, upAndDown };

/** What each check says of a project: undefined where it is content. */
async function verdicts(project: Parameters<typeof singleHead>[0]): Promise<Record<string, Error | undefined>> {
  const found: Record<string, Error | undefined> = {};
  for (const [name, check] of Object.entries(checks)) {
    found[name] = await check(project).then(
      () => undefined,
      (error: Error) => error,
    );
  }
  return found;
}

const content = {
  singleHead: undefined,
  upgradeFromBase: undefined,
  entitiesMatchMigrations: undefined,
  upAndDown: undefined,
};

describe('a project without a fault', () => {
  test(
    'passes all checks, and its own database is not touched',
    onProject(good, async project => expect(await verdicts(project)).toEqual(content)),
  );

  test(
    'may branch, merge and depend, with non-transactional revisions in between',
    onProject(
      [
        ...good,
        { ...table('x1'), down: null, labels: ['side'], dependsOn: ['a1'] },
        { ...table('x2'), transactional: false },
        { ...table('c1'), down: 'b1' },
        { ...table('d1'), down: 'b1' },
        { id: 'm1', down: ['c1', 'd1', 'x2'] },
        { id: 'm2', down: ['m1', 'b1'] },
        table('e1'),
      ],
      async project => expect(await verdicts(project)).toEqual(content),
    ),
  );
});

describe('a project with', () => {
  test(
    'two heads is told which',
    onProject([...good, { id: 'b2', down: 'a1' }], async project => {
      const { singleHead: error, ...others } = await verdicts(project);
      expect(error).toMatchObject({ name: 'NotOneHeadError', heads: ['b1', 'b2'] });
      expect(error?.message).toContain('has 2 heads (b1, b2)');
      expect(others).toEqual({ upgradeFromBase: undefined, entitiesMatchMigrations: undefined, upAndDown: undefined });
    }),
  );

  test(
    'no revisions where they are looked for is told so',
    onProject([], async project => {
      expect(await rejection(singleHead(project))).toMatchObject({ name: 'NoRevisionFileError' });
    }),
  );

  test(
    'an upgrade that fails is told which, and where',
    onProject([...good, { id: 'c1', upgrade: `await op.execute('ALTER TABLE tiket ADD n int');` }], async project => {
      const { singleHead: head, ...failures } = await verdicts(project);
      expect(head).toBeUndefined();
      for (const error of Object.values(failures)) {
        expect(error).toMatchObject({
          name: 'RevisionFailedError',
          revision: 'c1',
          statement: expect.stringContaining('tiket'),
        });
      }
    }),
  );

  test(
    'entities that have more is shown what is missing, as code',
    onProject(good.slice(0, 1), async project => {
      const { entitiesMatchMigrations: error, ...others } = await verdicts(project);
      expect(others).toEqual({ singleHead: undefined, upgradeFromBase: undefined, upAndDown: undefined });
      expect(error).toMatchObject({ name: 'EntitiesDifferError', operations: [{ op: 'addColumn', table: 'ticket' }] });
      expect(error?.message).toContain(
        `await op.addColumn({ table: 'ticket', column: { name: 'title', type: 'character varying', nullable: true } });`,
      );
    }),
  );

  const changed = (revision: Partial<TestRevision>) =>
    good.map(each => (each.id === 'a1' ? { ...each, ...revision } : each));

  test(
    'a downgrade that leaves a trace is shown which',
    onProject(changed({ downgrade: `await op.dropTable({ name: 'ticket' });` }), async project => {
      const { upAndDown: error, ...others } = await verdicts(project);
      expect(others).toEqual({ singleHead: undefined, upgradeFromBase: undefined, entitiesMatchMigrations: undefined });
      expect(error).toMatchObject({ name: 'TraceLeftError', revision: 'a1', direction: 'downgrade' });
      expect(error?.message).toMatch(
        /^The downgrade of a1 .* it lacks:\n\nawait op\.dropEnum\(\{ name: 'level' \}\);\n$/,
      );
    }),
  );

  test(
    'a downgrade that takes too much is shown what',
    onProject(
      [...good, { id: 'c1', downgrade: `await op.dropColumn({ table: 'ticket', name: 'title' });` }],
      async project => {
        const error = await rejection(upAndDown(project));
        expect(error).toMatchObject({ revision: 'c1', operations: [{ op: 'addColumn' }] });
      },
    ),
  );

  test(
    'a downgrade that leaves what no operation knows of is told of it all the same',
    onProject(
      [
        ...good,
        {
          id: 'c1',
          upgrade: `await op.execute(\`
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
            CREATE TRIGGER t AFTER INSERT ON ticket EXECUTE FUNCTION f();
            CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
            CREATE DOMAIN positive AS int CHECK (VALUE > 0);
            CREATE TYPE pair AS (a int, b int);
            CREATE POLICY p ON ticket;
            ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;\`);`,
        },
      ],
      async project =>
        expect((await rejection(upAndDown(project))).others).toEqual([
          'function f() is left',
          'function total(integer) is left',
          'policy p on public.ticket is left',
          'row security of ticket is left',
          'trigger t on ticket is left',
          'type pair is left',
          'type positive is left',
        ]),
    ),
  );

  test(
    'a second upgrade that makes something else is told',
    onProject(
      [
        {
          id: 'a0',
          upgrade: `await op.execute('CREATE SEQUENCE runs');`,
          downgrade: `await op.execute('DROP SEQUENCE runs');`,
        },
        {
          id: 'c1',
          upgrade: `const [{ run }] = await op.query("SELECT nextval('runs') AS run");
            await op.execute('CREATE TABLE made_by_' + run + ' (id int)');`,
          downgrade: `await op.execute('DROP TABLE made_by_1');`,
        },
      ],
      async project => {
        const error = await rejection(upAndDown(project));
        expect(error).toMatchObject({ name: 'TraceLeftError', revision: 'c1', direction: 'upgrade' });
        expect(error.message).toContain(`await op.dropTable({ name: 'made_by_2' });`);
      },
    ),
  );
});

describe('a revision without a way back', () => {
  const irreversible = [...good, { id: 'c1', downgrade: `throw new Error('there is no way back');` }, table('ticket2')];

  test(
    'is told, with what to say where that is meant',
    onProject(irreversible, async project => {
      const error = await rejection(upAndDown(project));
      expect(error).toMatchObject({ name: 'NoWayBackError', revision: 'c1' });
      expect(error.message).toContain(
        "there is no way back; it was rolled back; correct its downgrade, or, where there is no way back, say `minimumDowngradeRevision: 'c1'`.",
      );
    }),
  );

  test(
    'is not taken down where the project says so, nor is anything below it',
    onProject(irreversible, async project => {
      await upAndDown({ ...project, minimumDowngradeRevision: 'c1' });
      await expect(upAndDown({ ...project, minimumDowngradeRevision: 'b1' })).rejects.toThrow('no way back');
    }),
  );
});

test(
  'a revision that needs rows there are not can be skipped',
  onProject(
    [...good, { id: 'c1', upgrade: `throw new Error('no rows');`, downgrade: `throw new Error('no rows');` }],
    async project => {
      await expect(upgradeFromBase(project)).rejects.toThrow('no rows');
      expect(await verdicts({ ...project, skipRevisions: ['c1'] })).toEqual(content);
    },
  ),
);

test(
  'what -x gives is there for revisions and for processRevisionDirectives',
  onProject(
    [
      ...good,
      { id: 'c1', upgrade: `if (op.context.x.tenant !== 'a') throw new Error('no tenant');` },
      { id: 'd1', upgrade: `await op.execute('ALTER TABLE ticket DROP title');` },
    ],
    async project => {
      const given: string[] = [];
      const config: MigrationsConfig = {
        ...project.config,
        processRevisionDirectives: (_draft, { x }) => {
          given.push(x['tenant']!);
          return [];
        },
      };
      await expect(upgradeFromBase(project)).rejects.toThrow('no tenant');
      const { upAndDown: trace, ...others } = await verdicts({ ...project, config, x: { tenant: 'a' } });
      expect(others).toEqual({ singleHead: undefined, upgradeFromBase: undefined, entitiesMatchMigrations: undefined });
      expect(trace).toMatchObject({ name: 'TraceLeftError', revision: 'd1' });
      expect(given).toEqual(['a']);
    },
  ),
);

test(
  'what a database gets from somebody else can be prepared, and the schema of the version table is made',
  onProject(
    [
      ...good,
      {
        id: 'c1',
        upgrade: `await op.execute('GRANT SELECT ON ticket TO pg_monitor; ALTER TABLE ticket SET SCHEMA app; ALTER TABLE app.ticket SET SCHEMA public;');`,
      },
    ],
    async project => {
      const prepared = { ...project, config: { ...project.config, versionTableSchema: 'migrating' } };
      await expect(upgradeFromBase(prepared)).rejects.toThrow('"app"');
      await upgradeFromBase({ ...prepared, prepare: query => query('CREATE SCHEMA app') });
    },
  ),
);

test(
  'all checks but the excluded ones are registered with whatever registers tests',
  onProject(good, async project => {
    const registered: { name: string; run: () => Promise<void>; timeout?: number | undefined }[] = [];
    migrationTests({
      ...project,
      exclude: ['upAndDown'],
      test: (name, run, timeout) => registered.push({ name, run, timeout }),
    });
    expect(registered.map(({ name, timeout }) => [name, timeout])).toEqual([
      ['migrations have a single head', 120_000],
      ['migrations run on an empty database', 120_000],
      ['migrations make what the entities declare', 120_000],
    ]);
    for (const { run } of registered) await run();
  }),
);
