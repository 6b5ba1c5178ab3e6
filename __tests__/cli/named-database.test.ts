import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { describeDatabase } from '../../src/database/connection-target.ts';
import { pgliteDriver } from '../../src/pglite/index.ts';
import { withDatabase } from '../support/index.ts';
import { ormconfig, revision, using, withProject } from './project.ts';

/** Commands in an order in which each succeeds, and whether they say which database they use: always, or with --verbose. */
const commands: readonly (readonly [line: string, says: 'always' | 'verbose' | 'never'])[] = [
  ['ensure-version', 'always'],
  ['ensure-version --sql', 'never'],
  ['upgrade --dry-run', 'always'],
  ['upgrade --sql', 'never'],
  ['upgrade', 'always'],
  ['upgrade', 'always'],
  ['check', 'verbose'],
  ['revision --autogenerate --dry-run', 'verbose'],
  ['current', 'verbose'],
  ['current --check-heads', 'verbose'],
  ['heads', 'never'],
  ['history', 'never'],
  ['downgrade base', 'always'],
  ['downgrade --sql heads:base', 'never'],
  ['stamp heads', 'always'],
  ['stamp --sql base:heads', 'never'],
];

test('a command that changes a database names it once, on standard error, without the password', () =>
  withDatabase(database => {
    const url = new URL(database.url);
    url.password ||= 'Gehe1m';
    const files = {
      ...ormconfig(url.href, 'migrations = { allowNoEntities: true };'),
      ...revision('aa11', 'one', { upgrade: '', downgrade: '' }),
    };
    return withProject(files, async ({ run }) => {
      for (const [line, says] of commands) {
        const count = (text: string) => text.split(using(database.url)).length - 1;
        const runWith = async (...flags: readonly string[]) => {
          const { exitCode, stdout, stderr } = await run(...line.split(' '), ...flags);
          expect([line, flags, stdout + stderr]).not.toEqual([line, flags, expect.stringContaining(url.password)]);
          return { exitCode, stdout: count(stdout), said: count(stderr), json: stdout };
        };
        const [plain, verbose, quiet, json] = [
          await runWith(),
          await runWith('--verbose'),
          await runWith('--quiet'),
          await runWith('--json'),
        ];
        const all = [plain, verbose, quiet, json];
        expect([line, ...all.map(each => each.exitCode)]).toEqual([line, 0, 0, 0, 0]);
        expect([line, ...all.map(each => each.stdout)]).toEqual([line, 0, 0, 0, 0]);
        const always = says === 'always' ? 1 : 0;
        expect([line, ...all.map(each => each.said)]).toEqual([line, always, says === 'never' ? 0 : 1, 0, always]);
        expect(() => JSON.parse(json.json)).not.toThrow();
      }
    });
  }));

describe('a database is described', () => {
  test.each([
    [{ url: 'postgres://me:word@db.example/app' }, 'database "app" at db.example:5432 as user "me"'],
    [{ host: 'h', database: 'd', username: 'u', password: 'word' }, 'database "d" at h:5432 as user "u"'],
    [{ url: 'postgres://me@db/app', schema: 'tenant' }, 'database "app" at db:5432 as user "me", schema "tenant"'],
    [{ driver: pgliteDriver({ dataDir: '/data/x' }) }, 'the PGlite database in /data/x'],
    [{ driver: pgliteDriver() }, 'a PGlite database in memory'],
    [{ driver: pgliteDriver(new Promise<never>(() => {})) }, 'a PGlite database'],
  ])('%#: %j', (options, said) => {
    const { options: kept } = new DataSource({ type: 'postgres', ...options });
    expect(describeDatabase(kept, {})).toBe(said);
  });
});
