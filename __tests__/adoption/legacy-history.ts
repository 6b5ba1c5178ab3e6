import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { entitiesFrom } from '../support/index.ts';

/** One of TypeORM's own migrations, of which both a class and a source can be made. */
export interface LegacyMigration {
  readonly name: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly transaction?: false;
}

/** How many columns are added, one migration for each. */
const COLUMNS = 26;
const columns = Array.from({ length: COLUMNS }, (_, i) => `note_${String(i + 1).padStart(2, '0')}`);

const beginning: readonly Omit<LegacyMigration, 'name'>[] & { readonly length: 4 } = [
  {
    up: [
      'CREATE TABLE "journal" ("name" text)',
      'CREATE TABLE "item" ("id" uuid NOT NULL DEFAULT uuid_generate_v4(), CONSTRAINT "item_pkey" PRIMARY KEY ("id"))',
    ],
    down: ['DROP TABLE "item"', 'DROP TABLE "journal"'],
  },
  {
    up: [
      'CREATE TABLE "owner" ("id" SERIAL NOT NULL, "name" character varying NOT NULL, CONSTRAINT "owner_pkey" PRIMARY KEY ("id"))',
      `INSERT INTO "owner" ("name") VALUES ('it''s me')`,
    ],
    down: ['DROP TABLE "owner"'],
  },
  {
    up: [
      'ALTER TABLE "item" ADD "owner_id" integer',
      'ALTER TABLE "item" ADD CONSTRAINT "item_owner" FOREIGN KEY ("owner_id") REFERENCES "owner"("id") ON DELETE NO ACTION ON UPDATE NO ACTION',
    ],
    down: ['ALTER TABLE "item" DROP CONSTRAINT "item_owner"', 'ALTER TABLE "item" DROP COLUMN "owner_id"'],
  },
  {
    up: [
      `CREATE TYPE "public"."item_level_enum" AS ENUM('low', 'high')`,
      `ALTER TABLE "item" ADD "level" "public"."item_level_enum" NOT NULL DEFAULT 'low'`,
    ],
    down: ['ALTER TABLE "item" DROP COLUMN "level"', 'DROP TYPE "public"."item_level_enum"'],
  },
];

const end: readonly Omit<LegacyMigration, 'name'>[] = [
  {
    transaction: false,
    up: ['CREATE INDEX CONCURRENTLY "item_by_level" ON "item" ("level")'],
    down: ['DROP INDEX CONCURRENTLY "item_by_level"'],
  },
  {
    up: [
      `CREATE VIEW "item_count" AS SELECT "level", count(*) AS "count" FROM "item" GROUP BY "level"`,
      `INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value") VALUES (DEFAULT, 'public', DEFAULT, 'VIEW', 'item_count', 'SELECT 1')`,
    ],
    down: [
      `DELETE FROM "typeorm_metadata" WHERE "type" = 'VIEW' AND "name" = 'item_count' AND "schema" = 'public'`,
      'DROP VIEW "item_count"',
    ],
  },
];

const addition = (column: string): Omit<LegacyMigration, 'name'> => ({
  up: [`ALTER TABLE "item" ADD "${column}" character varying`, `UPDATE "item" SET "${column}" = 'none'`],
  down: [`ALTER TABLE "item" DROP COLUMN "${column}"`],
});

/** 32 migrations, each of which leaves its name in a table when it runs. */
export const history: readonly LegacyMigration[] = [...beginning, ...columns.map(addition), ...end].map((each, i) => {
  const name = `ChangeNumber${i + 1}Of${17_000_000_000 + i}00`;
  return {
    ...each,
    name,
    up: [...each.up, `INSERT INTO "journal" VALUES ('${name}')`],
    down: i === 0 ? each.down : [`DELETE FROM "journal" WHERE "name" = '${name}'`, ...each.down],
  };
});

export const idOf = ({ name }: LegacyMigration): string => name.slice(-13);

/** What entities declare after all of them, as TypeScript. */
export const entitySource = `
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn, ViewColumn, ViewEntity, type Relation } from 'typeorm';
@Entity() export class Owner {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'owner_pkey' }) id!: number;
  @Column() name!: string;
}
@Entity() @Index('item_by_level', ['level']) export class Item {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'item_pkey' }) id!: string;
  @ManyToOne(() => Owner) @JoinColumn({ name: 'owner_id', foreignKeyConstraintName: 'item_owner' }) owner?: Relation<Owner>;
  @Column({ type: 'enum', enum: ['low', 'high'], default: 'low' }) level!: string;
  ${columns.map(column => `@Column({ nullable: true }) ${column}?: string;`).join('\n  ')}
}
@ViewEntity({ expression: 'SELECT "level", count(*) AS "count" FROM "item" GROUP BY "level"' }) export class ItemCount {
  @ViewColumn() level!: string;
  @ViewColumn() count!: number;
}
`;

const entities = entitiesFrom(entitySource);

/** The classes, as a project's source has them. */
export const classSource = ({ name, up, down, transaction }: LegacyMigration): string =>
  `export class ${name} implements MigrationInterface {
  name = '${name}'
${transaction === undefined ? '' : `  transaction = ${transaction}\n`}
${method('up', up)}
${method('down', down)}
}
`;

const method = (name: string, statements: readonly string[]): string =>
  `  public async ${name}(queryRunner: QueryRunner): Promise<void> {
${statements.map(sql => `    await queryRunner.query(\`${sql}\`);`).join('\n')}
  }`;

function classOf({ name, up, down, transaction }: LegacyMigration): new () => MigrationInterface {
  const run = (statements: readonly string[]) => async (queryRunner: QueryRunner) => {
    for (const sql of statements) await queryRunner.query(sql);
  };
  return class {
    name = name;
    up = run(up);
    down = run(down);
    constructor() {
      if (transaction !== undefined) Object.assign(this, { transaction });
    }
  };
}

/** Runs migrations as TypeORM does; where there are none, it was never there. */
export async function runWithTypeorm(url: string, migrations: readonly LegacyMigration[]): Promise<void> {
  if (migrations.length === 0) return;
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    entities: [...entities],
    migrations: migrations.map(classOf),
    migrationsTransactionMode: 'each',
  });
  await dataSource.initialize();
  await dataSource.runMigrations().finally(() => dataSource.destroy());
}

/** The names of what TypeORM would still run. */
export async function pendingInTypeorm(url: string): Promise<boolean> {
  const dataSource = new DataSource({ type: 'postgres', url, migrations: history.map(classOf) });
  await dataSource.initialize();
  return dataSource.showMigrations().finally(() => dataSource.destroy());
}
