import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRunner, silent, type Renames } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, testRun, withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import {
  dropOthersViews,
  entitiesOf,
  handMade,
  inventoryQuery,
  NAMINGS,
  type Naming,
  type State,
} from './awkward-project.ts';

const imports = `import { Check, Column, Entity, Exclusion, Index, JoinColumn, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn,
  Unique, ViewColumn, ViewEntity, type Relation } from 'typeorm';\n`;

const first = ({ relation, part }: Naming): State => ({
  table: { name: relation('ticket') },
  kept: part('kept'),
  code: part('code'),
  hasParts: true,
  hasTicket: true,
  hasExtra: true,
});

const renamed = ({ relation, part }: Naming): Pick<State, 'table' | 'kept' | 'code'> => ({
  table: { schema: 'archive', name: relation('moved') },
  kept: part('kept2'),
  code: part('code2'),
});

/** As `renames` has names: quoted where they hold a dot or a double quote. */
const written = (name: string): string => (/[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

function renamesOf(naming: Naming): Renames {
  const [from, to] = [first(naming), renamed(naming)];
  const table = written(from.table.name);
  return {
    tables: { [table]: `archive.${written(to.table.name)}` },
    columns: {
      [`${table}.${written(from.kept)}`]: written(to.kept),
      [`${written(naming.relation('parent'))}.${written(from.code)}`]: written(to.code),
    },
  };
}

/** What the project's entities declare, one by one. */
const declaredParts = ({ relation, part, enum: type }: Naming) => ({
  parts: [
    ['column', part('other')],
    ['column', part('state')],
    ['column', part('parent_id')],
    ['index', part('index')],
    ['index', part('matview_index')],
    ['constraint u', part('unique')],
    ['constraint c', part('check')],
    ['constraint x', part('exclusion')],
    ['constraint f', part('fk')],
    ['enum', type('enum')],
  ],
  ticket: [
    ['view', relation('view')],
    ['matview', relation('matview')],
  ],
  extra: [
    ['column', 'extra'],
    ['index', part('event_index')],
    ['constraint u', part('event_unique')],
  ],
});

interface Item {
  readonly sort: string;
  readonly name: string;
}

const line = ({ sort, name }: Item): string => `${sort} ${name}`;
const isOthers = ({ name }: Item): boolean => /dba/i.test(name);

/** What of somebody else's stands on nothing of the project's but a table that always stays. */
const standsAlone = ({ sort, name }: Item): boolean =>
  /^(enum|sequence|table)$/.test(sort) || /dba_(table|event_)/i.test(name);

/** Each revision is generated, rendered, loaded and applied as a project would. */
async function withProject(
  database: TestDatabase,
  work: (
    step: (state: State, naming: Naming, renames?: Renames) => Promise<readonly Item[]>,
    back: () => Promise<readonly Item[]>,
  ) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'ownership-'));
  await mkdir(join(directory, 'migrations'));
  let number = 0;
  let runner: ReturnType<typeof createRunner> | undefined;
  const inventory = () => database.query<Item>(inventoryQuery);
  const step = async (state: State, naming: Naming, renames: Renames = {}) => {
    const entities = [...entitiesFrom(imports + entitiesOf(naming, state))] as never[];
    const dataSource = database.dataSource({ entities });
    const revision = `000${number++}`;
    const options = { message: revision, revision, directory, logger: silent, renames };
    const script = await autogenerate(dataSource, options);
    await writeFile(join(directory, 'migrations', `${revision}.mjs`), renderRevision(script!, 'esm'));
    runner = createRunner(dataSource, {}, { directory, logger: silent });
    await runner.upgrade();
    expect((await runner.check()).operations).toEqual([]);
    return inventory();
  };
  const back = async () => {
    await runner!.downgrade('0000');
    return inventory();
  };
  await work(step, back);
  await rm(directory, { recursive: true, force: true });
}

/** The parts that are there, of those that the project declares at some time. */
const present = (items: readonly Item[], parts: readonly string[][]): readonly string[] => {
  const there = new Set(items.map(line));
  return parts.map(part => part.join(' ')).filter(part => there.has(part));
};

const all = (parts: readonly string[][]): readonly string[] => parts.map(part => part.join(' '));

describe.each(shareOfToday(Object.entries(NAMINGS)))('with names %s', (title, naming) => {
  // What is renamed is dropped later as well, so that the shorter way needs no more than the names that were worst.
  test.each(/schema|plain/.test(title) ? [false, true] : [true])(
    'what entities declare no longer is dropped, and nothing that somebody else made (all renamed before: %p)',
    isRenamed =>
      withDatabase(database =>
        withProject(database, async (step, back) => {
          const { parts, ticket, extra } = declaredParts(naming);
          let state = first(naming);
          await step(state, naming);
          await database.query(handMade(naming, state, testRun().serverMajor));
          const start = await database.query<Item>(inventoryQuery);
          const others = start.filter(isOthers).map(line);
          expect(others).toHaveLength(23);
          expect(present(start, [...parts, ...ticket, ...extra])).toEqual(all([...parts, ...ticket, ...extra]));
          if (isRenamed) {
            state = { ...state, ...renamed(naming) };
            const moved = await step(state, naming, renamesOf(naming));
            expect(moved.filter(isOthers).map(line)).toEqual(others);
            expect(present(moved, [...parts, ...ticket, ...extra])).toEqual(all([...parts, ...ticket, ...extra]));
            expect(
              present(moved, [
                ['column', state.kept],
                ['column', state.code],
                ['table', state.table.name],
              ]),
            ).toHaveLength(3);
          }
          state = { ...state, hasParts: false };
          const bare = await step(state, naming);
          expect(bare.filter(isOthers).map(line)).toEqual(others);
          expect(present(bare, [...parts, ...ticket, ...extra])).toEqual(all([...ticket, ...extra]));

          await database.query(dropOthersViews(naming));
          state = { ...state, hasTicket: false };
          const small = await step(state, naming);
          expect(small.filter(isOthers).map(line)).toEqual(start.filter(isOthers).filter(standsAlone).map(line));
          expect(present(small, [...parts, ...ticket, ...extra])).toEqual(all(extra));

          const least = await step({ ...state, hasExtra: false }, naming);
          expect(present(least, extra)).toEqual([]);
          expect(least.filter(isOthers).map(line)).toEqual(
            small
              .filter(isOthers)
              .map(line)
              .filter(each => !/^index.*event_index/i.test(each)),
          );

          const views = new Set(
            ['view', 'matview', 'index'].flatMap(sort =>
              ['view', 'matview', 'matview_index'].map(each => `${sort} ${naming.part(`dba_${each}`)}`),
            ),
          );
          expect((await back()).map(line)).toEqual(start.map(line).filter(each => !views.has(each)));
        }),
      ),
  );
});
