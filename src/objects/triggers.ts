import { partName, quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { commentColumn, commentOn } from './attributes.ts';
import {
  dependOnExtensions,
  extensionDependencies,
  extensionDependenciesOf,
  extensionDependencyFields,
  type ExtensionDependencies,
} from './extension-dependencies.ts';
import { optional, record, text, word, type Fields, type Form } from './form.ts';
import type { ObjectKind } from './object-kind.ts';
import { partOfTable, type PartOfTable } from './part-of-table.ts';
import { losing } from './lost.ts';
import { lostWith, ofPartsIn, ofPartsOfTrigger, type OfParts } from './own-of-parts.ts';
import { using, type Using } from './uses.ts';

/** A trigger or a rule of a table or view, in PostgreSQL's own words. */
export interface TableProgram extends PartOfTable, Using, OfParts {
  /**
   * The whole `CREATE TRIGGER` or `CREATE RULE`, as `pg_get_triggerdef` and `pg_get_ruledef` print it for people: only then
   * do they leave out the connection's own schema, in whose place another tenant has its own.
   */
  readonly definition: string;
  /** When it fires, where that is not in every session that is no replica. */
  readonly enabled?: 'disabled' | 'replica' | 'always';
  readonly comment?: string;
}

export interface Trigger extends TableProgram, ExtensionDependencies {}

export interface TriggerOperations {
  createTrigger(trigger: Trigger): Promise<void>;
  dropTrigger(trigger: PartOfTable): Promise<void>;
}

export interface RuleOperations {
  createRule(rule: TableProgram): Promise<void>;
  dropRule(rule: PartOfTable): Promise<void>;
}

const programFields: Fields<TableProgram> = {
  name: text,
  table: text,
  definition: text,
  enabled: optional(word('disabled', 'replica', 'always')),
  comment: optional(text),
};
const programName: Form<PartOfTable> = record({ table: text, name: text });

const ENABLED: Readonly<Record<string, TableProgram['enabled']>> = { D: 'disabled', R: 'replica', A: 'always' };

function parseProgram(
  type: 'trigger' | 'rule',
  row: any,
  table: QualifiedName,
  uses: Parameters<typeof triggers.catalog.parse>[2],
): TableProgram {
  const enabled = ENABLED[row.enabled];
  return {
    name: row.name,
    table,
    definition: row.definition.replace(/;\s*$/, ''),
    ...(enabled && { enabled }),
    ...(row.comment !== null && { comment: row.comment }),
    ...using(uses(`${type}:${partName(table, row.name)}`)),
  };
}

const creation = (word: 'TRIGGER' | 'RULE', { name, table, definition, enabled, comment }: TableProgram) => [
  statement(definition, { type: 'locksTable', mode: word === 'RULE' ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE' }),
  ...(enabled === undefined
    ? []
    : [
        statement(
          `ALTER TABLE ${quoteName(table)} ${enabled === 'disabled' ? 'DISABLE' : `ENABLE ${enabled.toUpperCase()}`} ${word} ${quoteIdentifier(name)}`,
        ),
      ]),
  ...(comment === undefined ? [] : [commentOn(`${word} ${quoteIdentifier(name)} ON ${quoteName(table)}`, comment)]),
];

const removal = (word: 'TRIGGER' | 'RULE', { name, table }: PartOfTable) => [
  statement(`DROP ${word} ${quoteIdentifier(name)} ON ${quoteName(table)}`, {
    type: 'locksTable',
    mode: 'ACCESS EXCLUSIVE',
  }),
];

export const triggers: ObjectKind<Trigger, TriggerOperations> = {
  namespace: 'trigger',
  filterType: 'trigger',
  ...partOfTable,
  catalog: {
    queries: {
      triggers: `
        SELECT n.nspname AS namespace, c.relname AS table, g.tgname AS name, pg_get_triggerdef(g.oid, true) AS definition,
          g.tgenabled AS enabled, ${commentColumn('pg_trigger', 'g.oid')},${extensionDependencies('pg_trigger', 'g.oid')},
          CASE WHEN c.relkind = 'p' THEN ${ofPartsOfTrigger('g.oid')} END AS "ofParts"
        FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT g.tgisinternal AND NOT c.relispartition AND n.nspname = ANY($1)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = g.oid AND d.deptype = 'e')`,
    },
    parse: (rows, qualify, uses) =>
      (rows['triggers'] ?? []).map(row => ({
        ...parseProgram('trigger', row, qualify(row.namespace, row.table), uses),
        ...extensionDependenciesOf(row),
        ...ofPartsIn(row),
      })),
  },
  create: trigger => [{ op: 'createTrigger', ...trigger }],
  drop: trigger => [{ op: 'dropTrigger', table: trigger.table, name: trigger.name, ...losing(lostWith(trigger)) }],
  takes: { createTrigger: record({ ...programFields, ...extensionDependencyFields }), dropTrigger: programName },

  statements: {
    createTrigger: op => [
      ...creation('TRIGGER', op),
      ...dependOnExtensions(`TRIGGER ${quoteIdentifier(op.name)} ON ${quoteName(op.table)}`, op),
    ],
    dropTrigger: op => removal('TRIGGER', op),
  },
};

/** Rules beside the one that makes a view what it is. */
export const rules: ObjectKind<TableProgram, RuleOperations> = {
  namespace: 'rule',
  filterType: 'rule',
  ...partOfTable,
  catalog: {
    queries: {
      rules: `
        SELECT n.nspname AS namespace, c.relname AS table, w.rulename AS name, pg_get_ruledef(w.oid, true) AS definition,
          w.ev_enabled AS enabled, ${commentColumn('pg_rewrite', 'w.oid')}
        FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT (w.ev_type = '1' AND c.relkind IN ('v', 'm')) AND n.nspname = ANY($1)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
    },
    parse: (rows, qualify, uses) =>
      (rows['rules'] ?? []).map(row => parseProgram('rule', row, qualify(row.namespace, row.table), uses)),
  },
  create: rule => [{ op: 'createRule', ...rule }],
  drop: ({ table, name }) => [{ op: 'dropRule', table, name }],
  takes: { createRule: record(programFields), dropRule: programName },

  statements: {
    createRule: op => creation('RULE', op),
    dropRule: op => removal('RULE', op),
  },
};
