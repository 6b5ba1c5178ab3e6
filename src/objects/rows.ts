/** Catalog rows by what they belong to. */
export function grouped(rows: readonly any[], keyOf: (row: any) => string): ReadonlyMap<string, any[]> {
  const groups = new Map<string, any[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
