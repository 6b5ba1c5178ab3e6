/**
 * What `pg_dump --schema-only` looks at, one query per catalog, each giving `line`s that name an object and say all that
 * matters of it. Made for comparing two databases as text, so nothing in it depends on object ids or on column positions.
 * Members of extensions are left out, as pg_dump does; the extension stands for them.
 */
export const catalogQueries: readonly string[] = [
  `SELECT format('schema %I owner=%s acl=%s', n.nspname, n.nspowner::regrole, ${acl('n', 'n.nspacl', 'n.nspowner')}) AS line
     FROM pg_namespace n WHERE ${own('n', 'pg_namespace')} AND ${userSchema('n.nspname')} AND n.nspname <> 'public'`,

  `SELECT format('extension %I %s in %I', e.extname, e.extversion, n.nspname) AS line
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace`,

  `SELECT format('relation %s kind=%s persistence=%s access=%s options=%s rls=%s/%s replica=%s partition=%s bound=%s parents=%s populated=%s tablespace=%s toast=%s owner=%s acl=%s',
            c.oid::regclass, c.relkind, c.relpersistence, a.amname, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
            c.relreplident, CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END, pg_get_expr(c.relpartbound, c.oid),
            (SELECT array_agg(i.inhparent::regclass ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
            c.relispopulated, ${tablespace('c')}, (SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid), c.relowner::regrole,
            CASE c.relkind WHEN 'S' THEN ${acl('s', 'c.relacl', 'c.relowner')} ELSE ${acl('r', 'c.relacl', 'c.relowner')} END) AS line
     FROM ${relations("'r','p','v','m','f','S','c'")} LEFT JOIN pg_am a ON a.oid = c.relam`,

  `SELECT format('column %s.%I %s notnull=%s default=%s identity=%s generated=%s collation=%s storage=%s compression=%s statistics=%s options=%s acl=%s',
            c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
            a.attidentity, a.attgenerated, (SELECT quote_ident(l.collname) FROM pg_collation l WHERE l.oid = nullif(a.attcollation, t.typcollation)), a.attstorage,
            to_jsonb(a) ->> 'attcompression', nullif(a.attstattarget, -1), (SELECT array_agg(o ORDER BY o) FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg\\_attver=%'),
            ${acl('c', 'a.attacl', 'a.attrelid')}) AS line
     FROM ${relations("'r','p','v','m','f','c'")}
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     JOIN pg_type t ON t.oid = a.atttypid
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum`,

  // PostgreSQL 18 has NOT NULL constraints here as well: their names follow from history, not from what is declared.
  `SELECT format('constraint %s%s %s validated=%s deferrable=%s deferred=%s inherited=%s/%s',
            k.conrelid::regclass, CASE k.contype WHEN 'n' THEN '' ELSE format('.%I', k.conname) END, pg_get_constraintdef(k.oid),
            k.convalidated, k.condeferrable, k.condeferred, k.coninhcount, k.connoinherit) AS line
     FROM pg_constraint k JOIN ${relations("'r','p','f'")} ON c.oid = k.conrelid WHERE k.contype <> 't'`,

  `SELECT format('index %s valid=%s ready=%s clustered=%s replica=%s options=%s tablespace=%s statistics=%s', pg_get_indexdef(i.indexrelid), i.indisvalid,
            i.indisready, i.indisclustered, i.indisreplident, x.reloptions, ${tablespace('x')},
            (SELECT array_agg(format('%s:%s', a.attnum, a.attstattarget) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0)) AS line
     FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN ${relations("'r','p','m'")} ON c.oid = i.indrelid`,

  `SELECT format('enum %s (%s) owner=%s acl=%s', t.oid::regtype,
            (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
            t.typowner::regrole, ${acl('T', 't.typacl', 't.typowner')}) AS line
     FROM ${types()} WHERE t.typtype = 'e'`,

  `SELECT format('domain %s as %s notnull=%s default=%s collation=%s checks=%s', t.oid::regtype,
            format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault, (SELECT quote_ident(l.collname) FROM pg_collation l WHERE l.oid = t.typcollation),
            (SELECT array_agg(k.conname || ' ' || pg_get_constraintdef(k.oid) ORDER BY k.conname)
               FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')) AS line
     FROM ${types()} WHERE t.typtype = 'd'`,

  `SELECT format('range %s of %s', t.oid::regtype, r.rngsubtype::regtype) AS line
     FROM ${types()} JOIN pg_range r ON r.rngtypid = t.oid`,

  `SELECT format('sequence %s as %s start=%s by=%s min=%s max=%s cache=%s cycle=%s owner=%s', c.oid::regclass,
            s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
            (SELECT format('%s.%I %s', a.attrelid::regclass, a.attname, d.deptype) FROM pg_depend d
               JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
              WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
                AND d.deptype IN ('a', 'i'))) AS line
     FROM ${relations("'S'")} JOIN pg_sequence s ON s.seqrelid = c.oid`,

  `SELECT format('view %s as %s', c.oid::regclass, pg_get_viewdef(c.oid)) AS line FROM ${relations("'v','m'")}`,

  `SELECT format('rule %s', pg_get_ruledef(r.oid)) AS line
     FROM pg_rewrite r JOIN ${relations("'r','p','v','m'")} ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'`,

  `SELECT format('trigger %s enabled=%s', pg_get_triggerdef(g.oid), g.tgenabled) AS line
     FROM pg_trigger g JOIN ${relations("'r','p','v','f'")} ON c.oid = g.tgrelid WHERE NOT g.tgisinternal`,

  `SELECT format('policy %I.%I.%I %s to %s for %s using=%s check=%s', schemaname, tablename, policyname, permissive, roles, cmd,
            qual, with_check) AS line
     FROM pg_policies`,

  `SELECT format('function %s acl=%s %s', p.oid::regprocedure, p.proacl,
            CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) ELSE p.prokind::text END) AS line
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE ${userSchema('n.nspname')} AND ${own('p', 'pg_proc')}`,

  `SELECT format('statistics %s owner=%s target=%s', pg_get_statisticsobjdef(s.oid), s.stxowner::regrole, nullif(s.stxstattarget, -1)) AS line
     FROM pg_statistic_ext s WHERE ${own('s', 'pg_statistic_ext')}`,

  `SELECT format('publication %I %s', p.pubname, to_jsonb(p) - 'pubname') AS line FROM pg_publication_tables p`,

  `SELECT format('collation %I.%I provider=%s %s %s deterministic=%s', n.nspname, l.collname, l.collprovider, l.collcollate,
            l.collctype, l.collisdeterministic) AS line
     FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
    WHERE ${userSchema('n.nspname')} AND ${own('l', 'pg_collation')}`,

  `SELECT format('%s %s depends on extension %I', i.type, i.identity, x.extname) AS line
     FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass,
          pg_identify_object(d.classid, d.objid, 0) i WHERE d.deptype = 'x'`,

  // Object ids below 16384 are PostgreSQL's own: https://www.postgresql.org/docs/current/system-catalog-initial-data.html
  `SELECT format('comment on %s %s: %s', i.type, i.identity, d.description) AS line
     FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE d.objoid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e
          WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')`,
];

/** Privileges as `role=PRIVILEGE*` and who granted them, however they came about: those of the owner, and PostgreSQL's defaults, are spelled out. */
function acl(type: string, list: string, owner: string): string {
  return `(SELECT array_agg(format('%s=%s%s from %s', CASE WHEN e.grantee <> 0 THEN e.grantee::regrole END, e.privilege_type, CASE WHEN e.is_grantable THEN '*' END, e.grantor::regrole)
            ORDER BY e.grantee::regrole::text, e.privilege_type, e.is_grantable, e.grantor::regrole::text) FROM aclexplode(coalesce(${list}, acldefault('${type}', ${owner}))) e)`;
}

function tablespace(alias: string): string {
  return `(SELECT p.spcname FROM pg_tablespace p WHERE p.oid = ${alias}.reltablespace)`;
}

function relations(kinds: string): string {
  return `(SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN (${kinds}) AND ${userSchema('n.nspname')} AND ${own('c', 'pg_class')}) c`;
}

function types(): string {
  return `(SELECT t.* FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE ${userSchema('n.nspname')} AND ${own('t', 'pg_type')}) t`;
}

function userSchema(name: string): string {
  return `${name} !~ '^pg_' AND ${name} <> 'information_schema'`;
}

function own(alias: string, catalog: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend e
            WHERE e.classid = '${catalog}'::regclass AND e.objid = ${alias}.oid AND e.deptype = 'e')`;
}
