/** What on a table may run code of a role that is not trusted when somebody else writes the table. */
export interface ForeignCode {
  readonly kind: 'function' | 'condition' | 'call' | 'foreignKey';
  /** The name of the trigger or the foreign key. */
  readonly name: string;
  readonly owner: string;
}

const texts: Readonly<Record<ForeignCode['kind'], (code: ForeignCode) => string>> = {
  function: ({ name, owner }) => `the trigger ${name}, whose function belongs to ${owner}`,
  condition: ({ name, owner }) => `the trigger ${name}, whose condition uses what belongs to ${owner}`,
  call: ({ name, owner }) => `the trigger ${name}, whose condition calls functions and which ${owner} may have made`,
  foreignKey: ({ name, owner }) => `a foreign key to it, ${name}, of a table that belongs to ${owner}`,
};

/** `the trigger t, whose function belongs to mallory`. */
export const describeCode = (code: ForeignCode): string => texts[code.kind](code);

const equals = 'OPERATOR(pg_catalog.=)';
const isIn = (catalog: string) => `${equals} 'pg_catalog.${catalog}'::pg_catalog.regclass`;
const trigger = `pg_catalog.pg_trigger t WHERE t.tgrelid ${equals} c.oid AND NOT t.tgisinternal`;

/** The privileges with which a role puts on a table of another one what runs when it is written. */
const privileges = `(SELECT e.grantee, e.privilege_type FROM pg_catalog.aclexplode(c.relacl) e
      UNION ALL SELECT e.grantee, e.privilege_type FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) e
      WHERE a.attrelid ${equals} c.oid AND a.attacl IS NOT NULL)`;

/** An expression about a table `c`, for roles that are `trusted`: whether another one may put something on it. */
export const isOpenToOthers = `(c.relowner OPERATOR(pg_catalog.<>) ALL (trusted.roles) OR EXISTS (SELECT FROM ${privileges} e
      WHERE e.privilege_type ${equals} ANY (ARRAY['TRIGGER', 'REFERENCES']) AND e.grantee OPERATOR(pg_catalog.<>) ALL (trusted.roles)))`;

/** What a trigger's condition may hold beside what is recorded of it; a function of the server may run any SQL that it is given. */
const callsFunctions = `EXISTS (SELECT FROM pg_catalog.regexp_matches(t.tgqual::pg_catalog.text, '[{]([A-Z_]+)', 'g') node
        WHERE node[1] OPERATOR(pg_catalog.<>) ALL ('{VAR,CONST,OPEXPR,DISTINCTEXPR,BOOLEXPR,NULLTEST,RELABELTYPE,SCALARARRAYOPEXPR,ARRAYEXPR}'))`;

/**
 * An expression about a table `c`, for roles that are `trusted`: {@link ForeignCode}, or null. A cascade of a foreign key sets
 * off the triggers of its table as whoever wrote the referenced one.
 */
export const foreignCode = `(SELECT pg_catalog.json_build_object('kind', x.kind, 'name', x.name, 'owner',
        CASE WHEN x.owner ${equals} 0::pg_catalog.oid THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(x.owner) END)
      FROM (
        SELECT 1 AS place, 'function' AS kind, t.tgname AS name, (SELECT p.proowner FROM pg_catalog.pg_proc p WHERE p.oid ${equals} t.tgfoid) AS owner
          FROM ${trigger}
        UNION ALL SELECT 2, 'condition', t.name, coalesce(p.proowner, w.proowner, y.typowner)
          FROM (SELECT t.oid, t.tgname AS name FROM ${trigger} AND t.tgqual IS NOT NULL) t
          JOIN pg_catalog.pg_depend d ON d.classid ${isIn('pg_trigger')} AND d.objid ${equals} t.oid
          LEFT JOIN pg_catalog.pg_proc p ON d.refclassid ${isIn('pg_proc')} AND p.oid ${equals} d.refobjid
          LEFT JOIN pg_catalog.pg_operator o ON d.refclassid ${isIn('pg_operator')} AND o.oid ${equals} d.refobjid
          LEFT JOIN pg_catalog.pg_proc w ON w.oid ${equals} o.oprcode
          LEFT JOIN pg_catalog.pg_type y ON d.refclassid ${isIn('pg_type')} AND y.oid ${equals} d.refobjid
        UNION ALL SELECT 3, 'foreignKey', k.conname, r.relowner
          FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_constraint k ON k.oid ${equals} t.tgconstraint AND k.confrelid ${equals} c.oid
          JOIN pg_catalog.pg_class r ON r.oid ${equals} k.conrelid
          WHERE t.tgrelid ${equals} c.oid AND (k.confupdtype ${equals} ANY ('{c,n,d}') OR k.confdeltype ${equals} ANY ('{c,n,d}'))
        UNION ALL SELECT 4, 'call', t.tgname, e.grantee FROM ${privileges} e, ${trigger} AND t.tgqual IS NOT NULL
          AND e.privilege_type ${equals} 'TRIGGER' AND ${callsFunctions}
      ) x WHERE x.owner OPERATOR(pg_catalog.<>) ALL (trusted.roles) ORDER BY x.place LIMIT 1)`;
