/**
 * create tickets
 *
 * Revision ID: a8f904cc3db8
 * Revises:
 * Create Date: 2026-11-22T12:24:37.390Z
 */
import type { Operations } from 'typeorm-alembic';

export const revision = 'a8f904cc3db8';
export const downRevision = null;
export const branchLabels: string[] = [];
export const dependsOn: string[] = [];

export async function upgrade(op: Operations): Promise<void> {
  await op.createExtension({ name: 'uuid-ossp' });
  await op.createTable({
    name: 'ticket',
    columns: [
      { name: 'id', type: 'uuid', nullable: false, default: 'uuid_generate_v4()' },
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
  await op.dropExtension({ name: 'uuid-ossp' });
}
