import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { ormconfig, withProject } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

interface Version {
  readonly labels: readonly string[];
  readonly check?: string;
  readonly directives?: string;
}

const configOf = (url: string, { labels, check, directives }: Version) =>
  ormconfig(
    url,
    `entities.push(new EntitySchema({ name: 'ticket', tableName: 'ticket', columns: {
       id: { type: 'int', primary: true, primaryKeyConstraintName: 'ticket_pkey' },
       state: { type: 'enum', enum: ${JSON.stringify(labels)}, enumName: 'state' },
     }, checks: ${check === undefined ? '[]' : `[{ name: 'allowed', expression: "${check}" }]`} }));
     ${directives === undefined ? '' : `migrations = { processRevisionDirectives: ${directives} };`}`,
  )['ormconfig.mjs']!;

const [few, more] = [{ labels: ['open'] }, { labels: ['open', 'done'], check: "state <> 'done'" }];
const reason = 'PostgreSQL lets an enum value that addEnumValue adds be used only after a commit';
const warning = (direction: string) =>
  `Warning: The ${direction} is not one transaction: ${reason}. It commits statement by statement: if it fails, ` +
  `what is done stays, and the next \`${direction}\` resumes there.\n`;

const changes: readonly (readonly [string, Version, Version, string, transactional: string | undefined])[] = [
  ['the upgrade uses a label that it adds', few, more, warning('upgrade'), `'downgrade'`],
  ['the downgrade does', more, few, warning('downgrade'), `'upgrade'`],
  ['neither does', few, { labels: more.labels }, '', undefined],
  [
    'the project itself has decided',
    few,
    { ...more, directives: 'script => ({ ...script, transactional: false })' },
    '',
    'false',
  ],
];

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

test.each(shareOfToday(changes))(
  'where %s, the command and the file say so',
  (_, before, after, warned, transactional) =>
    withDatabase(database =>
      withProject(
        { 'ormconfig.mjs': configOf(database.url, before), 'next.mjs': configOf(database.url, after) },
        async ({ run, directory }) => {
          await run('revision', '--autogenerate', '-m', 'first', '--rev-id', 'aa11');
          expect((await run('upgrade')).exitCode).toBe(0);
          const argv = ['revision', '--autogenerate', '-m', 'second', '--rev-id', 'bb22', '--config', 'next.mjs'];
          expect((await run(...argv, '--dry-run', '--quiet')).stderr).toBe(warned);
          const { exitCode, stdout, stderr } = await run(...argv);
          expect(exitCode).toBe(0);
          expect(stderr.replace(/^Detected .*\n/gm, '')).toMatch(new RegExp(`^${escaped(warned)}Review what`));
          const source = readFileSync(join(directory, stdout.trim()), 'utf8');
          expect(/export const transactional = (.*);/.exec(source)?.[1]).toBe(transactional);
          const comments = source.split('\n').flatMap(line => /^\/\/ (.*)/.exec(line)?.[1] ?? []);
          expect(comments.join(' ')).toBe(warned.replace(/^Warning: |\n$/g, ''));
          // PostgreSQL is content with what the file says of itself.
          const options = ['--config', 'next.mjs'];
          expect((await run('upgrade', ...options)).exitCode).toBe(0);
          expect((await run('downgrade', '-1', ...options)).exitCode).toBe(0);
        },
      ),
    ),
);
