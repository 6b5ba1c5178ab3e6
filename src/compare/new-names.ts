import { MigrationError } from '../errors.ts';
import { objectsIn, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { sequenceUsedBy } from '../objects/tables/clauses.ts';
import { sequenceIn } from '../objects/tables/feeding.ts';
import { tables } from '../objects/tables/index.ts';
import { partName, typeNameIn, type QualifiedName } from '../sql/name.ts';

/**
 * A name that something would have: among relations, among types (a table or view makes a type of its name), or among the
 * constraints of a table.
 */
export interface NewName {
  readonly namespace: 'relation' | 'type' | 'constraint';
  readonly name: QualifiedName;
  /** What would have it: `table report`. */
  readonly owner: string;
  /** True for a name that its owner has within a revision only. */
  readonly meanwhile?: true;
}

/** A name that the database has already, for something that stays, or that goes only after a rename to its name. */
export class NameTakenError extends MigrationError {
  override readonly name = 'NameTakenError';
  /** What would be created: `table report`. */
  readonly wanted: string;
  /** What has the name: `view report`. */
  readonly taken: string;

  constructor(wanted: string, taken: string, how: HowTaken = {}) {
    const { meanwhile } = how;
    super(
      meanwhile === undefined
        ? `The entities need ${wanted}, and the database has ${taken}, which ${stateOf(how)} and has that name already: ${adviceOn(wanted, taken, how)}.`
        : `The revision or its downgrade needs the name ${meanwhile} for ${wanted} while another object takes its place, and the database has ${taken}: ` +
            'give that another name first.',
    );
    this.wanted = wanted;
    this.taken = taken;
  }
}

/** How something has a name that something else would have. */
interface HowTaken {
  /** False where it is dropped, but only after the rename. */
  readonly stays?: boolean;
  /** The extension that it is a member of. */
  readonly extension?: string | undefined;
  /** The name, where it is needed within a revision only. */
  readonly meanwhile?: QualifiedName | undefined;
}

function stateOf({ stays = true, extension }: HowTaken): string {
  if (!stays) return 'goes only after the rename';
  return extension === undefined ? 'stays' : `stays, being a member of the extension ${extension},`;
}

function adviceOn(wanted: string, taken: string, { stays = true, extension }: HowTaken): string {
  const drop = 'drop what the database has in a revision of its own first';
  if (!stays) return drop;
  const rename = 'give one of them another name';
  if (extension !== undefined)
    return `${rename}, take it out of the extension (ALTER EXTENSION ${extension} DROP …), or leave it to that by \`synchronize: false\` on the entity`;
  const isReplaced = taken.replace(/^(materialized view|view|foreign table) /, 'table ') === wanted && wanted !== taken;
  return isReplaced
    ? `${rename}, ${drop}, or set \`synchronize: false\` on the entity, which then uses it as it is`
    : `${rename}, or ${drop}`;
}

/** The database as it was read, the same after explicit renames, and what is to be there. */
export interface NamedStates {
  readonly live: Schema;
  readonly renamed: Schema;
  readonly target: Schema;
}

/** The names that the database has to have free, and why one of them is not. */
export interface NewNames {
  readonly names: readonly NewName[];
  /** Of a key or another constraint: what has the name of its table says more. */
  readonly taken?: NameTakenError;
}

/**
 * The names that the target has and the database, as far as it was read, has not.
 * @throws NameTakenError where what stays in the database has a name that another object would have
 */
export function newNames({ live, renamed, target }: NamedStates, kinds: Registry): NewNames {
  const known = new Set(namesIn(live, kinds).map(keyOf));
  // A table that gets the name of a view would pass for the view afterwards: that is looked at first.
  const clashes = [renamed, target].flatMap(schema => clashesIn(namesIn(schema, kinds)));
  const errors = (list: readonly Clash[]) =>
    list.map(([one, other]) => takenByOther(one, other, { live, target }, kinds));
  const [first] = errors(clashes.filter(clash => !clash.some(isConstraint)));
  if (first) throw first;
  // The constraints of a table are read in any case.
  const wanted = namesIn(target, kinds).filter(each => each.namespace !== 'constraint' && !known.has(keyOf(each)));
  const [taken] = errors(clashes);
  return { names: [...wanted, ...renamedFeeds(live, renamed)], ...(taken && { taken }) };
}

/** Of a constraint, or the index that goes by its name. */
const isConstraint = ({ namespace, owner }: NewName): boolean =>
  namespace === 'constraint' || owner.startsWith('constraint ');

/** The sequences of columns that explicit renames and moves give another name: PostgreSQL does not look for a free one. */
function renamedFeeds(live: Schema, renamed: Schema): readonly NewName[] {
  const known = new Set([...feedsIn(live), ...sequencesUsedIn(live)]);
  return feedsIn(renamed)
    .filter(name => !known.has(name))
    .map(newFeed);
}

/**
 * The sequences that operations create for columns which are there already, under names that are not free by themselves:
 * neither is that of a sequence which feeds another column. The one that an identity brought along gives way.
 */
export const newFeeds = (operations: readonly Operation[]): readonly NewName[] =>
  operations.flatMap(each => {
    if (each.op !== 'alterColumn' || each.serial !== true || each.identity === null) return [];
    const name = sequenceIn(each);
    return each.existingSequence === name ? [] : [newFeed(name)];
  });

const newFeed = (name: QualifiedName): NewName => ({ namespace: 'relation', name, owner: `sequence ${name}` });

const feedsIn = (schema: Schema): readonly QualifiedName[] =>
  [...schema.tables.values()].flatMap(table => tables.namesPreferred!(table));

/** A sequence that a column uses already may become the one that feeds it. */
const sequencesUsedIn = ({ tables: all }: Schema): readonly QualifiedName[] =>
  [...all.values()].flatMap(({ columns }) =>
    columns.flatMap(column => [
      ...(column.sequences ?? []).map(({ name }) => name),
      sequenceUsedBy(column.default) ?? '',
    ]),
  );

type Sides = Pick<NamedStates, 'live' | 'target'>;

type Clash = readonly [one: NewName, other: NewName];

/** Names that two owners have. */
function clashesIn(names: readonly NewName[]): readonly Clash[] {
  const owners = new Map<string, NewName>();
  return names.flatMap((each): readonly Clash[] => {
    const other = owners.get(keyOf(each));
    owners.set(keyOf(each), each);
    return other && other.owner !== each.owner ? [[each, other]] : [];
  });
}

const keyOf = ({ namespace, name }: NewName): string => `${namespace} ${name}`;

/** What is in the database already has the name; the other one wants it. */
function takenByOther(one: NewName, other: NewName, { live, target }: Sides, kinds: Registry): NameTakenError {
  const isIn = (schema: Schema, { namespace, name, owner }: NewName) =>
    namesIn(schema, kinds).some(each => each.namespace === namespace && each.name === name && each.owner === owner);
  const [taken, wanted] = isIn(live, one) ? [one, other] : [other, one];
  return new NameTakenError(wanted.owner, taken.owner, { stays: isIn(target, taken) });
}

const namesIn = (schema: Schema, kinds: Registry): readonly NewName[] =>
  Object.entries(kinds).flatMap(([kindName, kind]) =>
    [...objectsIn(schema, kindName).values()].flatMap((object): readonly NewName[] => {
      const name = kind.nameOf(object);
      const owner = `${kind.filterType.replaceAll('_', ' ')} ${name}`;
      if (kind.namespace === 'type') return [{ namespace: 'type', name: typeNameIn(name), owner }];
      if (kind.namespace === 'constraint') return [{ namespace: 'constraint', name, owner }];
      if (kind.namespace !== 'relation') return [];
      return [
        { namespace: 'relation', name, owner },
        ...(kind.constraintNames?.(object) ?? []).map(([word, part]) => {
          const whole = partName(name, part);
          return { namespace: 'constraint', name: whole, owner: `${word} constraint ${whole}` } as const;
        }),
        ...(kind.makesType ? [{ namespace: 'type', name, owner } as const] : []),
        ...(kind.namesTaken?.(object) ?? []).map(
          key => ({ namespace: 'relation', name: key, owner: `constraint ${key} of ${name}` }) as const,
        ),
      ];
    }),
  );
