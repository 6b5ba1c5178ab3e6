import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { emptying, sealOf } from './seal.ts';
import { templateDatabase, type TemplateName, urlOf, withClient } from './templates.ts';
import { testRun } from './test-run.ts';

/**
 * Empty databases, lent to one test after another: one is emptied in a tenth of the time that it takes to make one and drop
 * it. Only those come back that are as their template was, by {@link sealOf}; the others are dropped.
 */
export async function takeDatabase(template: TemplateName): Promise<string> {
  const idle = template === 'plain' ? claimIdle() : undefined;
  if (idle !== undefined) return idle;
  const { url, prefix } = testRun();
  const name = `${prefix}${randomBytes(6).toString('hex')}`;
  await withClient(url, admin => cloneDatabase(admin, templateDatabase(prefix, template), name));
  return name;
}

/**
 * Ends what is still connected, and keeps the database for the next test or drops it.
 * @param session one of the test's that is at rest; another one is opened where there is none, and costs as much as the emptying
 */
export async function giveBack(name: string, template: TemplateName, session?: pg.Client): Promise<void> {
  const uses = (usesOf.get(name) ?? 0) + 1;
  usesOf.delete(name);
  const isKept = template === 'plain' && uses < MOST_USES && (await emptied(name, session));
  await session?.end().catch(() => {});
  if (isKept) writeFileSync(fileOf(name), String(uses));
  else await withClient(testRun().url, admin => dropDatabase(admin, name));
}

/** The catalog of a database that was used often is full of dead rows. */
const MOST_USES = 30;

/** How often the databases that this process has lent were used before. */
const usesOf = new Map<string, number>();

const IDLE = 'idle-database-';
const fileOf = (name: string): string => path.join(testRun().directory, `${IDLE}${name}`);

/** Several processes look for one at once: it is theirs whose removal of the file succeeds. */
function claimIdle(): string | undefined {
  for (const file of readdirSync(testRun().directory).filter(each => each.startsWith(IDLE))) {
    const name = file.slice(IDLE.length);
    try {
      const uses = Number(readFileSync(fileOf(name), 'utf8'));
      rmSync(fileOf(name));
      usesOf.set(name, uses);
      return name;
    } catch {
      // Another process was quicker.
    }
  }
  return undefined;
}

async function emptied(name: string, session?: pg.Client): Promise<boolean> {
  try {
    if (session && (await isFresh(session))) return await empty(session);
    return await withClient(urlOf(testRun().url, name), empty);
  } catch {
    return false;
  }
}

/** Makes a session what it was when it began, unless it has ended. */
async function isFresh(session: pg.Client): Promise<boolean> {
  try {
    await session.query('ROLLBACK');
    await session.query('DISCARD ALL');
    return true;
  } catch {
    return false;
  }
}

async function empty(client: pg.Client): Promise<boolean> {
  await client.query(ending);
  await client.query(emptying);
  return (await sealOf(client)) === testRun().seal;
}

const ending = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

/** As a copy of the template's files: faster than by the log, which is how PostgreSQL 15 and newer do it unless asked. */
async function cloneDatabase(admin: pg.Client, template: string, name: string): Promise<void> {
  const strategy = testRun().serverMajor < 15 ? '' : 'STRATEGY FILE_COPY';
  await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}" ${strategy}`);
}

/** Connections are ended first, without `WITH (FORCE)`, which PostgreSQL 12 does not know. */
async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  await admin.query(`DROP DATABASE IF EXISTS "${name}"`);
}
