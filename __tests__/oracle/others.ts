import { columnOf, relationOf, type EntitySet, type TableModel } from './entity-set.ts';
import type { Random } from './random.ts';
import type { Names } from './make-set.ts';

/** An object that somebody else made beside the project's own, on columns of one table. */
export interface Other {
  readonly kind: keyof typeof makers;
  readonly name: string;
  /** Where it lies, if it is a view: in a schema that the project reads, or in one that it does not. */
  readonly schema: 'public' | 'others';
  readonly table: string;
  readonly columns: readonly string[];
}

/** What a maker is told: names as they are in one of the two sets. */
interface Target {
  readonly name: string;
  readonly schema: string;
  readonly relation: string;
  readonly columns: readonly string[];
}

/** Who reads what others make; a role of the whole cluster. */
export const READER = 'typeorm_alembic_reader';

const makers = {
  view: ({ name, schema, relation, columns }: Target) => `
    CREATE VIEW "${schema}"."${name}" WITH (security_barrier=true, security_invoker=true) AS
      SELECT ${aliased(columns)} FROM ${relation} WHERE ${columns[0]} IS NOT NULL;
    GRANT SELECT ON "${schema}"."${name}" TO ${READER};
    COMMENT ON VIEW "${schema}"."${name}" IS 'for the books';
    COMMENT ON COLUMN "${schema}"."${name}".c0 IS 'the first';
    ALTER VIEW "${schema}"."${name}" OWNER TO ${READER};`,
  materializedView: ({ name, schema, relation, columns }: Target) => `
    CREATE MATERIALIZED VIEW "${schema}"."${name}" AS SELECT ${aliased(columns)} FROM ${relation};
    CREATE INDEX "${name}_index" ON "${schema}"."${name}" ((c0 IS NULL));
    GRANT SELECT ON "${schema}"."${name}" TO ${READER};
    COMMENT ON MATERIALIZED VIEW "${schema}"."${name}" IS 'refreshed by night';`,
  index: ({ name, relation, columns }: Target) => `
    CREATE INDEX "${name}" ON ${relation} ((${columns[0]} IS NULL)) WITH (fillfactor=70);
    COMMENT ON INDEX ${relation.split('.')[0]}."${name}" IS 'for a slow query';`,
  partialIndex: ({ name, relation, columns }: Target) =>
    `CREATE INDEX "${name}" ON ${relation} ((${columns[0]} IS NULL)) WHERE ${columns.at(-1)} IS NOT NULL;`,
  check: ({ name, relation, columns }: Target) => `
    ALTER TABLE ${relation} ADD CONSTRAINT "${name}" CHECK (${columns[0]} IS NOT NULL OR ${columns[0]} IS NULL);
    COMMENT ON CONSTRAINT "${name}" ON ${relation} IS 'agreed';`,
  policy: ({ name, relation, columns }: Target) => `
    ALTER TABLE ${relation} ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "${name}" ON ${relation} FOR SELECT TO ${READER} USING (${columns[0]} IS NOT NULL OR ${columns.at(-1)} IS NULL);`,
  rowSecurity: ({ relation }: Target) => `ALTER TABLE ${relation} ENABLE ROW LEVEL SECURITY;`,
  trigger: ({ name, relation, columns }: Target) => `
    CREATE TRIGGER "${name}" BEFORE UPDATE OF ${columns[0]} ON ${relation}
      FOR EACH ROW WHEN (OLD.${columns.at(-1)} IS NULL) EXECUTE FUNCTION "others".touch();`,
  grant: ({ relation }: Target) => `GRANT INSERT ON ${relation} TO ${READER};`,
  columnGrant: ({ relation, columns }: Target) => `GRANT SELECT (${columns[0]}) ON ${relation} TO ${READER};`,
  statistics: ({ name, schema, relation, columns }: Target) =>
    `CREATE STATISTICS "${schema}"."${name}" ON (${columns[0]} IS NULL), (${columns.at(-1)} IS NOT NULL) FROM ${relation};`,
  rule: ({ name, relation, columns }: Target) =>
    `CREATE RULE "${name}" AS ON UPDATE TO ${relation} WHERE OLD.${columns[0]} IS NULL AND OLD.${columns[0]} IS NOT NULL DO ALSO NOTHING;`,
} as const;

const KINDS = Object.keys(makers) as (keyof typeof makers)[];

/** What PostgreSQL does not drop along with a column. */
const blocking: ReadonlySet<string> = new Set(['view', 'materializedView', 'policy', 'trigger', 'rule']);

/** The statement that drops one of these objects. */
export function dropOf({ kind, name, schema, table: id }: Other, set: EntitySet): string {
  if (kind === 'view') return `DROP VIEW "${schema}"."${name}"`;
  if (kind === 'materializedView') return `DROP MATERIALIZED VIEW "${schema}"."${name}"`;
  return `DROP ${kind.toUpperCase()} "${name}" ON ${relationOf(set.tables.find(each => each.id === id)!)}`;
}

/** How many columns an object of a kind reads. */
const NONE: ReadonlySet<string> = new Set(['grant', 'rowSecurity']);
const ONE: ReadonlySet<string> = new Set(['index', 'check', 'columnGrant', 'rule']);
const least = (kind: string): number => (NONE.has(kind) ? 0 : 1);
const most = (kind: string): number => (NONE.has(kind) ? 0 : ONE.has(kind) ? 1 : 2);

/** What stays when an object is dropped by its own statement: a table without its policy is still secured. */
export const remainderOf = (other: Other): readonly Other[] =>
  other.kind === 'policy' ? [{ ...other, kind: 'rowSecurity', columns: [] }] : [];

/** What every database of a pair has before others make something in it. */
export const groundwork = `
  CREATE SCHEMA "others";
  CREATE FUNCTION "others".touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';`;

export function randomOthers(random: Random, names: Names, set: EntitySet): Other[] {
  return Array.from({ length: random.below(5) }, () => {
    const kind = random.pick(KINDS);
    const table = random.pick(set.tables);
    const columns = random.some(table.columns, least(kind), most(kind)).map(({ id }) => id);
    const schema = random.chance(80) ? 'public' : 'others';
    return { kind, name: names.next('other_'), schema, table: table.id, columns };
  });
}

/** The statements that make these objects, on the tables as one set names them. */
export const sqlOf = (others: readonly Other[], set: EntitySet): string =>
  others.map(other => makers[other.kind](targetIn(other, set)!)).join('\n');

/** Whether everything that the object reads is in this set, under whatever name. */
export const standsIn = (other: Other, set: EntitySet): boolean => targetIn(other, set) !== undefined;

/** Whether PostgreSQL would refuse to drop what this object reads, while the set lacks it. */
export function blocks(other: Other, set: EntitySet): boolean {
  if (standsIn(other, set) || !blocking.has(other.kind)) return false;
  const isOfTable = ['policy', 'trigger', 'rule'].includes(other.kind);
  return !isOfTable || set.tables.some(({ id }) => id === other.table);
}

/** Whether autogenerate may refuse a change because of it: it cannot be moved out of the way, not being read. */
export const mayBlock = (other: Other, set: EntitySet): boolean =>
  blocks(other, set) || (other.schema === 'others' && ['view', 'materializedView'].includes(other.kind));

function targetIn({ name, schema, table: id, columns: ids }: Other, set: EntitySet): Target | undefined {
  const table = set.tables.find(each => each.id === id);
  const columns = table && namesIn(table, ids);
  return table && columns && { name, schema, relation: relationOf(table), columns };
}

function namesIn(table: TableModel, ids: readonly string[]): readonly string[] | undefined {
  const columns = ids.map(id => columnOf(table, id));
  return columns.every(column => column !== undefined) ? columns.map(({ name }) => `"${name}"`) : undefined;
}

const aliased = (columns: readonly string[]): string => columns.map((column, at) => `${column} AS c${at}`).join(', ');
