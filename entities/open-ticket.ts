import { type DataSource, ViewColumn, ViewEntity } from 'typeorm';
import { Customer } from './customer.ts';
import { Ticket } from './ticket.ts';

/** The tickets somebody still has to do something about, with who waits for it. */
@ViewEntity({
  dependsOn: [Ticket, Customer],
  expression: (dataSource: DataSource) =>
    dataSource
      .createQueryBuilder()
      .select('ticket.id', 'id')
      .addSelect('ticket.reference', 'reference')
      .addSelect('ticket.subject', 'subject')
      .addSelect('ticket.priority', 'priority')
      .addSelect('ticket."assignedAgentId"', 'assignedAgentId')
      .addSelect('ticket.dueAt', 'dueAt')
      .addSelect('customer.name', 'customerName')
      .from(Ticket, 'ticket')
      .innerJoin(Customer, 'customer', 'customer.id = ticket."customerId"')
      .where(`ticket.status NOT IN ('solved', 'closed')`),
})
export class OpenTicket {
  @ViewColumn()
  readonly id!: number;

  @ViewColumn()
  readonly reference!: string;

  @ViewColumn()
  readonly subject!: string;

  @ViewColumn()
  readonly priority!: string;

  @ViewColumn()
  readonly assignedAgentId!: number | null;

  @ViewColumn()
  readonly dueAt!: Date | null;

  @ViewColumn()
  readonly customerName!: string;
}
