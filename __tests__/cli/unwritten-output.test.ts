import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { ensureBuilt } from '../support/index.ts';
import { ormconfig, revision, withProject } from './project.ts';

let cli: string;

beforeAll(async () => {
  cli = join(await ensureBuilt(), 'cli.js');
}, 120_000);

const commands = [
  'upgrade head --sql',
  'stamp head --sql',
  'ensure-version --sql',
  'history',
  'heads --json',
  'revision -m x --dry-run',
  '--help',
];

/** `/dev/full` refuses every write, as a full disk does. */
const full = existsSync('/dev/full') ? '/dev/full' : '/nonexistent';

test('a result that cannot be written is a failure with a sentence, and a pipe that is closed is none', () =>
  withProject({ ...ormconfig(), ...revision('aa11', 'one') }, async ({ directory }) => {
    const run = (command: string, target: string) =>
      spawnSync('sh', ['-c', `"$NODE" "$CLI" ${command} ${target}`], {
        cwd: directory,
        env: { ...process.env, NODE: process.execPath, CLI: cli },
        encoding: 'utf8',
      });
    for (const command of commands) {
      const { status, stderr } = run(command, `> ${full}`);
      expect({ command, status }).toEqual({ command, status: 1 });
      expect(stderr).toMatch(/^Error: The result could not be written to standard output \(.*ENOSPC.*\), so .*\.$/m);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    expect(run('history', '2> /dev/full').status).toBe(0);
    expect(run('history', '| true')).toMatchObject({ status: 0, stderr: '' });
  }));
