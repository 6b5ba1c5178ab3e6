/**
 * Types that PostgreSQL finds in `pg_catalog` before it looks into any other schema: a type of the same name has to be
 * qualified. Those of catalogs (`pg_class`) and of arrays (`_int4`) are told by their first characters.
 * @see https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-CATALOG
 */
const names = new Set(
  (
    'aclitem any anyarray anycompatible anycompatiblearray anycompatiblemultirange anycompatiblenonarray ' +
    'anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange bit bool box bpchar bytea char cid cidr ' +
    'circle cstring date datemultirange daterange event_trigger fdw_handler float4 float8 gtsvector index_am_handler inet ' +
    'int2 int2vector int4 int4multirange int4range int8 int8multirange int8range internal interval json jsonb jsonpath ' +
    'language_handler line lseg macaddr macaddr8 money name numeric nummultirange numrange oid oid8 oidvector opaque path ' +
    'point polygon record refcursor regclass regcollation regconfig regdatabase regdictionary regnamespace regoper ' +
    'regoperator regproc regprocedure regrole regtype smgr table_am_handler text tid time timestamp timestamptz timetz ' +
    'trigger tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot unknown uuid ' +
    'varbit varchar void xid xid8 xml abstime reltime tinterval'
  ).split(' '),
);

/** Whether a type of this name is found in `pg_catalog`. */
export const isBuiltInType = (name: string): boolean => names.has(name) || /^(pg_|_)/.test(name);
