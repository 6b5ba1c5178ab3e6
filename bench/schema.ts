import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';

/** A project of N entities, compiled to CommonJS: a configuration that both TypeORM and this library read, and the SQL of its tables. */
export interface Project {
  readonly directory: string;
  readonly config: string;
  readonly sql: string;
}

/**
 * Tables of 12 columns with a primary key, an index, a unique index and a foreign key to the table before; every fifth
 * has an enum.
 */
export function writeProject(directory: string, tables: number): Project {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(path.join(directory, 'entities'), { recursive: true });
  const numbers = Array.from({ length: tables }, (_, i) => i + 1);
  for (const i of numbers) {
    writeFileSync(path.join(directory, 'entities', `${tableName(i)}.js`), compiled(entitySource(i)));
  }
  const config = path.join(directory, 'ormconfig.js');
  writeFileSync(path.join(directory, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(config, compiled(configSource(numbers)));
  return { directory, config, sql: numbers.map(tableSql).join('\n') };
}

const digits = (i: number): string => String(i).padStart(4, '0');
const tableName = (i: number): string => `t${digits(i)}`;
const className = (i: number): string => `T${digits(i)}`;
const enumName = (i: number): string => `status_${digits(i)}`;
const hasEnum = (i: number): boolean => i % 5 === 1;
const parentOf = (i: number): number => Math.max(1, i - 1);

function entitySource(i: number): string {
  const [table, name, parent] = [tableName(i), className(i), className(parentOf(i))];
  return `
import { Entity, Column, PrimaryGeneratedColumn, ManyToOne, JoinColumn, Index, type Relation } from 'typeorm';
${parent === name ? '' : `import { ${parent} } from './${tableName(parentOf(i))}';`}
${hasEnum(i) ? `export enum Status { Draft = 'draft', Live = 'live', Gone = 'gone' }` : ''}
@Entity('${table}')
@Index('ix_${table}_name', ['name'])
@Index('uq_${table}_slug', ['slug'], { unique: true })
export class ${name} {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'pk_${table}' }) id!: number;
  @Column({ length: 120 }) name!: string;
  @Column({ length: 80 }) slug!: string;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  @Column({ default: 0 }) quantity!: number;
  @Column('numeric', { precision: 12, scale: 2 }) price!: string;
  @Column({ default: true }) active!: boolean;
  @Column('jsonb', { nullable: true }) payload!: object | null;
  @Column('timestamptz', { default: () => 'now()' }) created_at!: Date;
  @Column('timestamptz', { nullable: true }) updated_at!: Date | null;
  ${
    hasEnum(i)
      ? `@Column({ type: 'enum', enum: Status, enumName: '${enumName(i)}', default: Status.Draft }) status!: Status;`
      : '@Column({ length: 20 }) status!: string;'
  }
  @Column({ nullable: true }) parent_id!: number;
  @ManyToOne(() => ${parent}, { nullable: true })
  @JoinColumn({ name: 'parent_id', foreignKeyConstraintName: 'fk_${table}_parent' })
  parent!: Relation<${parent}>;
}
`;
}

function configSource(numbers: readonly number[]): string {
  return `
import 'reflect-metadata';
import path from 'node:path';
import { DataSource } from 'typeorm';
${numbers.map(i => `import { ${className(i)} } from './entities/${tableName(i)}';`).join('\n')}
const revisions = process.env['BENCH_REVISIONS'] ?? 'none';
export default new DataSource({
  type: 'postgres',
  url: process.env['BENCH_URL'],
  entities: [${numbers.map(className).join(', ')}],
  migrations: [path.join(__dirname, revisions, 'typeorm', '*.js')],
});
export const migrations = { versionLocations: [path.join(revisions, 'alembic')] };
`;
}

function tableSql(i: number): string {
  const table = tableName(i);
  return `
${hasEnum(i) ? `CREATE TYPE ${enumName(i)} AS ENUM ('draft', 'live', 'gone');` : ''}
CREATE TABLE ${table} (
  id serial CONSTRAINT pk_${table} PRIMARY KEY,
  name varchar(120) NOT NULL,
  slug varchar(80) NOT NULL,
  description text,
  quantity integer NOT NULL DEFAULT 0,
  price numeric(12,2) NOT NULL,
  active boolean NOT NULL DEFAULT true,
  payload jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz,
  status ${hasEnum(i) ? `${enumName(i)} NOT NULL DEFAULT 'draft'` : 'varchar(20) NOT NULL'},
  parent_id integer CONSTRAINT fk_${table}_parent REFERENCES ${tableName(parentOf(i))} (id)
);
CREATE INDEX ix_${table}_name ON ${table} (name);
CREATE UNIQUE INDEX uq_${table}_slug ON ${table} (slug);`;
}

const compiled = (source: string): string =>
  transformSync(source, {
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
  }).code;
