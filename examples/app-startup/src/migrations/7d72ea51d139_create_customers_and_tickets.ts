/**
 * create customers and tickets
 *
 * Revision ID: 7d72ea51d139
 * Revises:
 * Create Date: 2026-11-22T12:22:19.782Z
 */
import type { Operations } from 'typeorm-alembic';

export const revision = '7d72ea51d139';
export const downRevision = null;
export const branchLabels: string[] = [];
export const dependsOn: string[] = [];

export async function upgrade(op: Operations): Promise<void> {
  await op.createEnum({ name: 'ticket_status_enum', labels: ['open', 'solved'] });
  await op.createTable({
    name: 'ticket',
    columns: [
      { name: 'id', type: 'integer', nullable: false, identity: 'by default' },
      { name: 'subject', type: 'text', nullable: false },
      { name: 'status', type: 'ticket_status_enum', nullable: false, default: "'open'" },
      { name: 'createdAt', type: 'timestamp with time zone', nullable: false, default: 'now()' },
      { name: 'customerId', type: 'integer', nullable: false },
    ],
    primaryKey: { name: 'PK_d9a0835407701eb86f874474b7c', columns: ['id'] },
  });
  await op.createTable({
    name: 'customer',
    columns: [
      { name: 'id', type: 'integer', nullable: false, identity: 'by default' },
      { name: 'email', type: 'text', nullable: false },
    ],
    primaryKey: { name: 'PK_a7a13f4cacb744524e44dfdad32', columns: ['id'] },
    uniques: [{ name: 'UQ_fdb2f3ad8115da4c7718109a6eb', columns: ['email'] }],
  });
  await op.createForeignKey({
    name: 'FK_8932781487db15d1393b206482e',
    table: 'ticket',
    columns: ['customerId'],
    references: { table: 'customer', columns: ['id'] },
    onDelete: 'cascade',
  });
  await op.createIndex({ name: 'IDX_ticket_open', table: 'ticket', columns: ['createdAt'], where: '"status" = \'open\'' });
}

export async function downgrade(op: Operations): Promise<void> {
  // Deletes data: table ticket
  await op.dropTable({ name: 'ticket' });
  // Deletes data: table customer
  await op.dropTable({ name: 'customer' });
  await op.dropEnum({ name: 'ticket_status_enum' });
}
