import type { Registry, Schema } from '../objects/kinds.ts';
import { OF_TYPEORM, type Table } from '../objects/tables/table.ts';
import { bareName, type QualifiedName } from '../sql/name.ts';
import { withoutRelations } from './without-relations.ts';

/** The columns of the log beside a version table; a later version has one more. */
const LOG_COLUMNS = ['id', 'revision', 'direction', 'checksum', 'executed_by', 'started_at', 'finished_at', 'progress'];

/**
 * Both schemas without the version tables and logs of this library and of Alembic, whatever they are called, and TypeORM's
 * own tables: nothing is to be done about them. One that the other side has as another sort of table stays, and counts as
 * that; one of TypeORM's is an entity's where the other side is what entities declare, on which nothing is marked.
 */
export function withoutBookkeeping(before: Schema, after: Schema, kinds: Registry): readonly [Schema, Schema] {
  const names = [...bookkeepingIn(before, after), ...bookkeepingIn(after, before)];
  if (names.length === 0) return [before, after];
  const hidden = new Set(names);
  return [withoutRelations(before, hidden, kinds), withoutRelations(after, hidden, kinds)];
}

const bookkeepingIn = ({ tables }: Schema, other: Schema): readonly QualifiedName[] =>
  [...tables.values()].flatMap(table => {
    const counterpart = other.tables.get(table.name);
    const isHidden = [isOwn, isOfTypeorm].some(serves => serves(table) && (!counterpart || serves(counterpart)));
    return isHidden ? [table.name] : [];
  });

const isOfTypeorm = (table: Table): boolean => table[OF_TYPEORM] === true;

const isOwn = (table: Table): boolean => isVersionTable(table) || isLog(table);

/** Alembic's layout: its key keeps the name `…_pkc` where the table is renamed, and may be left out. */
function isVersionTable({ name, columns, primaryKey }: Table): boolean {
  const [column] = columns;
  if (columns.length !== 1 || column!.name !== 'version_num' || !/^(character varying|text)\b/.test(column!.type))
    return false;
  return primaryKey ? primaryKey.name.endsWith('_pkc') : bareName(name) === 'alembic_version';
}

const isLog = ({ columns }: Table): boolean =>
  columns.length >= LOG_COLUMNS.length && LOG_COLUMNS.every(name => columns.some(column => column.name === name));
