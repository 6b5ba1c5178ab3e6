/** The support application as it grows, a change a step: what a team would write between two revisions. */
const head = `import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, OneToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';`;

const priorities = (labels: readonly string[]) =>
  `@Column({ type: 'varchar', length: 10, default: '${labels[0]}' }) priority!: string;`;

interface Features {
  readonly indexes?: boolean;
  readonly rating?: boolean;
  readonly agent?: boolean;
  readonly resolution?: boolean;
  readonly surveys?: boolean;
}

/** The entities with some of their features. */
export const support = ({ indexes, rating, agent, resolution, surveys }: Features): string => `${head}
${agent ? `@Entity('agent') export class Agent { @PrimaryGeneratedColumn('identity') id!: number; @Column({ length: 80 }) name!: string; }` : ''}
@Entity('ticket')
${indexes ? `@Index('ix_ticket_status', ['status']) @Index('ix_ticket_created_at', ['createdAt'])` : ''}
${agent ? `@Index('ix_ticket_agent', ['assignedAgent'])` : ''}
export class Ticket {
  @PrimaryGeneratedColumn('identity') id!: number;
  @Column({ length: 200 }) subject!: string;
  @Column({ type: 'enum', enum: ['open', 'pending', 'resolved', 'closed'], enumName: 'ticket_status', default: 'open' }) status!: string;
  ${priorities(['normal'])}
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' }) createdAt!: Date;
  ${rating ? `@Column({ name: 'satisfaction_rating', type: 'smallint', nullable: true }) satisfactionRating!: number | null;` : ''}
  ${agent ? `@ManyToOne(() => Agent, { nullable: true, onDelete: 'SET NULL' }) @JoinColumn({ name: 'assigned_agent_id' }) assignedAgent!: Relation<Agent> | null;` : ''}
  ${
    resolution
      ? `@Column({ name: 'resolved_at', type: 'timestamptz', nullable: true }) resolvedAt!: Date | null;
  @Column({ name: 'resolution_minutes', type: 'integer', nullable: true, asExpression: "(extract(epoch from (resolved_at at time zone 'UTC') - (created_at at time zone 'UTC')) / 60)::integer", generatedType: 'STORED' }) resolutionMinutes!: number | null;`
      : ''
  }
}
${
  surveys
    ? `@Entity('satisfaction_survey') @Check('chk_survey_rating', 'rating BETWEEN 1 AND 5')
export class SatisfactionSurvey {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @OneToOne(() => Ticket, { nullable: false, onDelete: 'CASCADE' }) @JoinColumn({ name: 'ticket_id' }) ticket!: Relation<Ticket>;
  @Column('smallint') rating!: number;
  @Column('text', { nullable: true }) comment!: string | null;
}`
    : ''
}`;
