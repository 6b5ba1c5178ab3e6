import { Check, Column, Entity, Exclusion, PrimaryGeneratedColumn } from 'typeorm';
import { ticketPriorities, type TicketPriority } from './ticket-priority.ts';
import { Timestamped } from './timestamped.ts';

/** How soon tickets of a priority are to be answered and solved. At any time there is at most one policy for each. */
@Entity()
@Exclusion('XCL_sla_policy_one_at_a_time', 'USING gist ("priority" WITH =, "validDuring" WITH &&)')
@Check('CHK_sla_policy_response_before_resolution', '"firstResponseWithin" <= "resolveWithin"')
export class SlaPolicy extends Timestamped {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ type: 'varchar', length: 100, unique: true })
  name!: string;

  @Column({ type: 'enum', enum: ticketPriorities, enumName: 'ticket_priority' })
  priority!: TicketPriority;

  @Column({ type: 'daterange', default: '(,)' })
  validDuring!: string;

  @Column({ type: 'interval' })
  firstResponseWithin!: string;

  @Column({ type: 'interval' })
  resolveWithin!: string;
}
