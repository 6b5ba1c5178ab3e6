import { Column, CreateDateColumn, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Agent } from './agent.ts';

/** Who did what to which record, kept apart from the application's own tables. */
@Entity({ schema: 'audit' })
@Index('IDX_audit_event_record', ['recordType', 'recordId', 'occurredAt'])
export class AuditEvent {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @CreateDateColumn({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  occurredAt!: Date;

  @Column({ type: 'enum', enum: ['created', 'changed', 'deleted', 'viewed'] })
  action!: 'created' | 'changed' | 'deleted' | 'viewed';

  @Column({ type: 'varchar', length: 63 })
  recordType!: string;

  @Column({ type: 'text', comment: 'The primary key of the record, as text' })
  recordId!: string;

  @Column({ type: 'jsonb', nullable: true })
  changes!: Record<string, unknown> | null;

  @Column({ type: 'inet', nullable: true })
  address!: string | null;

  @ManyToOne(() => Agent, { onDelete: 'SET NULL' })
  actor!: Relation<Agent> | null;
}
