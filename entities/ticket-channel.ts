/** How a ticket came in, or a reply went out. */
export const ticketChannels = ['email', 'web', 'phone', 'chat'] as const;
export type TicketChannel = (typeof ticketChannels)[number];
