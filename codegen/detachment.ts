import type { Operation } from '../src/objects/kinds.ts';

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

/**
 * What to say of a drop: that the object is created again below or, in an upgrade, that this is the end of it.
 * @param all the operations of the same direction
 */
export function detachment(
  operation: Operation,
  all: readonly Operation[],
  direction: 'upgrade' | 'downgrade',
): readonly string[] {
  if (operation.op === 'dropColumn') return computedAgain(operation, all);
  if (operation.op === 'createMaterializedView')
    return direction === 'downgrade' && !all.some(each => isDropOf(operation, each)) ? filled(operation) : [];
  const [what, creations] = DROPPED[operation.op] ?? [];
  if (what === undefined || creations === undefined) return [];
  const { name, table } = operation as { readonly name: string; readonly table?: string };
  const returns = all.some(each => {
    const other = each as { readonly name?: string; readonly table?: string };
    return creations.test(each.op) && other.name === name && (table === undefined || other.table === table);
  });
  const subject = `the ${what} ${name}${table === undefined ? '' : ` of ${table}`}`;
  const successor =
    table === undefined && all.find(each => (each as { name?: string }).name === name && each.op in SUCCESSORS);
  if (successor && !returns) return [`Drops ${subject}, whose name a ${SUCCESSORS[successor.op]} takes over below.`];
  if (returns)
    return [`Drops ${subject} and creates it again below.`, ...all.flatMap(each => refilled(operation, each))];
  if (operation.op === 'dropExtension' && direction === 'downgrade')
    return [`Drops ${subject}, even if it was there before this revision: remove this where others use it.`];
  return direction === 'upgrade' ? [`Drops ${subject}, which no entity declares.`] : [];
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
