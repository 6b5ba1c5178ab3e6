/**
 * create tickets
 *
 * Revision ID: 344b31733127
 * Revises:
 * Create Date: 2026-11-22T12:26:59.249Z
 */
export const revision = '344b31733127';
export const downRevision = null;
export const branchLabels = [];
export const dependsOn = [];

/** @param {import('typeorm-alembic').Operations} op */
export async function upgrade(op) {
  await op.createTable({
    name: 'ticket',
    columns: [
      { name: 'id', type: 'integer', nullable: false, identity: 'by default' },
      { name: 'subject', type: 'text', nullable: false },
      { name: 'solvedAt', type: 'timestamp with time zone', nullable: true },
    ],
    primaryKey: { name: 'PK_d9a0835407701eb86f874474b7c', columns: ['id'] },
  });
}

/** @param {import('typeorm-alembic').Operations} op */
export async function downgrade(op) {
  // Deletes data: table ticket
  await op.dropTable({ name: 'ticket' });
}
