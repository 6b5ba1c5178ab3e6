import { clockOf } from '../src/scripts/revision-file-name.ts';

/** A date as a revision file says it: ISO 8601 in a time zone, `Z` for UTC. */
export function createDateText(date: Date, timeZone: string): string {
  if (timeZone === 'UTC') return date.toISOString();
  const { year, month, day, hour, minute, second } = clockOf(date, timeZone);
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offsetOf(date, timeZone)}`;
}

/** `+02:00`: how far a time zone's clocks are ahead of UTC at a moment. */
function offsetOf(date: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(date);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return name.replace('GMT', '') || '+00:00';
}
