import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { testRun } from './test-run.ts';

/** Whether this run has a `pg_dump` that understands its server. */
export function hasPgDump(): boolean {
  return testRun().pgDump !== undefined;
}

/** What `pg_dump --schema-only` prints of the database, without ownership, comment lines and the settings on top. */
export async function pgDump(url: string): Promise<string> {
  const { pgDump: program } = testRun();
  if (!program) throw new Error('No pg_dump on this machine understands the test server; use catalogFingerprint.');
  const args = ['--schema-only', '--no-owner', url];
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 256 * 1024 * 1024 });
  return normalised(stdout);
}

/** `\restrict` carries a random key; comment lines carry versions. Settings that concern objects are kept. */
const noise =
  /^(--|-- (Name|Dumped|PostgreSQL database dump|Data for).*|SET (?!default_)\w+ = .*;|SELECT pg_catalog\.set_config\(.*;|\\(un)?restrict .*)$/;

function normalised(dump: string): string {
  const lines = dump.split('\n').filter(line => !noise.test(line));
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
