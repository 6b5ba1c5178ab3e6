import { testRun } from '../support/test-run.ts';

/** What a maker is told: names as they are in one of the two sets. */
export interface Target {
  readonly name: string;
  readonly schema: string;
  readonly relation: string;
  readonly columns: readonly string[];
  /** The type of the key it refers to, or the enum that it takes. */
  readonly type?: string;
}

const isFrom = (major: number): boolean => testRun().serverMajor >= major;

/** Who reads what others make; a role of the whole cluster. */
export const READER = 'typeorm_alembic_reader';

export const makers = {
  view: ({ name, schema, relation, columns }: Target) => `
    CREATE VIEW "${schema}"."${name}" WITH (${viewOptions()}) AS
      SELECT ${aliased(columns)} FROM ${relation} WHERE ${columns[0]} IS NOT NULL;
    GRANT SELECT ON "${schema}"."${name}" TO ${READER};
    COMMENT ON VIEW "${schema}"."${name}" IS 'for the books';
    COMMENT ON COLUMN "${schema}"."${name}".c0 IS 'the first';
    CREATE TRIGGER "${name}_save" INSTEAD OF INSERT ON "${schema}"."${name}" FOR EACH ROW EXECUTE FUNCTION "others".touch();
    CREATE RULE "${name}_keep" AS ON DELETE TO "${schema}"."${name}" DO INSTEAD NOTHING;
    ALTER VIEW "${schema}"."${name}" OWNER TO ${READER};`,
  materializedView: ({ name, schema, relation, columns }: Target) => `
    CREATE MATERIALIZED VIEW "${schema}"."${name}" AS SELECT ${aliased(columns)} FROM ${relation};
    CREATE INDEX "${name}_index" ON "${schema}"."${name}" ((c0 IS NULL));
    GRANT SELECT ON "${schema}"."${name}" TO ${READER};
    COMMENT ON MATERIALIZED VIEW "${schema}"."${name}" IS 'refreshed by night';`,
  index: ({ name, relation, columns }: Target) => `
    CREATE INDEX "${name}" ON ${relation} ((${columns[0]} IS NULL)) WITH (fillfactor=70);
    COMMENT ON INDEX ${relation.split('.')[0]}."${name}" IS 'for a slow query';`,
  partialIndex: ({ name, relation, columns }: Target) =>
    `CREATE INDEX "${name}" ON ${relation} ((${columns[0]} IS NULL)) WHERE ${columns.at(-1)} IS NOT NULL;`,
  check: ({ name, relation, columns }: Target) => `
    ALTER TABLE ${relation} ADD CONSTRAINT "${name}" CHECK (${columns[0]} IS NOT NULL OR ${columns[0]} IS NULL);
    COMMENT ON CONSTRAINT "${name}" ON ${relation} IS 'agreed';`,
  policy: ({ name, relation, columns }: Target) => `
    ALTER TABLE ${relation} ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "${name}" ON ${relation} FOR SELECT TO ${READER} USING (${columns[0]} IS NOT NULL OR ${columns.at(-1)} IS NULL);`,
  viewOfView: ({ name, schema, relation, columns }: Target) => `
    CREATE VIEW "${schema}"."${name}" AS SELECT ${aliased(columns)} FROM ${relation};
    GRANT SELECT ON "${schema}"."${name}" TO ${READER};`,
  viewGrant: ({ relation, columns }: Target) => `GRANT SELECT (${columns[0]}) ON ${relation} TO ${READER};`,
  viewComment: ({ relation, columns }: Target) => `COMMENT ON COLUMN ${relation}.${columns[0]} IS 'by another hand';`,
  viewIndex: ({ name, relation, columns }: Target) =>
    `CREATE INDEX "${name}" ON ${relation} ((${columns[0]} IS NULL));`,
  coveringIndex: ({ name, relation, columns }: Target) =>
    `CREATE INDEX "${name}" ON ${relation} ((${columns[0]} IS NULL) DESC) INCLUDE (${columns[0]});`,
  comment: ({ relation, columns }: Target) => `COMMENT ON COLUMN ${relation}.${columns[0]} IS 'by another hand';`,
  tableOptions: ({ relation }: Target) =>
    `ALTER TABLE ${relation} SET (fillfactor=80); ALTER TABLE ${relation} REPLICA IDENTITY FULL;`,
  columnOptions: ({ relation, columns }: Target) =>
    `ALTER TABLE ${relation} ALTER COLUMN ${columns[0]} SET STATISTICS 500;`,
  column: ({ name, relation }: Target) =>
    `ALTER TABLE ${relation} ADD COLUMN "${name}" text DEFAULT 'theirs' CONSTRAINT "${name}_given" CHECK ("${name}" <> ''); COMMENT ON COLUMN ${relation}."${name}" IS 'theirs';`,
  standalone: ({ name }: Target) => `
    CREATE DOMAIN public."${name}_domain" AS int CHECK (VALUE > 0);
    CREATE TABLE public."${name}" (id bigserial, of public."${name}_domain", note text) PARTITION BY RANGE (id);
    CREATE TABLE public."${name}_part" PARTITION OF public."${name}" FOR VALUES FROM (1) TO (100);
    CREATE FUNCTION public."${name}_count"() RETURNS bigint LANGUAGE sql AS 'SELECT 1';
    GRANT SELECT ON public."${name}" TO ${READER};`,
  rowSecurity: ({ relation }: Target) => `ALTER TABLE ${relation} ENABLE ROW LEVEL SECURITY;`,
  trigger: ({ name, relation, columns }: Target) => `
    CREATE TRIGGER "${name}" BEFORE UPDATE OF ${columns[0]} ON ${relation}
      FOR EACH ROW WHEN (OLD.${columns.at(-1)} IS NULL) EXECUTE FUNCTION "others".touch();`,
  grant: ({ relation }: Target) => `GRANT INSERT ON ${relation} TO ${READER};`,
  columnGrant: ({ relation, columns }: Target) => `GRANT SELECT (${columns[0]}) ON ${relation} TO ${READER};`,
  statistics: ({ name, schema, relation, columns }: Target) =>
    !isFrom(14)
      ? ''
      : `CREATE STATISTICS "${schema}"."${name}" ON (${columns[0]} IS NULL), (${columns.at(-1)} IS NOT NULL) FROM ${relation};`,
  rule: ({ name, relation, columns }: Target) =>
    `CREATE RULE "${name}" AS ON UPDATE TO ${relation} WHERE OLD.${columns[0]} IS NULL AND OLD.${columns[0]} IS NOT NULL DO ALSO NOTHING;`,
  foreignKey: ({ name, relation, columns, type }: Target) =>
    `CREATE TABLE "others"."${name}" (note text, of ${type} REFERENCES ${relation} (${columns[0]}));`,
  enumFunction: ({ name, type }: Target) =>
    `CREATE FUNCTION "others"."${name}"(given ${type}) RETURNS int LANGUAGE sql AS 'SELECT 1';`,
  enumDomain: ({ name, type }: Target) => `CREATE DOMAIN "others"."${name}" AS ${type} CHECK (VALUE IS NOT NULL);`,
  enumPartitions: ({ name, type }: Target) => `
    CREATE TABLE "others"."${name}" (note text, of ${type}) PARTITION BY LIST (of);
    CREATE TABLE "others"."${name}_rest" PARTITION OF "others"."${name}" DEFAULT;`,
  rowFunction: ({ name, relation }: Target) =>
    `CREATE FUNCTION "others"."${name}"(given ${relation}) RETURNS int LANGUAGE sql AS 'SELECT 1';`,
  sqlFunction: ({ name, relation, columns }: Target) =>
    isFrom(14)
      ? `CREATE FUNCTION "others"."${name}"() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(${columns[0]}) FROM ${relation}; END;`
      : '',
  publication: ({ name, relation, columns }: Target) => {
    const filter = !isFrom(15) ? '' : ` WHERE (${columns[0]} IS NOT NULL)`;
    return `CREATE PUBLICATION "${name}" FOR TABLE ${relation}${filter} WITH (publish = 'insert');`;
  },
} as const;

const viewOptions = (): string =>
  !isFrom(15) ? 'security_barrier=true' : 'security_barrier=true, security_invoker=true';

const aliased = (columns: readonly string[]): string => columns.map((column, at) => `${column} AS c${at}`).join(', ');
