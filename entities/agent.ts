import { Column, Entity, Index, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Team } from './team.ts';
import { Ticket } from './ticket.ts';
import { Timestamped } from './timestamped.ts';

/** How much an agent may decide alone. */
export const seniorities = ['junior', 'regular', 'senior', 'lead'] as const;
export type Seniority = (typeof seniorities)[number];

/** Somebody who answers tickets. */
@Entity()
@Index('IDX_agent_active_by_team', ['team'], { where: '"isActive"' })
export class Agent extends Timestamped {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  displayName!: string;

  @Column({ type: 'citext', unique: true })
  email!: string;

  /** Sorted by bytes, whatever language the database speaks: handles are for machines. */
  @Column({ type: 'varchar', length: 40, unique: true, collation: 'C' })
  handle!: string;

  @Column({ type: 'enum', enum: seniorities, default: 'regular' })
  seniority!: Seniority;

  @Column({ type: 'text', array: true, default: () => `'{}'` })
  skills!: string[];

  @Column({ type: 'varchar', length: 64, default: 'UTC' })
  timeZone!: string;

  @Column({ default: true })
  isActive!: boolean;

  @Column({ type: 'smallint', default: 20, comment: 'How many open tickets the agent may have at a time' })
  capacity!: number;

  @ManyToOne(() => Team, team => team.agents, { onDelete: 'SET NULL' })
  team!: Relation<Team> | null;

  @OneToMany(() => Ticket, ticket => ticket.assignedAgent)
  tickets!: Relation<Ticket>[];
}
