import { MigrationError } from '../errors.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName, nameParts, qualify, quoteName, type QualifiedName } from '../sql/name.ts';
import { AccessDeniedError } from './access.ts';
import type { Connection } from './connection.ts';
import { describeCode, foreignCode, isOpenToOthers, type ForeignCode } from './foreign-code.ts';
import { sqlStateOf } from './server-error.ts';

/** What the catalog says of a relation that this tool is about to use. */
export interface TableFacts {
  readonly schema: string;
  readonly name: string;
  /** `pg_class.relkind` */
  readonly kind: string;
  readonly owner: string;
  readonly isTrusted: boolean;
  readonly hidesRows: boolean;
  /** Whether a role that is not trusted may put something on it. */
  readonly isOpen: boolean;
  readonly code: ForeignCode | null;
}

/** What stands under the name of a table of this tool's or TypeORM's could run another role's code as this one. */
export class UntrustedTableError extends MigrationError {
  override readonly name = 'UntrustedTableError';
  readonly table: QualifiedName;
  /** Whom the relation belongs to, or what it runs. */
  readonly owner: string;

  /** @param condition under which a table of another role would serve */
  constructor(
    facts: Pick<TableFacts, 'name' | 'kind' | 'owner' | 'code'> & Partial<Pick<TableFacts, 'schema'>>,
    condition = '',
  ) {
    const table = qualify(facts.schema, facts.name);
    const owner = facts.code?.owner ?? facts.owner;
    super(
      `The ${kinds[facts.kind] ?? 'relation'} ${table} ${describeOwner(facts)}: expected a table of this role, of a role ` +
        'that it is a member of, of a superuser, or of the owner of its schema or database, or one with nothing on it that ' +
        `runs code of another role${condition}; see who made it, and drop it, change its owner, or put its schema off the search path.`,
    );
    this.table = table;
    this.owner = owner;
  }
}

const describeOwner = ({ owner, code }: Pick<TableFacts, 'owner' | 'code'>): string =>
  code ? `has ${describeCode(code)}` : `belongs to ${owner}`;

const kinds: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
  i: 'index',
  I: 'partitioned index',
  c: 'composite type',
};

/**
 * Roles that may have this tool run code as the current role: itself, those that it is a member of (not by `pg_has_role`,
 * after which a superuser is a member of all), superusers, and the owners of the database and of the schema `n`, which a
 * configuration or a search path names. A schema of the role's own name is on the path through "$user" whoever made it.
 */
const trustedRoles = `ARRAY(WITH RECURSIVE own(role) AS (
      SELECT oid FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user
      UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN own ON m.member OPERATOR(pg_catalog.=) own.role)
    SELECT role FROM own
    UNION ALL SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper
    UNION ALL SELECT datdba FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    UNION ALL SELECT n.nspowner WHERE n.nspname OPERATOR(pg_catalog.<>) current_user)`;

/** An expression for the {@link TableFacts} of those tables that are there: a JSON array, or null. */
export const factsOf = (...tables: readonly QualifiedName[]): string =>
  `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
      'owner', pg_catalog.pg_get_userbyid(c.relowner), 'isTrusted', c.relowner OPERATOR(pg_catalog.=) ANY (trusted.roles),
      'hidesRows', pg_catalog.row_security_active(c.oid),
      'isOpen', ${isOpenToOthers}, 'code', ${foreignCode}))
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace,
      LATERAL (SELECT ${trustedRoles} AS roles) trusted
    WHERE c.oid OPERATOR(pg_catalog.=) ANY (ARRAY[${tables.map(regclass).join(', ')}]::pg_catalog.oid[]))`;

const regclass = (table: QualifiedName): string => `pg_catalog.to_regclass(${quoteText(quoteName(table))})`;

/**
 * A table to read from, as an item of FROM: all its rows. PostgreSQL refuses to sample a view before it looks at what the
 * view does, so that the statement that asks for {@link factsOf} may read as well.
 */
export const rowsOf = (table: QualifiedName, alias = ''): string =>
  `${quoteName(table)} ${alias} TABLESAMPLE pg_catalog.system(100)`;

/** @throws UntrustedTableError; AccessDeniedError where row security may hide rows from this role */
export async function assertTrusted(connection: Connection, facts: readonly TableFacts[] | null): Promise<void> {
  for (const each of facts ?? []) {
    const isPlain = ['r', 'p'].includes(each.kind) && !each.code;
    if (!isPlain || !(each.isTrusted || (await isHarmless(connection, each)))) throw new UntrustedTableError(each);
    if (each.hidesRows)
      throw new AccessDeniedError(qualify(each.schema, each.name), 'its row security may hide rows from this role');
  }
}

/** Whether nothing on a table of a role that is not trusted runs code: whoever migrated first may have made it. */
async function isHarmless(connection: Connection, { schema, name }: TableFacts): Promise<boolean> {
  const table = `pg_catalog.to_regclass(${quoteText(quoteName(qualify(schema, name)))})`;
  const [row] = await connection.query(harmless(table));
  return row?.harmless ?? false;
}

/**
 * Nothing but columns, keys and what PostgreSQL's own operators compute of columns, as the log has. No function call: the
 * server's own ones run any SQL that they are given as text (`query_to_xml`). No foreign key to the table: the triggers
 * that a cascade sets off run as whoever wrote the table.
 */
const harmless = (table: string): string => {
  const none = (catalog: string, key: string, condition = 'true') =>
    `NOT EXISTS (SELECT FROM pg_catalog.${catalog} WHERE ${key} OPERATOR(pg_catalog.=) c.oid AND (${condition}))`;
  const isComputed = `EXISTS (SELECT FROM pg_catalog.regexp_matches(adbin::pg_catalog.text, '[{]([A-Z_]+)', 'g') node
        WHERE node[1] OPERATOR(pg_catalog.<>) ALL ('{VAR,CONST,OPEXPR,RELABELTYPE}'))
      OR EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
        AND objid OPERATOR(pg_catalog.=) pg_attrdef.oid AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass)`;
  const conditions = [
    "c.relkind OPERATOR(pg_catalog.=) 'r'",
    'n.nspname OPERATOR(pg_catalog.<>) current_user',
    'NOT c.relhasrules',
    none('pg_trigger', 'tgrelid'),
    none('pg_policy', 'polrelid'),
    none('pg_statistic_ext', 'stxrelid'),
    none('pg_inherits', 'inhparent'),
    none('pg_inherits', 'inhrelid'),
    none('pg_constraint', 'conrelid', "contype OPERATOR(pg_catalog.<>) ALL ('{p,u,n}')"),
    none('pg_index', 'indrelid', 'indexprs IS NOT NULL OR indpred IS NOT NULL'),
    none('pg_attrdef', 'adrelid', isComputed),
    none(
      'pg_attribute a JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.atttypid',
      'a.attrelid',
      't.typowner OPERATOR(pg_catalog.<>) ALL (trusted.roles)',
    ),
  ];
  return `SELECT ${conditions.join('\n      AND ')} AS harmless
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace,
      LATERAL (SELECT ${trustedRoles} AS roles) trusted
    WHERE c.oid OPERATOR(pg_catalog.=) ${table}::pg_catalog.oid`;
};

/** Looks at tables before anything reads or writes them. Gives what is there. Throws what {@link assertTrusted} throws. */
export async function refuseUntrusted(
  connection: Connection,
  ...tables: readonly QualifiedName[]
): Promise<readonly TableFacts[]> {
  const facts = await readFacts(connection, tables);
  await assertTrusted(connection, facts);
  return facts ?? [];
}

/** Whether a table is among those that are there. */
export const isAmong = (facts: readonly TableFacts[], table: QualifiedName): boolean =>
  facts.some(({ name }) => name === bareName(table));

/**
 * The same of tables that must all be there, none of them of a role that is not trusted, whatever is on them.
 * @param condition under which a table of another role would serve
 */
export async function refuseForeign(
  connection: Connection,
  tables: readonly QualifiedName[],
  condition = '',
): Promise<void> {
  const facts = (await readFacts(connection, tables)) ?? [];
  const foreign = facts.find(({ isTrusted }) => !isTrusted);
  if (foreign) throw new UntrustedTableError(foreign, condition);
  await assertTrusted(connection, facts);
  const isUnseen = (table: QualifiedName) => !facts.some(({ name }) => name === bareName(table));
  for (const table of tables.filter(isUnseen)) {
    const owner = 'a role that this transaction does not see';
    throw new UntrustedTableError({ ...nameParts(table), kind: '', owner, code: null }, condition);
  }
}

async function readFacts(
  connection: Connection,
  tables: readonly QualifiedName[],
): Promise<readonly TableFacts[] | null> {
  const [row] = await connection.query(`SELECT ${factsOf(...tables)} AS facts`);
  return row.facts;
}

/** Does what samples tables by {@link rowsOf}. Throws UntrustedTableError where one is a view, or the like. */
export async function sampling<Result>(
  connection: Connection,
  tables: readonly QualifiedName[],
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (isNoTable(error)) await refuseUntrusted(connection, ...tables);
    throw error;
  }
}

const isNoTable = (error: unknown): boolean => ['0A000', '42809'].includes(sqlStateOf(error) ?? '');
