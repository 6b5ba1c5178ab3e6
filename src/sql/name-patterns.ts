/** Sources of regular expressions for names in SQL without comments: `ticket`, `"Ticket"`. */
export const identifier = String.raw`(?:"(?:[^"]|"")+"|[^\s".(,;]+)`;

/** `ticket`, `audit."event"` */
export const qualified = String.raw`${identifier}(?:\s*\.\s*${identifier})?`;
