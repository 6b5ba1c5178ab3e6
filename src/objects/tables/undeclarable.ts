import type { QualifiedName } from '../../sql/name.ts';
import { keepAttributes, pick } from '../attributes.ts';
import type { Grant } from '../grants.ts';
import { using, usesOf } from '../uses.ts';
import type { Predecessor } from '../views.ts';
import { constraintsOf, type TableConstraint } from './constraints.ts';
import { sequenceOf } from './clauses.ts';
import { keepConstraint } from './kept-constraint.ts';
import { NEVER_NULL, type CheckConstraint, type Column, type Table, type UniqueConstraint } from './table.ts';

/** A declared table with what entities cannot declare of it, its columns and its constraints taken from the live one. */
export function keepTableAttributes(declared: Table, live: Table): Table {
  const columns = new Map(live.columns.map(column => [column.name, column]));
  const constraints = constraintsOf(live);
  const keep = <Constraint extends { readonly name: string }>(
    kind: TableConstraint['kind'],
    constraint: Constraint,
  ): Constraint => {
    // A table has one primary key, by whatever name.
    const own = constraints.find(
      each => each.kind === kind && (kind === 'primaryKey' || each.name === constraint.name),
    );
    return own ? keepConstraint({ kind, ...constraint } as never, own, { declared, live }) : constraint;
  };
  const uniques = [
    ...(declared.uniques ?? []).map(each => keep('unique', each)),
    ...undeclarableUniques(declared, live),
  ];
  const checks = [...(declared.checks ?? []).map(each => keep('check', each)), ...undeclarableChecks(declared, live)];
  const { owner, grants } = keepAttributes<Pick<Table, 'owner' | 'grants'>>(declared, live);
  const granted = [grants, ...live.columns.map(column => column.grants)].flatMap(each => each ?? []);
  return {
    ...pick(live, [
      'partitionBy',
      'partitions',
      'inherits',
      'losing',
      'unlogged',
      'with',
      'method',
      'tablespace',
      'rowSecurity',
      'replicaIdentity',
      'publications',
    ]),
    ...declared,
    ...(owner !== undefined && { owner }),
    ...(grants !== undefined && { grants }),
    columns: declared.columns.map(column => keepColumn(declared.name, column, columns.get(column.name), granted)),
    ...(declared.primaryKey && { primaryKey: keep('primaryKey', declared.primaryKey) }),
    ...(uniques.length > 0 && { uniques: uniques.sort((a, b) => (a.name < b.name ? -1 : 1)) }),
    ...(checks.length > 0 && { checks: checks.sort((a, b) => (a.name < b.name ? -1 : 1)) }),
    ...(declared.exclusions && { exclusions: declared.exclusions.map(each => keep('exclusion', each)) }),
  };
}

/** What a table keeps of the view whose name it takes over: who owns it, and who may do what with it and its columns. */
export function keepOfView(declared: Table, { owner, grants, columns = [] }: Predecessor): Table {
  const settings = new Map(columns.map(column => [column.name, pick(column, ['grants'])]));
  return {
    ...pick({ owner, grants }, ['owner', 'grants']),
    ...declared,
    columns: declared.columns.map(column => ({ ...settings.get(column.name), ...column })),
  };
}

/** Unique constraints of a sort that entities cannot declare, which stay. */
const undeclarableUniques = (declared: Table, live: Table): readonly UniqueConstraint[] =>
  (live.uniques ?? []).filter(
    ({ name, include, nullsNotDistinct, withoutOverlaps }) =>
      (include || nullsNotDistinct || withoutOverlaps) && !declared.uniques?.some(each => each.name === name),
  );

/** Checks of a sort that entities cannot declare. */
const undeclarableChecks = (declared: Table, live: Table): readonly CheckConstraint[] =>
  (live.checks ?? []).filter(
    ({ name, noInherit, notValid, notEnforced }) =>
      (noInherit || notValid || notEnforced) && !declared.checks?.some(each => each.name === name),
  );

/** @param granted privileges on the table and its columns */
function keepColumn(
  table: QualifiedName,
  declared: Column,
  live: Column | undefined,
  granted: readonly Grant[] = [],
): Column {
  if (!live) return declared;
  const feed = declared.serial === undefined ? undefined : sequenceOf(table, declared);
  const sequences = live.sequences?.filter(({ name }) => name !== feed) ?? [];
  const isSame = declared.generated === live.generated && declared.default === live.default;
  return {
    ...pick(live, ['grants', 'statistics', 'with', 'inherited']),
    ...(declared.identity !== undefined && live.identity !== undefined && pick(live, ['sequence'])),
    ...((declared.serial ?? declared.identity) !== undefined && sequenceOptionsFor(declared, live, granted)),
    ...(sequences.length > 0 && { sequences }),
    ...(isStoredAlike(declared, live) && pick(live, ['storage', 'compression'])),
    ...(isSame && using(usesOf(live))),
    ...declared,
    ...(declared.type === live.type && live[NEVER_NULL] && pick(live, ['nullable', NEVER_NULL])),
  };
}

/** The sequence of a column may have a type of its own. */
function sequenceOptionsFor(
  { type, serial }: Column,
  live: Column,
  granted: readonly Grant[],
): Pick<Column, 'sequenceOptions'> {
  const { type: own, ...options } = live.sequenceOptions ?? {};
  const kept = {
    ...(own === undefined || own === type ? options : live.sequenceOptions),
    ...(serial !== undefined && live.identity !== undefined && withInserters(options.grants, granted)),
  };
  return Object.keys(kept).length === 0 ? {} : { sequenceOptions: kept };
}

/** Who may insert needs no privilege on the sequence of an identity column, but on that of a serial one. */
function withInserters(
  known: readonly Grant[] | undefined = [],
  granted: readonly Grant[],
): { readonly grants?: readonly Grant[] } {
  const inserters = granted.filter(({ privileges }) => privileges.includes('INSERT'));
  const grants = inserters.map(({ to }) => ({ to, privileges: ['USAGE'] }));
  const added = grants.filter(({ to }, i) => ![...known, ...grants.slice(0, i)].some(grant => grant.to === to));
  return added.length === 0 ? {} : { grants: [...known, ...added] };
}

/** True where values of both types may be long, so that the way they are stored can be kept. */
const isStoredAlike = (one: Column, other: Column): boolean =>
  one.type === other.type || (isLong(one) && isLong(other));

const isLong = ({ type }: Column): boolean =>
  /^(?:text|character varying|character|bytea|jsonb?|xml|numeric|bit varying|bit|tsvector|citext)\b|\[\]$/.test(type);
