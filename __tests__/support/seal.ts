import type pg from 'pg';

/** Drops what tests usually make, and makes the schema `public` anew. */
export const emptying = `SET lock_timeout = '10s'; SET client_min_messages = warning; DO $$
  DECLARE statement text;
  BEGIN
    FOR statement IN
      SELECT format('DROP EVENT TRIGGER %I', evtname) FROM pg_event_trigger
      UNION ALL SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication
      UNION ALL SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_extension WHERE oid >= 16384
      UNION ALL SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', nspname) FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    LOOP EXECUTE statement; END LOOP;
    CREATE SCHEMA public;
    COMMENT ON SCHEMA public IS 'standard public schema';
    IF current_setting('server_version_num')::int >= 150000 THEN
      GRANT USAGE ON SCHEMA public TO PUBLIC;
      ALTER SCHEMA public OWNER TO pg_database_owner;
    ELSE
      GRANT ALL ON SCHEMA public TO PUBLIC;
    END IF;
  END $$`;

const catalogs = [
  'class',
  'type',
  'proc',
  'operator',
  'opclass',
  'opfamily',
  'cast',
  'collation',
  'conversion',
  'ts_config',
  'ts_dict',
  'ts_parser',
  'ts_template',
  'extension',
  'language',
  'foreign_data_wrapper',
  'foreign_server',
  'publication',
  'subscription',
  'event_trigger',
  'largeobject_metadata',
  'default_acl',
  'statistic_ext',
  'am',
  'transform',
];

/** What a database has beside PostgreSQL's own, and who may do what in it: the same for a fresh and an emptied one. */
export async function sealOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ seal: string }>(`
    SELECT concat_ws(E'\\n', ${catalogs.map(name => `(SELECT count(*) FROM pg_${name}${madeIn[name] ?? ' WHERE oid >= 16384'})`).join(', ')},
      (SELECT concat_ws(' ', datdba, datacl, datconnlimit, dattablespace, shobj_description(oid, 'pg_database')) FROM pg_database WHERE datname = current_database()),
      (SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = current_database()),
      (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()),
      (SELECT count(*) FROM pg_replication_slots WHERE database = current_database()),
      (SELECT string_agg(concat_ws(' ', nspname, nspowner, nspacl, obj_description(oid, 'pg_namespace')), E'\\n' ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'),
      (SELECT string_agg(concat_ws(' ', oid, relowner, relacl), E'\\n' ORDER BY oid) FROM pg_class WHERE oid < 16384 AND relacl IS NOT NULL),
      (SELECT string_agg(concat_ws(' ', oid, proowner, proacl), E'\\n' ORDER BY oid) FROM pg_proc WHERE oid < 16384 AND proacl IS NOT NULL),
      (SELECT string_agg(concat_ws(' ', oid, typowner, typacl), E'\\n' ORDER BY oid) FROM pg_type WHERE oid < 16384 AND typacl IS NOT NULL),
      (SELECT string_agg(concat_ws(' ', oid, lanowner, lanacl), E'\\n' ORDER BY oid) FROM pg_language),
      (SELECT count(*) FROM pg_description WHERE objoid < 16384 AND classoid <> 'pg_namespace'::regclass), (SELECT count(*) FROM pg_seclabel)) AS seal`);
  return rows[0]!.seal;
}

/** Sessions leave the schemas of their temporary tables behind. */
const madeIn: Readonly<Record<string, string>> = { class: " WHERE oid >= 16384 AND relpersistence <> 't'" };
