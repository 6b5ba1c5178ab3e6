import { Agent } from './agent.ts';
import { AgentWorkload } from './agent-workload.ts';
import { Attachment } from './attachment.ts';
import { AuditEvent } from './audit-event.ts';
import { Customer } from './customer.ts';
import { HelpArticle } from './help-article.ts';
import { InternalNote } from './internal-note.ts';
import { OpenTicket } from './open-ticket.ts';
import { PublicReply } from './public-reply.ts';
import { SatisfactionSurvey } from './satisfaction-survey.ts';
import { SlaPolicy } from './sla-policy.ts';
import { Tag } from './tag.ts';
import { Team } from './team.ts';
import { Ticket } from './ticket.ts';
import { TicketComment } from './ticket-comment.ts';

export {
  Agent,
  AgentWorkload,
  Attachment,
  AuditEvent,
  Customer,
  HelpArticle,
  InternalNote,
  OpenTicket,
  PublicReply,
  SatisfactionSurvey,
  SlaPolicy,
  Tag,
  Team,
  Ticket,
  TicketComment,
};

/** A customer-support application: everything its DataSource has to know. */
export const entities = [
  Agent,
  AgentWorkload,
  Attachment,
  AuditEvent,
  Customer,
  HelpArticle,
  InternalNote,
  OpenTicket,
  PublicReply,
  SatisfactionSurvey,
  SlaPolicy,
  Tag,
  Team,
  Ticket,
  TicketComment,
];
