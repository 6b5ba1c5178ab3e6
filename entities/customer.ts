import {
  Check,
  Column,
  DeleteDateColumn,
  Entity,
  Index,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { Address } from './address.ts';
import { Ticket } from './ticket.ts';
import { Timestamped } from './timestamped.ts';

/** Somebody who asks for help. */
@Entity({ comment: 'People and companies that may open tickets' })
@Unique('UQ_customer_email', ['email'])
@Check('CHK_customer_email_has_at', `"email" LIKE '%@%'`)
export class Customer extends Timestamped {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'varchar', length: 200 })
  name!: string;

  @Column({ type: 'citext' })
  email!: string;

  @Column({ type: 'text', array: true, default: [] })
  phoneNumbers!: string[];

  @Column({ type: 'varchar', length: 10, default: 'en' })
  locale!: string;

  @Column({ default: false })
  isVip!: boolean;

  @Column({
    type: 'numeric',
    precision: 12,
    scale: 2,
    default: 0,
    comment: 'What the customer has spent so far, in EUR',
  })
  lifetimeValue!: string;

  /** The number of this customer in another system, unique among the customers that have one. */
  @Index('UQ_customer_external_reference', { unique: true, where: '"externalReference" IS NOT NULL' })
  @Column({ type: 'varchar', length: 64, nullable: true })
  externalReference!: string | null;

  @Column({ type: 'jsonb', default: {} })
  attributes!: Record<string, unknown>;

  @Column(() => Address)
  address!: Address;

  @DeleteDateColumn({ type: 'timestamptz' })
  deletedAt!: Date | null;

  @OneToMany(() => Ticket, ticket => ticket.customer)
  tickets!: Relation<Ticket>[];
}
