import type { EnumType } from '../objects/enums.ts';
import type { Index } from '../objects/index-definition.ts';
import { statementsOf, type Schema } from '../objects/kinds.ts';
import { columnDefinition } from '../objects/tables/clauses.ts';
import { constraintsOf, creationOf, shapeOf } from '../objects/tables/constraints.ts';
import type { Column, Table } from '../objects/tables/table.ts';
import type { View } from '../objects/views.ts';
import type { QualifiedName } from '../sql/name.ts';
import { cloneColumn, inUsualTablespace } from './clones.ts';
import { temporaryEnums, type TemporaryEnums } from './temporary-enums.ts';

interface Statements {
  /** The temporary table or view's own name. */
  readonly name: string;
  readonly create: string;
  /** Where the parts are in `create` already: what to begin with where PostgreSQL refuses it. */
  readonly fallback?: string;
  /** What is declared on it, each by itself, in case PostgreSQL refuses one. */
  readonly parts: readonly string[];
}

/** A declaration to be made once more, on something temporary, to see how PostgreSQL spells it. */
export type Probe =
  | (Statements & { readonly type: 'defaults'; readonly columns: readonly (readonly ColumnOf[])[] })
  | (Statements & {
      readonly type: 'table';
      readonly table: QualifiedName;
      readonly indexes: readonly (readonly [string, Index])[];
    })
  | (Statements & {
      readonly type: 'view';
      readonly kind: 'views' | 'materializedViews';
      readonly view: QualifiedName;
    });

interface ColumnOf {
  readonly table: QualifiedName;
  readonly column: string;
}

/** The enums that the database has, by the names that they have now. */
export type PresentEnums = Pick<ReadonlyMap<QualifiedName, unknown>, 'has'>;

/** Types that are not there yet, or not by this name, so that the columns of a clone may have them. */
export const missingEnums = (schema: Schema, present: PresentEnums): readonly EnumType[] =>
  [...schema.enums.values()].filter(({ name }) => !present.has(name));

/** Probes for whatever is spelled differently from its live counterpart: none where everything compares equal as it is. */
export const probesFor = (target: Schema, live: Schema, present: PresentEnums): readonly Probe[] => [
  ...defaultProbes(target, live),
  ...tableProbes(target, live, present),
  ...viewProbes(target, live, 'views'),
  ...viewProbes(target, live, 'materializedViews'),
];

/**
 * How many temporary relations there are at once, at most. Each holds a lock until its transaction ends, and the
 * server's lock table is shared by all sessions (64 locks for each connection by default).
 */
const RELATIONS_PER_BATCH = 100;

/** Probes to be made together, each batch in a transaction of its own. */
export function inBatches(probes: readonly Probe[]): readonly (readonly Probe[])[] {
  const batches: Probe[][] = [];
  let relations = Infinity;
  for (const probe of probes) {
    relations += relationsOf(probe);
    if (relations > RELATIONS_PER_BATCH) {
      batches.push([]);
      relations = relationsOf(probe);
    }
    batches.at(-1)!.push(probe);
  }
  return batches;
}

/** A table has another one for its long values, and that one an index. */
const relationsOf = (probe: Probe): number =>
  probe.type === 'view' ? 1 : 3 + (probe.type === 'table' ? probe.parts.length : 0);

const COLUMNS_PER_PROBE = 500;

/** Defaults do not look at other columns: each pair of type and expression is asked for once, however many columns have it. */
function defaultProbes(target: Schema, live: Schema): Probe[] {
  const asked = new Map<string, { readonly column: Column; readonly columns: ColumnOf[] }>();
  for (const table of target.tables.values()) {
    const lives = live.tables.get(table.name);
    if (!lives) continue;
    const liveDefaults = new Map(lives.columns.map(column => [column.name, column.default]));
    for (const column of table.columns) {
      const liveDefault = liveDefaults.get(column.name);
      if (column.default === undefined || liveDefault === undefined || column.default === liveDefault) continue;
      const key = `${column.type}\0${column.collation ?? ''}\0${column.default}`;
      const same = asked.get(key);
      if (same) same.columns.push({ table: table.name, column: column.name });
      else asked.set(key, { column, columns: [{ table: table.name, column: column.name }] });
    }
  }
  const all = [...asked.values()];
  return Array.from({ length: Math.ceil(all.length / COLUMNS_PER_PROBE) }, (_, i) =>
    defaultProbe(`canonical_defaults_${i}`, all.slice(i * COLUMNS_PER_PROBE, (i + 1) * COLUMNS_PER_PROBE)),
  );
}

function defaultProbe(
  name: string,
  asked: readonly { readonly column: Column; readonly columns: readonly ColumnOf[] }[],
): Probe {
  const columns = asked.map(({ column }, i) => {
    const { type, collation, default: expression } = column;
    return columnDefinition(name, {
      name: `c${i}`,
      type,
      nullable: true,
      ...(collation && { collation }),
      default: expression!,
    });
  });
  return {
    type: 'defaults',
    name,
    create: `CREATE TEMP TABLE ${name} (${columns.join(', ')})`,
    fallback: `CREATE TEMP TABLE ${name} ()`,
    parts: columns.map(column => `ALTER TABLE pg_temp.${name} ADD COLUMN ${column}`),
    columns: asked.map(each => each.columns),
  };
}

function tableProbes(target: Schema, live: Schema, present: PresentEnums): Probe[] {
  const indexes = new Map<QualifiedName, Index[]>();
  for (const index of target.indexes.values()) {
    if (!hasExpressions(index) || sameText(index, live.indexes.get(index.name))) continue;
    indexes.set(index.table, [...(indexes.get(index.table) ?? []), index]);
  }
  const enums = temporaryEnums(missingEnums(target, present));
  return [...target.tables.values()].flatMap((table, i) => {
    const lives = live.tables.get(table.name);
    return lives ? tableProbe(`canonical_table_${i}`, table, lives, indexes.get(table.name) ?? [], enums) : [];
  });
}

const hasExpressions = (index: Index): boolean =>
  index.where !== undefined || index.columns.some(key => typeof key !== 'string' && key.expression !== undefined);

const sameText = (index: Index, live: Index | undefined): boolean =>
  live !== undefined && index.where === live.where && JSON.stringify(index.columns) === JSON.stringify(live.columns);

function tableProbe(
  name: string,
  table: Table,
  live: Table,
  indexes: readonly Index[],
  enums: TemporaryEnums,
): Probe[] {
  const lives = new Map(constraintsOf(live).map(constraint => [constraint.name, shapeOf(constraint)]));
  const constraints = constraintsOf(table).filter(
    each => (each.kind === 'check' || each.kind === 'exclusion') && lives.get(each.name) !== shapeOf(each),
  );
  const generated = table.columns.filter(
    column =>
      column.generated !== undefined &&
      live.columns.find(each => each.name === column.name)?.generated !== column.generated,
  );
  if (constraints.length + indexes.length + generated.length === 0) return [];
  const clone = `pg_temp.${name}`;
  const columns = table.columns.filter(column => !generated.includes(column)).map(column => cloneColumn(column, enums));
  const renamed = indexes.map((index, i) => [`${name}_${i}`, index] as const);
  return [
    {
      type: 'table',
      name,
      table: table.name,
      indexes: renamed,
      create: `CREATE TEMP TABLE ${name} (${columns.join(', ')})`,
      parts: [
        ...generated.map(column => `ALTER TABLE ${clone} ADD COLUMN ${columnDefinition(clone, column)}`),
        ...constraints.map(constraint => statementsOf(creationOf(clone, inUsualTablespace(constraint)))[0]!.sql),
        ...renamed.map(
          ([own, index]) =>
            statementsOf({ op: 'createIndex', ...inUsualTablespace(index), name: own, table: clone })[0]!.sql,
        ),
      ],
    },
  ];
}

function viewProbes(target: Schema, live: Schema, kind: 'views' | 'materializedViews'): Probe[] {
  // A view whose name a materialized view had takes over what the other one had, as far as its SELECT can have it.
  const lives = new Map<string, View>([...live.materializedViews, ...live.views, ...live[kind]]);
  const declared: readonly View[] = [...target[kind].values()];
  return declared
    .filter(view => (lives.get(view.name)?.definition ?? view.definition) !== view.definition)
    .map((view, i) => ({
      type: 'view',
      kind,
      view: view.name,
      name: `canonical_${kind.toLowerCase()}_${i}`,
      create: `CREATE TEMP VIEW canonical_${kind.toLowerCase()}_${i} AS ${view.definition}`,
      parts: [],
    }));
}
