import { partName, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { attributesOf, attributeStatements, commentColumn, ownerColumn, pick, type Attributes } from './attributes.ts';
import { number, optional, record, text } from './form.ts';
import { renamedOnTable } from './naming.ts';
import { RECREATE, type ObjectKind } from './object-kind.ts';
import { alike } from './shape.ts';
import { replacements, usesTouched } from './touched.ts';
import { usesOf, using, type Using } from './uses.ts';

/** Extended statistics: what the planner learns of several columns or expressions of a table together. */
export interface Statistics extends Using, Pick<Attributes, 'owner' | 'comment'> {
  readonly name: QualifiedName;
  readonly table: QualifiedName;
  /** What stands between the name and `FROM`: `(ndistinct) ON city, zip`. */
  readonly definition: string;
  /** The statistics target, where it was set. */
  readonly target?: number;
}

export interface StatisticsOperations {
  createStatistics(statistics: Statistics): Promise<void>;
  dropStatistics(statistics: { readonly name: QualifiedName }): Promise<void>;
}

/** Entities cannot declare statistics: PostgreSQL drops them along with their table or a column of theirs. */
export const statistics: ObjectKind<Statistics, StatisticsOperations> = {
  namespace: 'statistics',
  filterType: 'statistics',
  undeclaredStays: true,
  nameOf: ({ name }) => name,
  dependsOn: ({ table }) => [`relation:${table}`],
  owner: ({ table }) => table,
  goesWith: usesOf,
  renamed: renamedOnTable,

  catalog: {
    queries: {
      statistics: `
        SELECT n.nspname AS namespace, s.stxname AS name, tn.nspname AS "tableNamespace", t.relname AS table,
          substr(d.def, length('CREATE STATISTICS ' || quote_ident(n.nspname) || '.' || quote_ident(s.stxname)) + 2) AS definition,
          nullif(s.stxstattarget, -1) AS target, ${ownerColumn('s.stxowner')}, ${commentColumn('pg_statistic_ext', 's.oid')}
        FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
        JOIN pg_class t ON t.oid = s.stxrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
        CROSS JOIN LATERAL (SELECT pg_get_statisticsobjdef(s.oid) AS def) d
        WHERE tn.nspname = ANY($1) AND NOT t.relispartition`,
    },
    parse: (rows, qualify, uses) =>
      (rows['statistics'] ?? []).map(row => {
        const table = qualify(row.tableNamespace, row.table);
        return {
          name: qualify(row.namespace, row.name),
          table,
          definition: row.definition.slice(0, row.definition.lastIndexOf(' FROM ')),
          ...(row.target !== null && { target: row.target }),
          ...attributesOf(row),
          ...using(uses(`statistics:${partName(table, row.name)}`)),
        };
      }),
  },

  create: each => [{ op: 'createStatistics', ...each }],
  drop: ({ name }) => [{ op: 'dropStatistics', name }],
  // PostgreSQL makes them again under a new type by itself, without their target, and as the role that migrates.
  mustDetach: ({ target, owner, ...each }, comparison) =>
    usesTouched(each, comparison, (target ?? owner) === undefined ? replacements : ['retyped', ...replacements]),
  alter: (before, after) => (alike(before, after) ? [] : RECREATE),

  takes: {
    createStatistics: record({
      name: text,
      table: text,
      definition: text,
      target: optional(number),
      owner: optional(text),
      comment: optional(text),
    }),
    dropStatistics: record({ name: text }),
  },

  statements: {
    createStatistics: op => [
      statement(`CREATE STATISTICS ${quoteName(op.name)} ${op.definition} FROM ${quoteName(op.table)}`),
      ...(op.target === undefined
        ? []
        : [statement(`ALTER STATISTICS ${quoteName(op.name)} SET STATISTICS ${op.target}`)]),
      ...attributeStatements({ object: `STATISTICS ${quoteName(op.name)}` }, pick(op, ['owner', 'comment'])),
    ],
    dropStatistics: ({ name }) => [statement(`DROP STATISTICS ${quoteName(name)}`)],
  },
};
