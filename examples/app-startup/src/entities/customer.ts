import { Column, Entity, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Ticket } from './ticket.js';

@Entity()
export class Customer {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ type: 'text', unique: true })
  email!: string;

  @OneToMany(() => Ticket, ticket => ticket.customer)
  tickets!: Relation<Ticket>[];
}
