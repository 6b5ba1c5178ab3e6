/** What on a table may run code of a role that is not trusted when somebody else writes the table. */
export interface ForeignCode {
  readonly kind: 'function' | 'condition' | 'trigger' | 'table' | 'open';
  /** The name of the trigger, or of the table that changes along. */
  readonly name: string;
  readonly owner: string;
}

const texts: Readonly<Record<ForeignCode['kind'], (code: ForeignCode) => string>> = {
  function: ({ name, owner }) => `the trigger ${name}, whose function belongs to ${owner}`,
  condition: ({ name, owner }) => `the trigger ${name}, whose condition uses what belongs to ${owner}`,
  trigger: ({ name, owner }) =>
    `the trigger ${name}, which ${owner} may have made (it has TRIGGER on the table: revoke that where it has not)`,
  table: ({ name, owner }) => `a table that changes along with it, ${name}, which belongs to ${owner}`,
  open: ({ name, owner }) =>
    `a table that changes along with it, ${name}, on which ${owner} may put triggers (revoke TRIGGER and REFERENCES)`,
};

/** `the trigger t, whose function belongs to mallory`. */
export const describeCode = (code: ForeignCode): string => texts[code.kind](code);

const equals = 'OPERATOR(pg_catalog.=)';
const isIn = (catalog: string) => `${equals} 'pg_catalog.${catalog}'::pg_catalog.regclass`;

/** The roles that are not trusted with privileges by which they put on a table of another one what runs when it is written. */
const granteesOn = (table: string) => `(SELECT e.grantee, e.privilege_type FROM (
        SELECT * FROM pg_catalog.aclexplode(${table}.relacl)
        UNION ALL SELECT e.* FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) e
          WHERE a.attrelid ${equals} ${table}.oid AND a.attacl IS NOT NULL) e
      WHERE e.privilege_type ${equals} ANY (ARRAY['TRIGGER', 'REFERENCES']) AND e.grantee OPERATOR(pg_catalog.<>) ALL (trusted.roles))`;

/** An expression about a table `c`, for roles that are `trusted`: whether another one may put something on it. */
export const isOpenToOthers = `(c.relowner OPERATOR(pg_catalog.<>) ALL (trusted.roles) OR EXISTS (SELECT FROM ${granteesOn('c')} e))`;

/**
 * An expression about a table `c`, for roles that are `trusted`: {@link ForeignCode}, or null. What a write sets off on the
 * tables that change along, by a foreign key or as heirs and partitions, runs as whoever writes. A catalog does not say who
 * made a trigger: its arguments and its condition may be of anyone who could, also where its function is trusted.
 */
export const foreignCode = `(WITH RECURSIVE changed(oid) AS (
        SELECT c.oid
        UNION SELECT along.oid FROM changed, LATERAL (
          SELECT k.conrelid FROM pg_catalog.pg_trigger t
            JOIN pg_catalog.pg_constraint k ON k.oid ${equals} t.tgconstraint AND k.confrelid ${equals} changed.oid
            WHERE t.tgrelid ${equals} changed.oid AND (k.confupdtype ${equals} ANY ('{c,n,d}') OR k.confdeltype ${equals} ANY ('{c,n,d}'))
          UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent ${equals} changed.oid) along(oid)),
      tables AS (SELECT r.oid, r.relname::pg_catalog.text AS name, r.relowner, r.relacl, r.oid ${equals} c.oid AS "isItself"
        FROM changed JOIN pg_catalog.pg_class r ON r.oid ${equals} changed.oid),
      triggers AS (SELECT t.oid, CASE WHEN r."isItself" THEN t.tgname ELSE pg_catalog.format('%s on %s', t.tgname, r.name) END AS name,
          r."isItself", t.tgfoid, t.tgqual
        FROM tables r JOIN pg_catalog.pg_trigger t ON t.tgrelid ${equals} r.oid AND NOT t.tgisinternal)
      SELECT pg_catalog.json_build_object('kind', x.kind, 'name', x.name, 'owner',
        CASE WHEN x.owner ${equals} 0::pg_catalog.oid THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(x.owner) END)
      FROM (
        SELECT 1 AS place, 'function' AS kind, t.name, p.proowner AS owner
          FROM triggers t JOIN pg_catalog.pg_proc p ON p.oid ${equals} t.tgfoid
        UNION ALL SELECT 2, 'condition', t.name, coalesce(p.proowner, w.proowner, y.typowner)
          FROM triggers t
          JOIN pg_catalog.pg_depend d ON d.classid ${isIn('pg_trigger')} AND d.objid ${equals} t.oid
          LEFT JOIN pg_catalog.pg_proc p ON d.refclassid ${isIn('pg_proc')} AND p.oid ${equals} d.refobjid
          LEFT JOIN pg_catalog.pg_operator o ON d.refclassid ${isIn('pg_operator')} AND o.oid ${equals} d.refobjid
          LEFT JOIN pg_catalog.pg_proc w ON w.oid ${equals} o.oprcode
          LEFT JOIN pg_catalog.pg_type y ON d.refclassid ${isIn('pg_type')} AND y.oid ${equals} d.refobjid
          WHERE t.tgqual IS NOT NULL
        UNION ALL SELECT 3, 'table', r.name, r.relowner FROM tables r WHERE NOT r."isItself"
        UNION ALL SELECT 4, 'open', r.name, e.grantee FROM tables r, LATERAL ${granteesOn('r')} e WHERE NOT r."isItself"
        UNION ALL SELECT 5, 'trigger', t.name, e.grantee FROM triggers t, ${granteesOn('c')} e
          WHERE t."isItself" AND e.privilege_type ${equals} 'TRIGGER'
      ) x WHERE x.owner OPERATOR(pg_catalog.<>) ALL (trusted.roles) ORDER BY x.place LIMIT 1)`;
