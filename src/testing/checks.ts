import { codeOf, EntitiesDifferError, NotOneHeadError, NoWayBackError, TraceLeftError } from './failures.ts';
import { checkProject, dataSourceOf, type TestedProject } from './project.ts';
import { contextFor, withSession, type Session } from './session.ts';
import { differenceBetween, type DatabaseState } from './state.ts';

/**
 * Exactly one revision that none follows. Needs no database.
 * @throws NotOneHeadError
 */
export async function singleHead(project: TestedProject): Promise<void> {
  checkProject('singleHead', project);
  const { graph } = await contextFor(await dataSourceOf(project), project);
  const heads = graph.heads();
  if (heads.length !== 1) throw new NotOneHeadError(heads);
}

/**
 * All revisions run, from an empty database to the heads.
 * @throws RevisionFailedError
 */
export async function upgradeFromBase(project: TestedProject): Promise<void> {
  checkProject('upgradeFromBase', project);
  return withSession(project, session => session.go('upgrade', 'heads'));
}

/**
 * After all revisions, there is nothing left to autogenerate.
 * @throws EntitiesDifferError, which shows what there is
 */
export async function entitiesMatchMigrations(project: TestedProject): Promise<void> {
  checkProject('entitiesMatchMigrations', project);
  return withSession(project, async session => {
    await session.go('upgrade', 'heads');
    const { operations, isEmpty } = await session.check();
    if (!isEmpty) throw new EntitiesDifferError(operations, await codeOf(operations));
  });
}

/**
 * Each revision in its turn goes up, down and up again: after the downgrade the schema is what it was before, and after the
 * second upgrade what it was after the first. Rows are not looked at.
 * @throws NoWayBackError, TraceLeftError
 */
export async function upAndDown(project: TestedProject): Promise<void> {
  checkProject('upAndDown', project);
  return withSession(project, async session => {
    const { graph } = session;
    const { minimumDowngradeRevision: minimum } = project;
    const kept = new Set(minimum === undefined ? [] : graph.appliedAt(graph.resolve(minimum)));
    let before = await session.state();
    for (const { revision } of graph.upgradePath([], 'heads')) {
      await session.take({ revision, direction: 'upgrade' });
      const after = await session.state();
      if (!kept.has(revision)) await thereAndBack(session, revision, { before, after });
      before = after;
    }
  });
}

async function thereAndBack(
  session: Session,
  revision: string,
  { before, after }: { readonly before: DatabaseState; readonly after: DatabaseState },
): Promise<void> {
  await session.take({ revision, direction: 'downgrade' }).catch((error: Error) => {
    throw new NoWayBackError(revision, error);
  });
  await assertAlike(revision, 'downgrade', await session.state(), before);
  await session.take({ revision, direction: 'upgrade' });
  await assertAlike(revision, 'upgrade', await session.state(), after);
}

async function assertAlike(
  revision: string,
  direction: 'upgrade' | 'downgrade',
  found: DatabaseState,
  expected: DatabaseState,
): Promise<void> {
  const difference = differenceBetween(found, expected);
  if (difference) throw new TraceLeftError(revision, direction, difference, await codeOf(difference.operations));
}
