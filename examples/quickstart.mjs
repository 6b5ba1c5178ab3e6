// The main job from end to end, by the commands a user would type: entities → revision → database, and back and forth.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

const root = resolve(import.meta.dirname, '..');
const embedded = process.env['DATABASE_URL'] === undefined;
const data = join(root, '.quickstart');
const migrations = join(root, 'migrations');

const heading = text => console.log(`\n— ${text}`);

/** Runs a command of the library at the root of the project; anything but success ends the quickstart. */
function run(...args) {
  console.log(`\n$ npx typeorm-alembic ${args.map(arg => (/[\s"]/.test(arg) ? JSON.stringify(arg) : arg)).join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
}

function revisions() {
  mkdirSync(migrations, { recursive: true });
  return readdirSync(migrations).filter(name => name.endsWith('.ts'));
}

/** What an earlier run left: its database goes, or is taken back to its base; its revisions are kept aside. */
function startOver() {
  const earlier = revisions();
  if (embedded) rmSync(join(data, 'pgdata'), { recursive: true, force: true });
  else if (earlier.length > 0) run('downgrade', 'base');
  if (earlier.length === 0) return;
  const aside = join(data, 'earlier-revisions');
  mkdirSync(aside, { recursive: true });
  for (const name of earlier) renameSync(join(migrations, name), join(aside, name));
}

console.log(
  `The main job on ${embedded ? 'the embedded database (PGlite), in .quickstart/' : 'the server of DATABASE_URL'}.`,
);
startOver();

heading('Compare the entities with the database, and write what differs into a revision.');
run('revision', '--autogenerate', '--message', 'create the support system', '--quiet');
const [file] = revisions();

heading(`What was written for review: migrations/${file}`);
console.log(readFileSync(join(migrations, file), 'utf8'));

heading('Apply it, and prove that nothing is left to generate.');
run('upgrade');
run('check');

heading('All the way back, and forth again.');
run('downgrade', 'base');
run('upgrade');
run('check');
run('current', '--verbose');

heading('Yours to play with:');
console.log(`  npx typeorm-alembic history
  npx typeorm-alembic check
  npx typeorm-alembic downgrade -1
  npm run autogenerate -- -m "what you changed in entities/"
`);
