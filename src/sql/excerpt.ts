/** A statement on one line, as much of it as can be taken in, in quotation marks. */
export function excerpt(sql: string): string {
  const line = sql.trim().replaceAll(/\s+/g, ' ');
  return `"${line.length > 120 ? `${line.slice(0, 119)}…` : line}"`;
}
