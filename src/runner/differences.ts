import { handledBy } from '../compare/changed-things.ts';
import { compare } from '../compare/compare.ts';
import { missingOnEmpty } from '../compare/ownership.ts';
import { invalidIndexes } from '../compare/invalid-indexes.ts';
import { namesBefore } from '../compare/names-before.ts';
import { namesMeanwhile } from '../compare/names-meanwhile.ts';
import { newFeeds } from '../compare/new-names.ts';
import type { Obstacle } from '../compare/obstacles.ts';
import { renameIn } from '../compare/rename-in.ts';
import { respelled } from '../compare/respell.ts';
import { tiedToSchema, withoutTied, type SchemaSides } from '../compare/tied-to-schema.ts';
import { unspelled } from '../compare/unspelled.ts';
import type { Connection } from '../database/connection.ts';
import { hiddenBuiltIns } from '../database/hidden-built-ins.ts';
import { introspectRenamed } from '../database/introspect-renamed.ts';
import { hiddenNamesakes } from '../database/hidden-namesakes.ts';
import { assertNamesFree } from '../database/names-taken.ts';
import { ownSchemaOf } from '../database/own-schema.ts';
import { otherOwners } from '../database/other-owners.ts';
import { missingNames } from '../database/missing-names.ts';
import { missingPrivileges } from '../database/missing-privileges.ts';
import { refusedTypes } from '../database/refused-types.ts';
import { type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { lostWithFeed } from '../objects/tables/feeding.ts';
import { nameDroppedAlong } from './dropped-along.ts';
import { foreignKeyTypes } from './foreign-key-types.ts';
import { handDown, refusedBack, withLost } from './handed-down.ts';
import { nameMovedPublications } from './moved-publications.ts';
import { answeringAtOnce } from './callbacks.ts';
import type { History } from './history-operations.ts';
import { hindrancesTo, underOldName, type Hindrances } from './obstacles.ts';
import { type Project } from './read-sides.ts';
import { findTarget, withEnumsRenamed, type Comparing } from './find-target.ts';

/** What entities and database differ in, both ways. */
export interface Differences {
  readonly upgrade: readonly Operation[];
  /** Why PostgreSQL would refuse the upgrade. */
  readonly obstacles: readonly Obstacle[];
  /** Indexes of the database that PostgreSQL does not use, what could not be looked at, what would be hidden. */
  readonly warnings: readonly string[];
  /** Compared by itself, not mirrored: what the upgrade takes away is still known. */
  downgrade(): readonly Operation[];
  /** Why PostgreSQL would refuse that downgrade, with what others have in the database now. */
  downgradeObstacles(downgrade: readonly Operation[]): Promise<readonly Obstacle[]>;
  /** What of the upgrade fails on an empty database to which the revisions are applied, in words: nothing creates it there. */
  missingOnEmpty(): Promise<readonly string[]>;
  /** What the upgrade names and the database lacks, in words: SQL of an earlier revision has to create it. */
  readonly missingNames: readonly string[];
  /** What only other roles may do of that downgrade, and not of the upgrade. */
  downgradeWarnings(downgrade: readonly Operation[]): Promise<readonly string[]>;
}

/**
 * Compare what the entities declare with what the database has: find what is to be there, the operations towards it, and
 * what is to be said about them.
 */
export async function findDifferences(connection: Connection, given: Project, history: History): Promise<Differences> {
  const project = { ...given, config: answeringAtOnce(given.config) };
  const [comparing, target] = await findTarget(connection, project, history);
  const { declared, live, renamed, old, defaultSchema, kinds } = comparing;
  const found = await findUpgrade(connection, comparing, target);
  const upgrade = [...renamed.operations, ...found.upgrade];
  const meanwhile = namesMeanwhile(upgrade, { kinds, defaultSchema });
  await assertNamesFree(connection, [...newFeeds(found.upgrade), ...meanwhile], defaultSchema);
  const keys = await foreignKeyTypes(connection, found.upgrade, { declared, target: found.target, defaultSchema });
  const sides = { before: renamed.schema, after: found.target };
  const nameNow = (name: string) => underOldName({ kind: 'relation', name, change: 'retyped' }, old).name;
  const refused = await refusedTypes(connection, found.upgrade, sides, nameNow);
  const nameBefore = namesBefore(upgrade, { kinds, defaultSchema });
  const databaseNames = { before: renamed.schema, old, defaultSchema };
  const tied = tiedIn(project, kinds);
  const names = await missingNames(connection, upgrade, { declared, target: found.target, live });
  const below = await handDown(connection, withLosses(upgrade, refused), databaseNames);
  const named = await nameDroppedAlong(connection, below.operations, databaseNames);
  return {
    upgrade: await nameMovedPublications(connection, named, { nameBefore, defaultSchema }),
    obstacles: [
      ...found.obstacles,
      ...below.obstacles,
      ...keys,
      ...refused.obstacles,
      ...tied(found.upgrade, renamed.schema, { live: renamed.schema, declared, target: found.target }),
    ],
    missingNames: names.missing,
    warnings: [
      ...names.missing.map(
        missing => `PostgreSQL refuses the revision unless SQL before it creates what is missing: ${missing}.`,
      ),
      ...names.warnings,
      ...refused.warnings,
      ...(await whatRoleLacks(connection, upgrade, { defaultSchema, nameBefore })),
      ...(await whatIsHidden(connection, upgrade, project)),
      ...invalidIndexes(renamed.schema, found.target).map(({ advice }) => advice),
    ],
    missingOnEmpty: async () =>
      upgrade.some(({ op }) => op.startsWith('drop'))
        ? missingOnEmpty(await history(), upgrade, kinds, defaultSchema)
        : [],
    ...wayBack(connection, comparing, found, back => {
      // The names of the downgrade are today's.
      const declaredNow = back.reduce((schema, each) => renameIn(schema, each, defaultSchema, kinds), declared);
      const tiedBack = tied(back, found.target, { live, declared: declaredNow, target: live });
      return withoutTied(back, tiedBack, { live, kinds, defaultSchema });
    }),
  };
}

/** What others made in other schemas on the tables of the DataSource's own, where it has one, as operations touch it. */
const tiedIn =
  ({ dataSource }: Project, kinds: Registry) =>
  (operations: readonly Operation[], before: Schema, sides: Omit<SchemaSides, 'kinds'>) => {
    const ownSchema = ownSchemaOf(dataSource);
    if (ownSchema === undefined) return [];
    return tiedToSchema(new Set<string>(handledBy(operations, before)), { ...sides, kinds }, ownSchema);
  };

/** The operations with what each does not keep: expressions that call another function under a new type, and a column's sequence. */
const withLosses = (
  upgrade: readonly Operation[],
  { changedCalls }: Awaited<ReturnType<typeof refusedTypes>>,
): readonly Operation[] =>
  upgrade.map(each =>
    withLost(each, [...(changedCalls.get(each) ?? []), ...(each.op === 'alterColumn' ? lostWithFeed(each) : [])]),
  );

/** What the search path hides from texts that are made again, and what new relations would hide from the application. */
async function whatIsHidden(
  connection: Connection,
  upgrade: readonly Operation[],
  { dataSource, defaultSchema }: Project,
): Promise<readonly string[]> {
  const makesTexts = upgrade.some(
    each => createsFromText(each) || (each.op === 'alterColumn' && each.type !== undefined),
  );
  return [
    ...(makesTexts ? await hiddenBuiltIns(connection, defaultSchema) : []),
    ...(ownSchemaOf(dataSource) === undefined ? await hiddenNamesakes(connection, upgrade) : []),
  ];
}

interface Upgrade extends Hindrances {
  readonly target: Schema;
  /** The operations after the explicit renames. */
  readonly upgrade: readonly Operation[];
}

/** The operations towards a target; schemas that cannot be dropped stay in it. */
async function findUpgrade(connection: Connection, comparing: Comparing, target: Schema): Promise<Upgrade> {
  const found = await upgradeTowards(connection, comparing, target);
  if (found.occupied.length === 0) return found;
  return upgradeTowards(connection, comparing, withNamespaces(target, comparing.live, found.occupied));
}

async function upgradeTowards(connection: Connection, comparing: Comparing, target: Schema): Promise<Upgrade> {
  const { renamed, old, defaultSchema } = comparing;
  const { upgrade, obstacles } = await upgradeBetween(connection, comparing, target);
  const sides = { before: renamed.schema, after: target };
  const hindrances = await hindrancesTo(connection, upgrade, sides, { old, defaultSchema });
  return { target, upgrade, ...hindrances, obstacles: [...hindrances.obstacles, ...obstacles] };
}

/** The target with schemas in which something stays that is not to be dropped. */
const withNamespaces = (target: Schema, live: Schema, names: readonly string[]): Schema => ({
  ...target,
  namespaces: new Map([...target.namespaces, ...[...live.namespaces].filter(([name]) => names.includes(name))]),
});

/**
 * The operations after the renames. Whatever they drop and create again, and is not declared, is created as PostgreSQL
 * spells it after the renames: what it reads goes by another name then. Where PostgreSQL does not make them, that is an obstacle.
 */
async function upgradeBetween(
  connection: Connection,
  { declared, renamed, schemas, defaultSchema, kinds }: Comparing,
  target: Schema,
): Promise<Pick<Upgrade, 'upgrade' | 'obstacles'>> {
  const { schema: live, operations } = renamed;
  const { operations: implied, schema: current } = withEnumsRenamed(live, target, { defaultSchema, kinds });
  const upgrade = [...implied, ...compare(current, target, { kinds, defaultSchema })];
  const renames = [...operations, ...implied];
  if (renames.length === 0 || !upgrade.some(createsFromText)) return { upgrade, obstacles: [] };
  const spelled = await introspectRenamed(connection, renames, { schemas, defaultSchema, kinds });
  if ('refusal' in spelled) return { upgrade, obstacles: unspelled(upgrade, renames, spelled.refusal) };
  const spellings = { spelled: spelled.schema, declared };
  const before = respelled(current, { live: current, ...spellings }, kinds);
  const after = respelled(target, { live, ...spellings }, kinds);
  return { upgrade: [...implied, ...compare(before, after, { kinds, defaultSchema })], obstacles: [] };
}

/** Whether an operation is given expressions in which names occur. */
const createsFromText = ({ op }: Operation): boolean =>
  /^create(View|MaterializedView|Policy|Trigger|Rule|Index|CheckConstraint|ExclusionConstraint|Statistics)$/.test(op);

/**
 * The way from a target back to what the database has now.
 * @param allowed what of that a downgrade may do
 */
const wayBack = (
  connection: Connection,
  { live, renamed, old, defaultSchema, kinds }: Comparing,
  { target, upgrade }: Upgrade,
  allowed: (downgrade: readonly Operation[]) => readonly Operation[],
): Pick<Differences, 'downgrade' | 'downgradeObstacles' | 'downgradeWarnings'> => ({
  downgrade: () =>
    allowed(compare(target, live, { kinds, defaultSchema, ...(renamed.operations.length > 0 && { renames: old }) })),
  downgradeObstacles: async downgrade => {
    // The way back begins with the renames: its other operations use today's names.
    const names = { old: {}, defaultSchema, gone: upgrade };
    const gone = [...renamed.operations, ...upgrade];
    await assertNamesFree(connection, namesMeanwhile(downgrade, { kinds, defaultSchema, gone }), defaultSchema);
    return [
      ...(await hindrancesTo(connection, downgrade, { before: target, after: live }, names)).obstacles,
      ...(await refusedBack(connection, downgrade, { gone, after: live, defaultSchema })),
    ];
  },
  downgradeWarnings: async downgrade => {
    const done = [...renamed.operations, ...upgrade];
    const nameBefore = namesBefore(done, { kinds, defaultSchema });
    const told = await whatRoleLacks(connection, done, { defaultSchema, nameBefore }, 'downgrade');
    // The way back begins with the renames: its other operations use today's names.
    const found = await whatRoleLacks(
      connection,
      downgrade,
      { defaultSchema, nameBefore: address => address },
      'downgrade',
    );
    return found.filter(warning => !told.includes(warning));
  },
});

/** Ownership and privileges that the connection's role lacks for operations. */
const whatRoleLacks = async (
  ...[connection, operations, names, run]: Parameters<typeof missingPrivileges>
): Promise<readonly string[]> => [
  ...(await otherOwners(connection, operations, names.defaultSchema, run)),
  ...(await missingPrivileges(connection, operations, names, run)),
];
