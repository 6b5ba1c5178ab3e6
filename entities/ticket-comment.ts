import {
  Column,
  Entity,
  Index,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
  TableInheritance,
} from 'typeorm';
import { Agent } from './agent.ts';
import { Attachment } from './attachment.ts';
import { Ticket } from './ticket.ts';
import { Timestamped } from './timestamped.ts';

/** An entry in a ticket's conversation. Each kind of comment is a class of its own; they share one table. */
@Entity()
@TableInheritance({ column: { name: 'kind', type: 'varchar', length: 20 } })
@Index('IDX_ticket_comment_ticket_created_at', ['ticket', 'createdAt'])
export class TicketComment extends Timestamped {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @ManyToOne(() => Ticket, ticket => ticket.comments, { nullable: false, onDelete: 'CASCADE' })
  ticket!: Relation<Ticket>;

  /** Nobody where the customer wrote it. */
  @ManyToOne(() => Agent, { onDelete: 'SET NULL' })
  author!: Relation<Agent> | null;

  @Column({ type: 'text' })
  body!: string;

  @OneToMany(() => Attachment, attachment => attachment.comment)
  attachments!: Relation<Attachment>[];
}
