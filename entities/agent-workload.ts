import { Index, ViewColumn, ViewEntity } from 'typeorm';
import { Agent } from './agent.ts';
import { OpenTicket } from './open-ticket.ts';

/** How much each agent has to do: computed now and then, so that the dashboard does not count tickets on every visit. */
@ViewEntity({
  materialized: true,
  dependsOn: [Agent, OpenTicket],
  expression: `
    SELECT agent."id" AS "agentId",
           agent."displayName",
           count(ticket."id")::int AS "openTickets",
           (count(ticket."id") FILTER (WHERE ticket."priority" = 'urgent'))::int AS "urgentTickets",
           min(ticket."dueAt") AS "nextDueAt"
      FROM "agent"
      LEFT JOIN "open_ticket" ticket ON ticket."assignedAgentId" = agent."id"
     WHERE agent."isActive"
     GROUP BY agent."id"`,
})
export class AgentWorkload {
  /** Unique, so that the view can be refreshed while it is read. */
  @Index('UQ_agent_workload_agent', { unique: true })
  @ViewColumn()
  readonly agentId!: number;

  @ViewColumn()
  readonly displayName!: string;

  @Index('IDX_agent_workload_open_tickets')
  @ViewColumn()
  readonly openTickets!: number;

  @ViewColumn()
  readonly urgentTickets!: number;

  @ViewColumn()
  readonly nextDueAt!: Date | null;
}
