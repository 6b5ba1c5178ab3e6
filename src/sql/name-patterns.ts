/** Sources of regular expressions for names in SQL without comments: `ticket`, `"Ticket"`. */
export const identifier = String.raw`(?:"(?:[^"]|"")+"|[^\s".(,;]+)`;

/** `ticket`, `audit."event"` */
export const qualified = String.raw`${identifier}(?:\s*\.\s*${identifier})?`;

/** `"event"` of `audit."event"`, as it is written. */
export const lastPartOf = (name: string): string => lastIdentifier.exec(name)![0];

const lastIdentifier = new RegExp(`${identifier}$`);
