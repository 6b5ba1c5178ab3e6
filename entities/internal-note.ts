import { ChildEntity, Column } from 'typeorm';
import { TicketComment } from './ticket-comment.ts';

/** What only agents get to read. */
@ChildEntity('note')
export class InternalNote extends TicketComment {
  @Column({ type: 'int', array: true, default: [] })
  mentionedAgentIds!: number[];
}
