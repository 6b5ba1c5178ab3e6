/** Ways to name things that a program may misread. */
export interface Naming {
  /** A name of a relation that an entity can have: TypeORM reads a dot there as a schema. */
  relation(name: string): string;
  readonly part: (name: string) => string;
  /** Of an enum: TypeORM cannot create one with a dot. */
  readonly enum: (name: string) => string;
}

const alike = (part: (name: string) => string): Naming => ({ relation: part, part, enum: part });

const padded = (name: string): string => name.padEnd(63, 'x');

export const NAMINGS: Readonly<Record<string, Naming>> = {
  plain: alike(name => name),
  'with a dot': { relation: name => name, part: name => `${name}.of.ticket`, enum: name => name },
  'with a double quote': alike(name => `${name}"s`),
  'in uppercase': alike(name => `My ${name.toUpperCase()}`),
  'equal to those of a schema and its table': {
    relation: name => ({ ticket: 'audit', moved: 'archive' })[name] ?? `audit_${name}`,
    part: name => ({ kept: 'event', kept2: 'extra' })[name] ?? `event_${name}`,
    enum: name => `audit_${name}`,
  },
  'of 63 bytes': alike(padded),
  'in other scripts': alike(name => `é_${name}_票`),
};

/** What the entities of a project declare at a time. */
export interface State {
  readonly table: { readonly schema?: string; readonly name: string };
  /** The column that stays, under one name or another. */
  readonly kept: string;
  readonly code: string;
  /** The parts that are dropped at some time. */
  readonly hasParts: boolean;
  readonly hasTicket: boolean;
  /** The column, index and constraint of a table in a schema that may have the name of another table. */
  readonly hasExtra: boolean;
}

const text = JSON.stringify;
const id = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoted = ({ schema, name }: State['table']): string =>
  schema === undefined ? id(name) : `${id(schema)}.${id(name)}`;

/** The entities of that state, as source text. */
export function entitiesOf(naming: Naming, state: State): string {
  const { relation, part } = naming;
  return [parent(naming, state), state.hasTicket ? ticket(naming, state) : '', event(naming, state)].join('\n');

  function event({ part: name }: Naming, { hasExtra }: State): string {
    return `@Entity({ schema: 'audit', name: 'event' })
      ${hasExtra ? `@Index(${text(name('event_index'))}, ['extra']) @Unique(${text(name('event_unique'))}, ['id', 'extra'])` : ''}
      export class Event { @PrimaryColumn() id!: number; ${hasExtra ? `@Column() extra!: number;` : ''} }`;
  }

  function parent(_: Naming, { code }: State): string {
    return `@Entity({ name: ${text(relation('parent'))} }) @Unique(${text(part('code_key'))}, ['code'])
      export class Parent { @PrimaryColumn() id!: number; @Column({ name: ${text(code)} }) code!: number; }`;
  }

  function ticket(_: Naming, { table, kept, hasParts }: State): string {
    const select = `SELECT id, ${id(kept)} AS value FROM ${quoted(table)}`;
    return `@Entity(${text({ ...table })}) ${hasParts ? classParts(kept) : ''}
      export class Ticket { @PrimaryGeneratedColumn() id!: number; @Column({ name: ${text(kept)} }) kept!: number;
        ${hasParts ? columns() : ''} }
      @ViewEntity({ name: ${text(relation('view'))}, expression: ${text(select)} })
      export class Seen { @ViewColumn() id!: number; @ViewColumn() value!: number; }
      @ViewEntity({ name: ${text(relation('matview'))}, materialized: true, expression: ${text(select)} })
      export class Kept { @ViewColumn() id!: number; ${hasParts ? `@Index(${text(part('matview_index'))})` : ''} @ViewColumn() value!: number; }`;
  }

  function classParts(kept: string): string {
    return `@Index(${text(part('index'))}, ['kept']) @Unique(${text(part('unique'))}, ['id', 'kept'])
      @Check(${text(part('check'))}, ${text(`${id(kept)} > -1`)})
      @Exclusion(${text(part('exclusion'))}, ${text(`USING gist (int4range(${id(kept)}, ${id(kept)} + 1) WITH &&)`)})`;
  }

  function columns(): string {
    return `@Column({ name: ${text(part('other'))}, default: 0 }) other!: number;
      @Column({ name: ${text(part('state'))}, type: 'enum', enum: ['a', 'b'], enumName: ${text(naming.enum('enum'))}, nullable: true }) state?: string;
      @ManyToOne(() => Parent, { nullable: true })
      @JoinColumn({ name: ${text(part('parent_id'))}, referencedColumnName: 'code', foreignKeyConstraintName: ${text(part('fk'))} })
      parent?: Relation<Parent>;`;
  }
}

/** Objects of somebody else, whose names all begin with `dba`, on the project's tables and beside them. */
export function handMade({ relation, part }: Naming, { table, kept, code }: State, serverMajor: number): string {
  const [on, column, name] = [quoted(table), id(kept), (of: string) => id(dba(part, of))];
  const onDelete = serverMajor >= 15 ? `ON DELETE SET NULL (${column})` : '';
  return `
    ALTER TABLE ${on} ADD COLUMN ${name('column')} integer;
    COMMENT ON COLUMN ${on}.${name('column')} IS 'by hand';
    CREATE INDEX ${name('cover')} ON ${on} (id) INCLUDE (${column});
    CREATE INDEX ${name('partial')} ON ${on} (id) WHERE ${column} > 5;
    CREATE INDEX ${name('expression')} ON ${on} ((${column} + 1));
    CREATE INDEX ${name('plain')} ON ${on} (${column}, id);
    ALTER TABLE ${on} ADD CONSTRAINT ${name('unique')} UNIQUE (id) INCLUDE (${column});
    ALTER TABLE ${on} ADD CONSTRAINT ${name('check')} CHECK (${column} > -1000);
    ALTER TABLE ${on} ADD CONSTRAINT ${name('exclusion')} EXCLUDE USING gist (int8range(${column}, ${column} + 2) WITH &&);
    ALTER TABLE ${on} ADD CONSTRAINT ${name('fk')} FOREIGN KEY (${column}) REFERENCES ${id(relation('parent'))} (${id(code)}) ${onDelete};
    CREATE STATISTICS ${name('statistics')} ON id, ${column} FROM ${on};
    CREATE POLICY ${name('policy')} ON ${on} USING (${column} > 0);
    CREATE FUNCTION ${name('function')}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER ${name('trigger')} BEFORE UPDATE OF ${column} ON ${on} FOR EACH ROW EXECUTE FUNCTION ${name('function')}();
    CREATE TYPE ${name('enum')} AS ENUM ('a');
    CREATE SEQUENCE ${name('sequence')};
    CREATE TABLE ${name('table')} (id integer PRIMARY KEY, ${column} integer);
    CREATE VIEW ${name('view')} AS SELECT ${column} FROM ${on};
    CREATE MATERIALIZED VIEW ${name('matview')} AS SELECT ${column} AS value FROM ${on};
    CREATE INDEX ${name('matview_index')} ON ${name('matview')} (value);
    CREATE INDEX ${name('index_of_matview')} ON ${id(relation('matview'))} (value);
    CREATE INDEX ${name('event_index')} ON audit.event (id) INCLUDE (extra) WHERE id > 0;
    ALTER TABLE audit.event ADD CONSTRAINT ${name('event_check')} CHECK (id > -5)`;
}

/** 63 bytes stay 63 bytes. */
const dba = (part: Naming['part'], name: string): string => part(`dba_${name}`);

/** The views of somebody else that stand in the way of dropping the table. */
export const dropOthersViews = ({ part }: Naming): string =>
  `DROP VIEW ${id(dba(part, 'view'))}; DROP MATERIALIZED VIEW ${id(dba(part, 'matview'))}`;

/** What the database has, by PostgreSQL's own catalogs. */
export const inventoryQuery = `
  WITH spaces AS (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'audit', 'archive'))
  SELECT sort, name FROM (
    SELECT CASE relkind WHEN 'i' THEN 'index' WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview' ELSE 'sequence' END AS sort,
        relname AS name, relnamespace AS space
      FROM pg_class c WHERE NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = c.oid AND o.contype IN ('p', 'u', 'x'))
    UNION ALL SELECT 'constraint ' || contype::text, conname, connamespace FROM pg_constraint WHERE contype <> 'n'
    UNION ALL SELECT 'column', attname, relnamespace FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
      WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT 'comment', attname, relnamespace FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
      WHERE attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NOT NULL
    UNION ALL SELECT 'enum', typname, typnamespace FROM pg_type WHERE typtype = 'e'
    UNION ALL SELECT 'statistics', stxname, stxnamespace FROM pg_statistic_ext
    UNION ALL SELECT 'policy', polname, relnamespace FROM pg_policy JOIN pg_class c ON c.oid = polrelid
    UNION ALL SELECT 'trigger', tgname, relnamespace FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal
  ) objects WHERE space IN (SELECT oid FROM spaces) AND name !~ 'alembic'
  ORDER BY 1, 2`;
