/** What a new revision's file is named after. */
export interface NamedRevision {
  readonly revision: string;
  readonly message: string;
  readonly createDate: Date;
}

/** How names are made: see the configuration's keys. */
export interface FileNaming {
  readonly fileTemplate: string;
  readonly truncateSlugLength: number;
  readonly timezone: string;
}

/** The path of a revision's file within its version location, without the extension. */
export function revisionFileName(named: NamedRevision, naming: FileNaming): string {
  const tokens: Readonly<Record<string, string>> = {
    rev: named.revision,
    slug: slugOf(named.message, naming.truncateSlugLength),
    epoch: String(Math.floor(named.createDate.getTime() / 1000)),
    ...clockOf(named.createDate, naming.timezone),
  };
  const name = naming.fileTemplate.replaceAll(/\{(\w+)\}/g, (_, token: string) => tokens[token]!);
  // A name that begins with an underscore would never be read.
  return name.replaceAll(/(^|\/)[._]+(?=[^/])/g, '$1');
}

/** The words of a message joined by underscores, cut after the last whole word that fits: Alembic's rule. */
export function slugOf(message: string, length: number): string {
  const slug = [...(message.match(/[\p{L}\p{N}_]+/gu) ?? []).join('_').toLowerCase()];
  if (slug.length <= length) return slug.join('');
  const cut = slug.slice(0, length);
  const lastBreak = cut.lastIndexOf('_');
  return `${cut.slice(0, lastBreak < 0 ? length : lastBreak).join('')}_`;
}

/** Date and time of day in a time zone, padded with zeros. */
export function clockOf(date: Date, timeZone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, value.padStart(2, '0')]));
}
