/** Where a ticket stands, in the order it usually goes. */
export const ticketStatuses = ['new', 'open', 'pending', 'on hold', 'solved', 'closed'] as const;
export type TicketStatus = (typeof ticketStatuses)[number];
