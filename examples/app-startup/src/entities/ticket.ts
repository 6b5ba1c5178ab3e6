import { Column, CreateDateColumn, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Customer } from './customer.js';

export const ticketStatuses = ['open', 'solved'] as const;
export const ticketPriorities = ['low', 'normal', 'urgent'] as const;

@Entity()
@Index('IDX_ticket_open', ['createdAt'], { where: `"status" = 'open'` })
export class Ticket {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ type: 'text' })
  subject!: string;

  @Column({ type: 'enum', enum: ticketStatuses, default: 'open' })
  status!: (typeof ticketStatuses)[number];

  @Column({ type: 'enum', enum: ticketPriorities, default: 'normal' })
  priority!: (typeof ticketPriorities)[number];

  @ManyToOne(() => Customer, customer => customer.tickets, { nullable: false, onDelete: 'CASCADE' })
  customer!: Relation<Customer>;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
