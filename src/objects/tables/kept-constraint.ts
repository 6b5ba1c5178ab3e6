import { pick } from '../attributes.ts';
import { losing } from '../lost.ts';
import { using, usesOf, type Using } from '../uses.ts';
import { shapeOf, wordOf, type TableConstraint } from './constraints.ts';
import { lostOfExclusion, withOptionsOf } from './exclusion-options.ts';
import type { CheckConstraint, Column, PrimaryKey, Table, UniqueConstraint } from './table.ts';

type Key = Extract<TableConstraint, { readonly kind: 'primaryKey' | 'unique' }>;

/**
 * A declared constraint with what entities cannot declare of it taken from the live one, as far as it can have that: what
 * it cannot is lost.
 */
export function keepConstraint<Constraint>(
  declared: TableConstraint,
  live: TableConstraint,
  tables: { readonly declared: Table; readonly live: Table },
): Constraint {
  const { kind, ...constraint } = withIndexOptions(declared, live, tables.declared);
  const kept = isKey(declared) && isKey(live) ? keptOfKey(declared, live, tables) : keptOfCheck(live);
  const lostOverlaps = 'withoutOverlaps' in live && !('withoutOverlaps' in kept);
  const lost = [
    ...(lostOverlaps ? ['WITHOUT OVERLAPS'] : []),
    ...lostOf({ ...kept, kind, ...constraint } as TableConstraint, live),
  ].map(what => `${what} of the ${wordOf(kind)} ${live.name} of ${tables.live.name}`);
  const settings = keptSettings(declared, live, lostOverlaps);
  return {
    ...settings.kept,
    ...(isSame({ kind, ...constraint } as TableConstraint, live) && {
      ...pick(live as CheckConstraint, ['inherited']),
      ...using(usesOf(live as Using)),
    }),
    ...kept,
    ...constraint,
    ...losing([...lost, ...settings.lost]),
  } as Constraint;
}

/** What the live constraint has, and the one that takes its name has not. */
function lostOf(constraint: TableConstraint, live: TableConstraint): readonly string[] {
  const isLost = (key: 'deferrable' | 'nullsNotDistinct') =>
    (live as UniqueConstraint)[key] !== undefined && (constraint as UniqueConstraint)[key] === undefined;
  return [
    ...(isLost('deferrable') ? ['DEFERRABLE'] : []),
    ...(isLost('nullsNotDistinct') ? ['NULLS NOT DISTINCT'] : []),
    ...(constraint.kind === 'exclusion' && live.kind === 'exclusion'
      ? lostOfExclusion(constraint.definition, live.definition)
      : []),
  ];
}

const isKey = (constraint: TableConstraint): constraint is Key =>
  constraint.kind === 'primaryKey' || constraint.kind === 'unique';

/** What entities cannot say of a key. */
function keptOfKey(
  { kind, columns }: Key,
  live: Key,
  { declared, live: former }: { readonly declared: Table; readonly live: Table },
): Partial<UniqueConstraint> {
  const include = live.include?.filter(name => !columns.includes(name) && columnIn(declared, name));
  return {
    ...(include?.length && { include }),
    ...(kind === 'primaryKey' ? pick(live, ['deferrable']) : pick(live as UniqueConstraint, ['nullsNotDistinct'])),
    ...(live.withoutOverlaps && endsAlike(columns, live.columns, declared, former) && { withoutOverlaps: true }),
  };
}

/** The last of several columns is still the range that it was. */
function endsAlike(columns: readonly string[], former: readonly string[], declared: Table, live: Table): boolean {
  const [last, type] = [columns.at(-1)!, columnIn(declared, columns.at(-1)!)?.type ?? ''];
  return columns.length > 1 && last === former.at(-1) && (type === columnIn(live, last)?.type || /range$/.test(type));
}

const columnIn = ({ columns }: Table, name: string): Column | undefined => columns.find(each => each.name === name);

/** What entities cannot say of a check. */
const keptOfCheck = (live: TableConstraint): Partial<CheckConstraint> =>
  pick(live as CheckConstraint, ['noInherit', 'notEnforced']);

/** Comment, place and parameters: an index of another method has no parameter of the former one but the fill factor. */
function keptSettings(declared: TableConstraint, live: TableConstraint, isOtherMethod: boolean) {
  const { with: options = [], ...settings } = live as TableConstraint & PrimaryKey;
  const lost = isOtherMethod ? options.filter(option => !option.startsWith('fillfactor=')) : [];
  const staying = options.filter(option => !lost.includes(option));
  const kept = {
    ...pick(settings as PrimaryKey, ['comment', 'indexComment', 'tablespace', 'clustered']),
    ...(staying.length > 0 && { with: staying }),
    ...((declared as PrimaryKey).deferrable === undefined && pick(settings as PrimaryKey, ['replicaIdentity'])),
  };
  return { kept, lost: lost.map(option => `the option ${option} of ${live.name}`) };
}

/** What stands in the middle of an exclusion's definition. */
const withIndexOptions = (declared: TableConstraint, live: TableConstraint, table: Table): TableConstraint =>
  declared.kind === 'exclusion' && live.kind === 'exclusion'
    ? {
        ...declared,
        definition: withOptionsOf(live.definition, declared.definition, name => columnIn(table, name) !== undefined),
      }
    : declared;

/** True for constraints that differ in nothing but their names and in what entities cannot declare. */
const isSame = (declared: TableConstraint, live: TableConstraint): boolean =>
  shapeOf(declared) === shapeOf(declarable(live));

function declarable(live: TableConstraint): TableConstraint {
  const {
    include: _,
    withoutOverlaps: __,
    nullsNotDistinct: ___,
    noInherit: ____,
    notEnforced: _____,
    ...rest
  } = live as TableConstraint & UniqueConstraint & CheckConstraint;
  const { deferrable: ______, ...key } = rest;
  return (live.kind === 'primaryKey' ? key : rest) as TableConstraint;
}
