import {
  Check,
  Column,
  Entity,
  Index,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryGeneratedColumn,
  type Relation,
  VersionColumn,
} from 'typeorm';
import { Agent } from './agent.ts';
import { Customer } from './customer.ts';
import { SatisfactionSurvey } from './satisfaction-survey.ts';
import { SlaPolicy } from './sla-policy.ts';
import { Tag } from './tag.ts';
import { Team } from './team.ts';
import { TicketComment } from './ticket-comment.ts';
import { type TicketChannel, ticketChannels } from './ticket-channel.ts';
import { ticketPriorities, type TicketPriority } from './ticket-priority.ts';
import { ticketStatuses, type TicketStatus } from './ticket-status.ts';
import { Timestamped } from './timestamped.ts';

/** A customer's request for help, from its first message to its solution. */
@Entity()
@Index('IDX_ticket_customer_created_at', ['customer', 'createdAt'])
@Index('IDX_ticket_unsolved_by_agent', ['assignedAgent', 'priority'], { where: `"status" NOT IN ('solved', 'closed')` })
@Index('IDX_ticket_unassigned', ['createdAt'], { where: '"assignedAgentId" IS NULL' })
@Check('CHK_ticket_resolved_after_created', '"resolvedAt" IS NULL OR "resolvedAt" >= "createdAt"')
@Check('CHK_ticket_not_merged_into_itself', '"mergedIntoId" <> "id"')
export class Ticket extends Timestamped {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  /** What people call the ticket: `T-000042`. */
  @Column({
    type: 'varchar',
    length: 20,
    unique: true,
    generatedType: 'STORED',
    asExpression: `'T-' || lpad("id"::text, 6, '0')`,
  })
  readonly reference!: string;

  @Column({ type: 'varchar', length: 200 })
  subject!: string;

  @Column({ type: 'text', default: '' })
  description!: string;

  @Column({ type: 'enum', enum: ticketStatuses, enumName: 'ticket_status', default: 'new' })
  status!: TicketStatus;

  @Column({ type: 'enum', enum: ticketPriorities, enumName: 'ticket_priority', default: 'normal' })
  priority!: TicketPriority;

  @Column({ type: 'enum', enum: ticketChannels, enumName: 'ticket_channel', default: 'email' })
  channel!: TicketChannel;

  @ManyToOne(() => Customer, customer => customer.tickets, { nullable: false, onDelete: 'RESTRICT' })
  customer!: Relation<Customer>;

  /** Nobody, until somebody takes it, and nobody again when that agent leaves. */
  @ManyToOne(() => Agent, agent => agent.tickets, { onDelete: 'SET NULL' })
  assignedAgent!: Relation<Agent> | null;

  @ManyToOne(() => Team, { onDelete: 'SET NULL' })
  team!: Relation<Team> | null;

  @ManyToOne(() => SlaPolicy, { onDelete: 'RESTRICT' })
  slaPolicy!: Relation<SlaPolicy> | null;

  @ManyToOne(() => Ticket, { onDelete: 'SET NULL' })
  mergedInto!: Relation<Ticket> | null;

  @Column({ type: 'timestamptz', nullable: true })
  dueAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  firstRespondedAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  resolvedAt!: Date | null;

  @Column({ type: 'interval', nullable: true, generatedType: 'STORED', asExpression: '"resolvedAt" - "createdAt"' })
  readonly resolutionTime!: string | null;

  @Index('IDX_ticket_custom_fields', { type: 'gin' })
  @Column({ type: 'jsonb', default: {} })
  customFields!: Record<string, unknown>;

  @VersionColumn({ default: 1 })
  version!: number;

  @ManyToMany(() => Tag, tag => tag.tickets)
  @JoinTable({
    name: 'ticket_tag',
    joinColumn: { name: 'ticketId', foreignKeyConstraintName: 'FK_ticket_tag_ticket' },
    inverseJoinColumn: { name: 'tagId', foreignKeyConstraintName: 'FK_ticket_tag_tag' },
  })
  tags!: Relation<Tag>[];

  @OneToMany(() => TicketComment, comment => comment.ticket)
  comments!: Relation<TicketComment>[];

  @OneToOne(() => SatisfactionSurvey, survey => survey.ticket)
  survey!: Relation<SatisfactionSurvey> | null;
}
