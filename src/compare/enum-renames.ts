import type { EnumType } from '../objects/enums.ts';
import type { Operation, Schema } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import { namesBetween } from './rename-steps.ts';
import { nameParts, typeNameIn, type QualifiedName } from '../sql/name.ts';

type EnumRename = Extract<Operation, { op: 'renameEnum' | 'moveEnum' }>;

/** An enum before and after, and the operations between. */
export interface EnumRenaming {
  readonly from: QualifiedName;
  readonly to: QualifiedName;
  readonly operations: readonly EnumRename[];
  /** The name is that of a table or view until that is gone: its rows' type has it. */
  readonly waits: boolean;
}

/**
 * Enums that go by another name after, as their columns tell: TypeORM names them by table and column, so that they follow
 * a rename of those. A rename leaves rows and whatever uses the type as they are.
 */
export function enumRenames(before: Schema, after: Schema, defaultSchema = 'public'): readonly EnumRenaming[] {
  const enums = new Map(before.enums);
  return Object.entries(renamedEnums(before, after)).map(([from, to]) => {
    const operations = enumRename(from, to, { ...before, enums }, defaultSchema);
    enums.set(to, enums.get(from)!);
    enums.delete(from);
    return { from, to, operations, waits: isRowType(to, before) };
  });
}

/** Their names before and after. */
export function renamedEnums(before: Schema, after: Schema): Readonly<Record<QualifiedName, QualifiedName>> {
  const [going, coming] = [lacking(before.enums, after.enums), lacking(after.enums, before.enums)];
  if (going.size === 0 || coming.size === 0) return {};
  const [successors, predecessors] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  for (const [from, to] of typePairs(before, after)) {
    add(successors, from, to);
    add(predecessors, to, from);
  }
  const pairs = [...successors].flatMap(([from, tos]) => {
    const [to = ''] = tos;
    const [old, now] = [going.get(from), coming.get(to)];
    const isOneToOne = tos.size === 1 && predecessors.get(to)?.size === 1;
    const { schema } = nameParts(to);
    const isThere = schema === undefined || before.namespaces.has(schema);
    return old && now && isOneToOne && isThere && hasSameLabels(old, now) ? [[from, to] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** The operations that give an enum another name: one in another schema moves it there first. */
export const enumRename = (
  from: QualifiedName,
  to: QualifiedName,
  schema: Schema,
  defaultSchema: string,
): readonly EnumRename[] =>
  namesBetween(from, to, name => schema.enums.has(name) || isRowType(name, schema)).map(([old, now]) =>
    nameParts(old).name === nameParts(now).name
      ? { op: 'moveEnum', name: old, to: nameParts(now).schema ?? defaultSchema }
      : { op: 'renameEnum', from: old, to: now },
  );

/** The rows of a table or view have a type of its name. */
const isRowType = (name: QualifiedName, { tables, views, materializedViews }: Schema): boolean =>
  [tables, views, materializedViews].some(all => all.has(typeNameIn(name)));

const hasSameLabels = (one: EnumType, other: EnumType): boolean =>
  one.labels.length === other.labels.length && one.labels.every((label, i) => label === other.labels[i]);

const lacking = (enums: Schema['enums'], others: Schema['enums']): ReadonlyMap<string, EnumType> =>
  new Map([...enums].filter(([name]) => !others.has(name)));

/** The type of each column before and after, without dimensions. */
function* typePairs(before: Schema, after: Schema): Generator<readonly [QualifiedName, QualifiedName]> {
  for (const table of before.tables.values()) {
    const types = typesIn(after.tables.get(table.name));
    for (const { name, type } of table.columns) {
      const now = types.get(name);
      if (now !== undefined) yield [typeNameIn(type), now];
    }
  }
}

const typesIn = (table: Table | undefined): ReadonlyMap<string, QualifiedName> =>
  new Map((table?.columns ?? []).map(({ name, type }) => [name, typeNameIn(type)]));

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}
