import { pick } from './attributes.ts';
import type { Index, IndexKey } from './index-definition.ts';
import { losing } from './lost.ts';
import type { Comparison } from './object-kind.ts';
import { alike, shapeText } from './shape.ts';
import { columnUse, USES, usesOf, type Use } from './uses.ts';

/**
 * Entities declare which columns an index is over, and not how it sorts them, nor what it holds besides. What another sort
 * of index cannot have is lost.
 */
export function keepIndexSettings(declared: Index, live: Index, target: Comparison['after']): Index {
  const index = declared.method === live.method ? { ...declared, ...keptKeys(declared, live, target) } : declared;
  // One that stays as it is in the database is looked at as such.
  return alike(declarable(index), declarable(live)) ? live : withSettings(index, live);
}

function keptKeys(
  declared: Index,
  live: Index,
  { tables }: Comparison['after'],
): Pick<Index, 'columns' | 'include' | 'nullsNotDistinct'> {
  const known = (tables.get(declared.table)?.columns ?? []).map(({ name }) => name);
  if (isWithoutExpressions(declared, live, known)) return { columns: live.columns };
  const include = live.include?.filter(name => !declared.columns.includes(name) && known.includes(name));
  return {
    columns: declared.columns.map(
      key =>
        live.columns.find(each => typeof each !== 'string' && each.column !== undefined && each.column === key) ?? key,
    ),
    ...(include?.length && { include }),
    ...(declared.unique && pick(live, ['nullsNotDistinct'])),
  };
}

/** Whether an index is declared over what another one is over beside expressions, whose columns are all still there. */
function isWithoutExpressions(declared: Index, live: Index, known: readonly string[]): boolean {
  const bare = live.columns.flatMap(key => (typeof key === 'string' ? [key] : (key.column ?? [])));
  const columns = new Set(known.map(name => columnUse(declared.table, name)));
  return (
    bare.length < live.columns.length &&
    alike(bare, declared.columns) &&
    usesOf(live).every(use => !use.startsWith('column:') || columns.has(use as Use))
  );
}

function withSettings(declared: Index, live: Index): Index {
  const kept = {
    ...pick(live, ['comment', 'tablespace', 'dependsOnExtensions']),
    ...(declared.method === live.method && pick(live, ['with'])),
    ...(canCluster(declared) && pick(live, ['clustered'])),
    ...(canIdentify(declared) && pick(live, ['replicaIdentity'])),
  };
  return {
    ...kept,
    ...(shapeOf(declared) === shapeOf(live) && live[USES] && { [USES]: live[USES] }),
    ...declared,
    ...losing([
      ...lostOfDefinition(declared, live),
      ...(live.with && !kept.with ? live.with.map(option => `the option ${option} of index ${live.name}`) : []),
      ...(live.clustered && !kept.clustered ? [`${live.name} as the index that CLUSTER sorts ${live.table} by`] : []),
      ...(live.replicaIdentity && !kept.replicaIdentity
        ? [`${live.name} as the replica identity of ${live.table}`]
        : []),
    ]),
  };
}

/** What the definition of the live index has, and that of its successor has not. */
function lostOfDefinition(index: Index, live: Index): readonly string[] {
  const include = live.include?.filter(name => ![...(index.include ?? []), ...index.columns].includes(name)) ?? [];
  return [
    ...(live.method !== undefined && live.method !== index.method ? [`the method ${live.method}`] : []),
    ...(live.unique && !index.unique ? ['UNIQUE'] : []),
    ...live.columns.flatMap(key => lostOfKey(key, index)),
    ...(include.length > 0 ? [`INCLUDE (${include.join(', ')})`] : []),
    ...(live.nullsNotDistinct && !index.nullsNotDistinct ? ['NULLS NOT DISTINCT'] : []),
    ...(live.where !== undefined && index.where === undefined ? [`WHERE ${live.where}`] : []),
  ].map(what => `${what} of index ${live.name}`);
}

function lostOfKey(key: IndexKey, { columns }: Index): readonly string[] {
  if (typeof key === 'string' || columns.some(each => alike(each, key))) return [];
  if (key.column === undefined) return [`the expression ${key.expression}`];
  const settings = [
    ...(key.operatorClass === undefined ? [] : [`the operator class ${key.operatorClass}`]),
    ...(key.collation === undefined ? [] : [`the collation ${key.collation}`]),
    ...(key.order === undefined ? [] : ['DESC']),
    ...(key.nulls === undefined ? [] : [`NULLS ${key.nulls.toUpperCase()}`]),
  ];
  return settings.map(what => `${what} of column ${key.column}`);
}

/** https://www.postgresql.org/docs/current/sql-cluster.html: the index is a btree or gist one, and not partial. */
const canCluster = ({ method = 'btree', where }: Index): boolean =>
  (method === 'btree' || method === 'gist') && where === undefined;

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY */
const canIdentify = ({ unique, where, columns }: Index): boolean =>
  unique === true &&
  where === undefined &&
  columns.every(each => typeof each === 'string' || each.column !== undefined);

/** What entities can declare of an index. */
export function declarable(index: Index): Partial<Index> {
  const {
    comment: _,
    clustered: __,
    replicaIdentity: ___,
    tablespace: ____,
    with: _____,
    dependsOnExtensions: ______,
    ...rest
  } = index;
  return rest;
}

/** What makes two indexes of different names the same. */
export function shapeOf(index: Index): string {
  const { name: _, ...rest } = declarable(index);
  return shapeText(rest);
}
