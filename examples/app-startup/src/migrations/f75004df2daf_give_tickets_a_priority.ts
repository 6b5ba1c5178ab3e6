/**
 * give tickets a priority
 *
 * Revision ID: f75004df2daf
 * Revises: 7d72ea51d139
 * Create Date: 2026-11-22T12:22:54.745Z
 */
import type { Operations } from 'typeorm-alembic';

export const revision = 'f75004df2daf';
export const downRevision = '7d72ea51d139';
export const branchLabels: string[] = [];
export const dependsOn: string[] = [];

export async function upgrade(op: Operations): Promise<void> {
  await op.createEnum({ name: 'ticket_priority_enum', labels: ['low', 'normal', 'urgent'] });
  await op.addColumn({
    table: 'ticket',
    column: { name: 'priority', type: 'ticket_priority_enum', nullable: false, default: "'normal'" },
  });
}

export async function downgrade(op: Operations): Promise<void> {
  // Deletes data: column ticket.priority
  await op.dropColumn({ table: 'ticket', name: 'priority' });
  await op.dropEnum({ name: 'ticket_priority_enum' });
}
