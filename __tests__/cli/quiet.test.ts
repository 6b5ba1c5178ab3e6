import { expect, test } from '@jest/globals';
import { commands } from '../../src/cli/commands.ts';
import { withDatabase } from '../support/index.ts';
import { type Files, ormconfig, revision, withProject } from './project.ts';

const nothing = /^$/;
const path = /^migrations\/\w+\.mjs\n$/;

/** Command lines in the order of a project's life, and all that each prints with `-q`. */
const life: readonly (readonly [line: string, stdout: RegExp, exitCode?: number])[] = [
  ['init', /^kept {5}ormconfig\.mjs\n$/],
  ['ensure-version', nothing],
  ['upgrade heads --dry-run', /^Would run upgrade -> aa11, one\n {2}CREATE TABLE t_aa11 [^]*t_dd44[^]*;[^\n]*\n$/],
  ['upgrade heads', nothing],
  ['upgrade heads --dry-run', nothing],
  ['check', nothing],
  ['downgrade aa11', nothing],
  ['stamp aa11', nothing],
  ['current', /^aa11\n$/],
  ['current --check-heads', /^aa11\n$/, 2],
  ['heads', /^cc33 \(head\)\ndd44 \(head\)\n$/],
  ['branches', /^bb22 \(branchpoint\)\n +-> cc33 \(head\)\n +-> dd44 \(head\)\n\n$/],
  ['history', /^bb22 -> cc33 .*\nbb22 -> dd44 .*\naa11 -> bb22 .*\n<base> -> aa11, one\n$/],
  ['history -r dd44:dd44', /^bb22 -> dd44 \(head\), four\n$/],
  ['show aa11', /^Rev: aa11\n[^]*Revision ID: aa11\n\n$/],
  ['edit aa11', /^migrations\/aa11\.mjs\n$/],
  ['adopt --dry-run', nothing, 1],
  ['check', nothing, 2],
  ['merge heads', path],
  ['upgrade', nothing],
  ['revision -m more', path],
  ['upgrade', nothing],
  ['revision --autogenerate', nothing],
  ['check', nothing],
  ['upgrade --sql', /^-- [^]*\n$/],
  ['doctor', /^(?:(?:ok|!!|--) .*\n)+$/],
  ['downgrade base', nothing],
  ['current', nothing],
  ['stamp frobnicate', nothing, 1],
];

const files: Files = {
  ...revision('aa11', 'one'),
  ...revision('bb22', 'two', { down: 'aa11' }),
  ...revision('cc33', 'three', { down: 'bb22' }),
  ...revision('dd44', 'four', { down: 'bb22' }),
};

test('with -q, standard output holds results only, and standard error warnings and errors, of every command', () =>
  withDatabase(database =>
    withProject(
      { ...ormconfig(database.url, 'migrations = { allowNoEntities: true };'), ...files },
      async ({ run }) => {
        for (const [line, stdout, exitCode = 0] of life) {
          const ran = await run(...line.split(' '), '-q');
          expect([line, ran.stdout, ran.stderr]).toEqual([
            line,
            expect.stringMatching(stdout),
            expect.stringMatching(/^(?:(?:Warning|Error): .*\n)*$/),
          ]);
          if (line !== 'doctor') expect([line, ran.exitCode]).toEqual([line, exitCode]);
        }
        const named = new Set(life.map(([line]) => line.split(' ')[0]));
        expect(commands.filter(({ name }) => !named.has(name))).toEqual([]);
      },
      { environment: { EDITOR: 'true' } },
    ),
  ));
