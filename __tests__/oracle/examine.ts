import { randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { BlockedChangeError } from 'typeorm-alembic';
import { withClient } from '../support/templates.ts';
import { testRun } from '../support/test-run.ts';
import { announcesFailure, announcesRefusal } from './announced.ts';
import { query, withDatabases, type Databases } from './databases.ts';
import { differenceOf, restore, structureOf, withoutObjects, type Dump } from './dump.ts';
import type { EntitySet } from './entity-set.ts';
import { rowsOf, silentLosses, silentLossesOfBoth, type Rows } from './kept-rows.ts';
import { blocks, dropOf, mayBlock, remainderOf, sqlOf, standsIn } from './others.ts';
import { renamesOf, type Pair } from './pair.ts';
import { entitiesOf, synchronize, withProject, type Entities, type Project } from './project.ts';
import { fillRows } from './rows.ts';

/** What became of a pair. */
export type Outcome =
  | { readonly kind: 'passed'; readonly notes: readonly string[] }
  /** TypeORM's own `synchronize()` fails on one of the sets. */
  | { readonly kind: 'typeorm'; readonly detail: string }
  | { readonly kind: 'failed'; readonly law: string; readonly detail: string };

class Broken extends Error {
  readonly law: string;
  constructor(law: string, detail: string) {
    super(detail);
    this.law = law;
  }
}

/** Thrown where TypeORM cannot make one of the sets itself. */
class Unsynchronized extends Error {}

/** Takes a pair from the first set to the second and back, on databases of its own. */
export async function examine(pair: Pair): Promise<Outcome> {
  const directory = path.join(testRun().directory, `oracle-${randomBytes(6).toString('hex')}`);
  try {
    const notes = await withDatabases(databases =>
      withProject(directory, async project => new Examination(pair, databases, project).run()),
    );
    return { kind: 'passed', notes };
  } catch (error) {
    if (error instanceof Unsynchronized) return { kind: 'typeorm', detail: error.message };
    if (error instanceof Broken) return { kind: 'failed', law: error.law, detail: error.message };
    return { kind: 'failed', law: 'no step fails', detail: describe(error) };
  }
}

class Examination {
  readonly #pair: Pair;
  readonly #databases: Databases;
  readonly #project: Project;
  readonly #before: Entities;
  readonly #after: Entities;
  readonly #notes: string[] = [];

  constructor(pair: Pair, databases: Databases, project: Project) {
    this.#pair = pair;
    this.#databases = databases;
    this.#project = project;
    this.#before = entitiesOf(pair.before);
    this.#after = entitiesOf(pair.after);
  }

  async run(): Promise<readonly string[]> {
    const { before, after } = this.#pair;
    const [url, fresh, empty] = await Promise.all([
      this.#databases.create(),
      this.#databases.create(),
      this.#databases.create(),
    ]);
    await synchronized(url, before, this.#before);
    await synchronized(fresh, after, this.#after);
    await this.#makeFirst(url, empty);
    await withClient(url, fillRows);
    await query(url, sqlOf(this.#pair.others, before));
    const start = await structureOf(url);
    const rows = await withClient(url, rowsOf);
    await step('unchanged entities differ in nothing', async () => {
      const source = await this.#project.write(url, this.#before, '0009');
      if (source !== undefined) throw new Broken('unchanged entities differ in nothing', source);
    });
    const { source, others, beginning } = await this.#writeSecond(url, start);
    if (source === undefined) return this.#nothingToDo(url, fresh);
    const isEmptied = await this.#migrate(url, source, 'upgrade');
    if (!isEmptied)
      await this.#kept('rows are kept, or their loss is announced', url, source, end =>
        silentLosses(this.#pair, rows, end, source),
      );
    await query(
      fresh,
      sqlOf(
        others.filter(other => standsIn(other, after)),
        after,
      ),
    );
    await sameStructure('the upgrade gives what synchronize() gives', url, await structureOf(fresh), source);
    await this.#nothingLeft('nothing is left to do', url, source);
    await this.#restored(url, source);
    const inTheWay = announcesRefusal(source) ? others.filter(other => mayBlock(other, before)) : [];
    if (inTheWay.length > 0) {
      this.#notes.push('downgrade refused as announced');
      await this.#refused(url, source);
      await query(url, inTheWay.map(other => dropOf(other, after)).join(';\n'));
    }
    const isEmptiedAfter = await this.#migrate(url, source, 'downgrade');
    if (!isEmptied && !isEmptiedAfter)
      await this.#kept('rows are there again after the downgrade', url, source, back =>
        silentLossesOfBoth(this.#pair, rows, back, source),
      );
    const former = withoutObjects(
      beginning,
      inTheWay.map(({ name }) => name),
    );
    await sameStructure('the downgrade gives the former structure', url, former, source);
    return this.#notes;
  }

  /** The first revision, made for an empty database: it gives what `synchronize()` gave the other. */
  async #makeFirst(url: string, empty: string): Promise<void> {
    const source = await this.#project.write(empty, this.#before, '0001');
    await (await this.#project.runner(url, this.#before)).stamp('heads');
    if (!this.#pair.runsFirst) return;
    await step('the first revision runs', async () => (await this.#project.runner(empty, this.#before)).upgrade());
    await sameStructure(
      'the first revision gives what synchronize() gives',
      empty,
      await structureOf(url),
      source ?? '',
    );
  }

  /** The second revision. Where PostgreSQL would refuse it because of what others made, that goes first. */
  async #writeSecond(url: string, start: Dump) {
    const { others, before, after } = this.#pair;
    const write = () => this.#project.write(url, this.#after, '0002', renamesOf(this.#pair));
    const drafted = await write().then(
      source => ({ source, error: undefined }),
      (error: unknown) => ({ source: '', error }),
    );
    const mustRefuse = others.some(other => blocks(other, after));
    const inTheWay = others.filter(other => mayBlock(other, after));
    if (drafted.error === undefined) {
      if (mustRefuse) throw new Broken('what PostgreSQL would refuse is refused', drafted.source ?? '');
      return { source: drafted.source, others, beginning: start };
    }
    if (!(drafted.error instanceof BlockedChangeError) || inTheWay.length === 0)
      throw new Broken('autogenerate drafts a revision', describe(drafted.error));
    this.#notes.push('refused');
    await query(url, inTheWay.map(other => dropOf(other, before)).join(';\n'));
    const left = others.flatMap(other => (inTheWay.includes(other) ? remainderOf(other) : [other]));
    const source = await step('autogenerate drafts a revision', write);
    return { source, others: left, beginning: await structureOf(url) };
  }

  async #nothingToDo(url: string, fresh: string): Promise<readonly string[]> {
    await query(fresh, sqlOf(this.#pair.others, this.#pair.after));
    await sameStructure('where nothing is to do, nothing differs', url, await structureOf(fresh), '');
    return [...this.#notes, 'nothing to do'];
  }

  /** Runs one direction; where it fails on the rows as announced, once more without rows. */
  async #migrate(url: string, source: string, direction: 'upgrade' | 'downgrade'): Promise<boolean> {
    const runner = await this.#project.runner(url, this.#after);
    const run = () => (direction === 'upgrade' ? runner.upgrade() : runner.downgrade('-1'));
    try {
      await run();
      return false;
    } catch (error) {
      if (!announcesFailure(source, direction))
        throw new Broken(`the ${direction} runs`, `${describe(error)}\n${source}`);
      this.#notes.push(`${direction} failed on rows as announced`);
      await withClient(url, emptyTables);
      await step(`the ${direction} runs without rows`, run, source);
      return true;
    }
  }

  async #kept(law: string, url: string, source: string, lossesIn: (rows: Rows) => readonly string[]): Promise<void> {
    const losses = lossesIn(await withClient(url, rowsOf));
    if (losses.length > 0) throw new Broken(law, `${losses.join('\n')}\n${source}`);
  }

  async #refused(url: string, source: string): Promise<void> {
    const runner = await this.#project.runner(url, this.#after);
    const ran = await runner.downgrade('-1').then(
      () => true,
      () => false,
    );
    if (ran) throw new Broken('a downgrade that is said to be refused is refused', source);
  }

  async #nothingLeft(law: string, url: string, source: string): Promise<void> {
    const reader = await this.#project.reader(url, this.#after);
    const { operations } = await step(law, () => reader.check());
    if (operations.length > 0) throw new Broken(law, `${JSON.stringify(operations, null, 1)}\n${source}`);
  }

  async #restored(url: string, source: string): Promise<void> {
    const copy = await this.#databases.createEmpty();
    await restore(url, copy);
    await this.#nothingLeft('a restored dump differs in nothing', copy, source);
  }
}

/** Makes a set's schemas, which TypeORM expects to be there, and then the set. */
async function synchronized(url: string, set: EntitySet, entities: Entities): Promise<void> {
  const schemas = new Set([set.home ?? [], ...[...set.tables, ...set.views].map(({ schema }) => schema ?? [])].flat());
  await query(url, [...schemas].map(name => `CREATE SCHEMA "${name}"`).join(';'));
  await synchronize(url, entities).catch((error: unknown) => {
    throw new Unsynchronized(describe(error));
  });
}

async function step<Result>(law: string, work: () => Promise<Result>, source = ''): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Broken) throw error;
    throw new Broken(law, `${describe(error)}\n${source}`);
  }
}

async function sameStructure(law: string, url: string, wanted: Dump, source: string): Promise<void> {
  const difference = differenceOf(await structureOf(url), wanted);
  if (difference !== '') throw new Broken(law, `${difference}\n${source}`);
}

/** TRUNCATE of everything but the version table. */
async function emptyTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename !~ '^(alembic_version|typeorm_metadata)'`,
  );
  if (rows.length > 0) await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')} CASCADE`);
}

const describe = (error: unknown): string =>
  error instanceof Error
    ? `${error.name}: ${error.message}${error.cause === undefined ? '' : `\n  because ${describe(error.cause)}`}${
        error instanceof pg.DatabaseError ? ` ${error.detail ?? ''}` : ''
      }`
    : String(error);
