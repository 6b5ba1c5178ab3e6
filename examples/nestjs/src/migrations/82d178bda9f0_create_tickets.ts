/**
 * create tickets
 *
 * Revision ID: 82d178bda9f0
 * Revises:
 * Create Date: 2026-11-22T12:29:49.058Z
 */
import type { Operations } from 'typeorm-alembic';

export const revision = '82d178bda9f0';
export const downRevision = null;
export const branchLabels: string[] = [];
export const dependsOn: string[] = [];

export async function upgrade(op: Operations): Promise<void> {
  await op.createTable({
    name: 'ticket',
    columns: [
      { name: 'id', type: 'integer', nullable: false, identity: 'by default' },
      { name: 'subject', type: 'character varying(200)', nullable: false },
      { name: 'isSolved', type: 'boolean', nullable: false, default: 'false' },
      { name: 'createdAt', type: 'timestamp with time zone', nullable: false, default: 'now()' },
    ],
    primaryKey: { name: 'PK_d9a0835407701eb86f874474b7c', columns: ['id'] },
  });
}

export async function downgrade(op: Operations): Promise<void> {
  // Deletes data: table ticket
  await op.dropTable({ name: 'ticket' });
}
