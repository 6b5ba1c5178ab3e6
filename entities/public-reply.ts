import { ChildEntity, Column } from 'typeorm';
import { TicketComment } from './ticket-comment.ts';
import { type TicketChannel, ticketChannels } from './ticket-channel.ts';

/** What the customer gets to read. */
@ChildEntity('reply')
export class PublicReply extends TicketComment {
  @Column({ type: 'enum', enum: ticketChannels, enumName: 'ticket_channel' })
  sentThrough!: TicketChannel;

  @Column({ type: 'timestamptz', nullable: true })
  deliveredAt!: Date | null;
}
