import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A history of N revisions in a project, once as TypeORM's migrations and once as this library's, and the SQL that says all are applied. */
export interface Revisions {
  readonly directory: string;
  readonly typeorm: string;
  readonly alembic: string;
}

/** Writes what a compiler makes of them: both are loaded in production as CommonJS. */
export function writeRevisions(directory: string, count: number): Revisions {
  rmSync(directory, { recursive: true, force: true });
  for (const tool of ['typeorm', 'alembic']) mkdirSync(path.join(directory, tool), { recursive: true });
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  for (const i of numbers) {
    writeFileSync(path.join(directory, 'typeorm', `${timestamp(i)}-AddColumn${i}.js`), typeormMigration(i));
    writeFileSync(path.join(directory, 'alembic', `${revision(i)}_add_column_${i}.js`), alembicRevision(i));
  }
  return { directory, typeorm: typeormApplied(numbers), alembic: alembicApplied(count) };
}

const timestamp = (i: number): number => 1_700_000_000_000 + i * 60_000;
export const revision = (i: number): string => (i * 0x9e3779b1).toString(16).padStart(12, '0').slice(-12);

const typeormMigration = (i: number): string => `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.AddColumn${timestamp(i)} = void 0;
class AddColumn${timestamp(i)} {
    constructor() {
        this.name = 'AddColumn${timestamp(i)}';
    }
    async up(queryRunner) {
        await queryRunner.query(\`ALTER TABLE "ticket" ADD "column_${i}" character varying(80)\`);
        await queryRunner.query(\`CREATE INDEX "ix_ticket_column_${i}" ON "ticket" ("column_${i}")\`);
    }
    async down(queryRunner) {
        await queryRunner.query(\`DROP INDEX "public"."ix_ticket_column_${i}"\`);
        await queryRunner.query(\`ALTER TABLE "ticket" DROP COLUMN "column_${i}"\`);
    }
}
exports.AddColumn${timestamp(i)} = AddColumn${timestamp(i)};
`;

const alembicRevision = (i: number): string => `"use strict";
/**
 * add column ${i}
 *
 * Revision ID: ${revision(i)}
 * Revises: ${i === 1 ? '' : revision(i - 1)}
 * Create Date: ${new Date(timestamp(i)).toISOString()}
 */
Object.defineProperty(exports, "__esModule", { value: true });
exports.dependsOn = exports.branchLabels = exports.downRevision = exports.revision = void 0;
exports.upgrade = upgrade;
exports.downgrade = downgrade;
exports.revision = '${revision(i)}';
exports.downRevision = ${i === 1 ? 'null' : `'${revision(i - 1)}'`};
exports.branchLabels = [];
exports.dependsOn = [];
async function upgrade(op) {
    await op.addColumn({ table: 'ticket', column: { name: 'column_${i}', type: 'character varying(80)', nullable: true } });
    await op.createIndex({ name: 'ix_ticket_column_${i}', table: 'ticket', keys: ['column_${i}'] });
}
async function downgrade(op) {
    await op.dropIndex({ name: 'ix_ticket_column_${i}', table: 'ticket', keys: ['column_${i}'] });
    await op.dropColumn({ table: 'ticket', column: { name: 'column_${i}', type: 'character varying(80)', nullable: true } });
}
`;

const typeormApplied = (numbers: readonly number[]): string => `
CREATE TABLE migrations (id serial PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL);
INSERT INTO migrations (timestamp, name) VALUES
${numbers.map(i => `(${timestamp(i)}, 'AddColumn${timestamp(i)}')`).join(',\n')};`;

const alembicApplied = (count: number): string => `
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('${revision(count)}');`;
