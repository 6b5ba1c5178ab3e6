import { addressOf } from '../src/objects/address.ts';
import { kindMaking, type Operation } from '../src/objects/kinds.ts';
import { columnUse, usesOf, type Using } from '../src/objects/uses.ts';
import { partName } from '../src/sql/name.ts';

/** What can be dropped without losing rows, in words, and the operations that may create it again. */
const DROPPED: Readonly<Record<string, readonly [what: string, creations: RegExp]>> = {
  dropView: ['view', /^createView$/],
  dropMaterializedView: ['materialized view', /^createMaterializedView$/],
  dropPolicy: ['policy', /^createPolicy$/],
  dropTrigger: ['trigger', /^createTrigger$/],
  dropRule: ['rule', /^createRule$/],
  dropIndex: ['index', /^createIndex$/],
  dropStatistics: ['statistics object', /^createStatistics$/],
  dropConstraint: ['constraint', /^create(\w+Constraint|PrimaryKey)$/],
  dropForeignKey: ['foreign key', /^createForeignKey$/],
  dropSequence: ['sequence', /^createSequence$/],
  dropSchema: ['schema', /^createSchema$/],
  dropExtension: ['extension', /^createExtension$/],
};

/** What may take over the name of a view. */
const SUCCESSORS: Readonly<Record<string, string>> = {
  createTable: 'table',
  createView: 'view',
  createMaterializedView: 'materialized view',
};

type Direction = 'upgrade' | 'downgrade';

/** What to say of a drop: that the object is created again below or, in an upgrade, that this is the end of it, and why. */
export function detachment(
  operation: Operation,
  script: Readonly<Record<Direction, readonly Operation[]>>,
  direction: Direction,
): readonly string[] {
  const all = script[direction];
  if (operation.op === 'dropColumn') return computedAgain(operation, all);
  if (operation.op === 'createMaterializedView')
    return direction === 'downgrade' && !all.some(each => isDropOf(operation, each)) ? filled(operation) : [];
  const [what, creations] = DROPPED[operation.op] ?? [];
  if (what === undefined || creations === undefined) return [];
  const { name, table } = operation as { readonly name: string; readonly table?: string };
  const isCreation = (each: Operation) => {
    const other = each as { readonly name?: string; readonly table?: string };
    return creations.test(each.op) && other.name === name && (table === undefined || other.table === table);
  };
  const returns = all.some(isCreation);
  const subject = `the ${what} ${name}${table === undefined ? '' : ` of ${table}`}`;
  const successor =
    table === undefined && all.find(each => (each as { name?: string }).name === name && each.op in SUCCESSORS);
  if (successor && !returns) return [`Drops ${subject}, whose name a ${SUCCESSORS[successor.op]} takes over below.`];
  if (returns)
    return [`Drops ${subject} and creates it again below.`, ...all.flatMap(each => refilled(operation, each))];
  if (operation.op === 'dropExtension' && direction === 'downgrade')
    return [`Drops ${subject}, even if it was there before this revision: remove this where others use it.`];
  if (direction === 'downgrade') return [];
  const column = columnTaking(script.downgrade.find(isCreation), all);
  return [
    `Drops ${subject}, ${column === undefined ? 'which no entity declares' : `which goes with the column ${column}`}.`,
  ];
}

/** The dropped column that takes an object along, whoever made it: the way back knows its columns. */
function columnTaking(creation: Operation | undefined, upgrade: readonly Operation[]): string | undefined {
  if (!creation) return undefined;
  const { table = '', columns = [] } = creation as { readonly table?: string; readonly columns?: readonly unknown[] };
  const own = columns.flatMap(each => (typeof each === 'string' ? columnUse(table, each) : []));
  const uses = [...(kindMaking(creation.op)?.goesWith?.(creation) ?? own), ...usesOf(creation as Using)];
  const dropped = upgrade.flatMap(each => (each.op === 'dropColumn' ? columnUse(each.table, each.name) : []));
  const use = dropped.find(each => uses.includes(each));
  if (use === undefined) return undefined;
  const { table: owner = '', name } = addressOf(use);
  return partName(owner, name);
}

type Creation = Extract<Operation, { readonly op: 'createMaterializedView' }>;

const isDropOf = ({ name }: Creation, operation: Operation): boolean =>
  operation.op === 'dropMaterializedView' && operation.name === name;

/** What the rows of a materialized view become: those that it has may be older than what it reads. */
const refilled = (drop: Operation, creation: Operation): readonly string[] =>
  creation.op === 'createMaterializedView' && isDropOf(creation, drop) ? filled(creation) : [];

const filled = ({ name, withData }: Creation): readonly string[] =>
  withData === false
    ? [`Leaves the materialized view ${name} empty, as it was: refresh it if it has been filled since.`]
    : [
        `Fills the materialized view ${name} by its query: its rows are others than now if it was not refreshed, and this fails if the query does.`,
      ];

/** Nothing is lost of a column that is computed from others. */
function computedAgain(
  { table, name, generated }: Extract<Operation, { readonly op: 'dropColumn' }>,
  all: readonly Operation[],
): readonly string[] {
  if (!generated) return [];
  const returns = all.find(each => each.op === 'addColumn' && each.table === table && each.column.name === name);
  if (!returns) return [`Drops the generated column ${table}.${name}: its values are computed from other columns.`];
  return 'column' in returns && returns.column.generated !== undefined
    ? [`The column ${table}.${name} is computed again below.`]
    : [`Deletes data: what the generated column ${table}.${name} holds; a plain column of that name is added below.`];
}
