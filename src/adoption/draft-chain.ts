import { createHash } from 'node:crypto';
import type { AnyRevisionScript, OperationCall } from '../../codegen/revision-script.ts';
import type { TypeormMigration } from '../metadata/migrations.ts';
import type { Operation } from '../objects/kinds.ts';
import type { RevisionGraph } from '../revisions/graph.ts';

export interface Chain {
  readonly graph: RevisionGraph;
  /** What is to be adopted, in the order TypeORM runs it. */
  readonly migrations: readonly TypeormMigration[];
  /** These, and those that are adopted already. */
  readonly all: readonly TypeormMigration[];
  /** What TypeORM makes when it connects, before the first of them. */
  readonly beforehand: readonly Operation[];
}

/**
 * A revision for each migration, one after the other, above whatever is there.
 * @throws an error of the graph's where that has several heads, or a revision of such an id
 */
export function draftChain({ graph, migrations, all, beforehand }: Chain): readonly AnyRevisionScript[] {
  let { downRevision } = graph.parentsOfNew();
  return migrations.map(migration => {
    const revision = revisionIdOf(migration, all);
    graph.parentsOfNew({ revId: revision });
    const script = scriptOf(migration, revision, downRevision, downRevision === null ? beforehand : []);
    downRevision = revision;
    return script;
  });
}

function scriptOf(
  { name, timestamp, transactional }: TypeormMigration,
  revision: string,
  downRevision: AnyRevisionScript['downRevision'],
  beforehand: readonly Operation[],
): AnyRevisionScript {
  const call = (op: OperationCall['op']): OperationCall => ({ op, arguments: [name] });
  return {
    revision,
    downRevision,
    message: wordsOf(name),
    createDate: new Date(timestamp).toISOString(),
    upgrade: [...beforehand, call('runMigration')],
    downgrade: [call('revertMigration')],
    transactional,
  };
}

/** The timestamp; where several migrations have the same, with a few digits made of the name. */
export function revisionIdOf(
  { name, timestamp }: Pick<TypeormMigration, 'name' | 'timestamp'>,
  all: readonly Pick<TypeormMigration, 'timestamp'>[],
): string {
  const twins = all.filter(each => each.timestamp === timestamp);
  if (twins.length < 2) return String(timestamp);
  return `${timestamp}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** `AddUserEmail1700000000001` → `add user email`. */
const wordsOf = (name: string): string =>
  name
    .slice(0, -13)
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replaceAll(/[\s_-]+/g, ' ')
    .trim()
    .toLowerCase() || 'migration';
