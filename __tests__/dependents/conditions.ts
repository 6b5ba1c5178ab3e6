/** Conditions that PostgreSQL spells in its own way, over columns of several types. */
export const conditions: readonly string[] = [
  `code IN ('open', 'closed')`,
  `code NOT IN ('open', 'closed')`,
  `code = ANY (ARRAY['open', 'closed'])`,
  `code LIKE 'o%' OR code IS NULL`,
  `coalesce(code, 'x') <> ''`,
  `lower(code) = 'open'`,
  `points IN (1, 2)`,
  `points BETWEEN 1 AND 9`,
  `points::text <> '5'`,
  `points > -1`,
  `CASE WHEN points > 0 THEN code ELSE 'none' END <> 'none'`,
  `(code, points) IS DISTINCT FROM ('open', 1)`,
  `label IN ('a', 'b')`,
  `at > '2020-02-01'`,
  `code || '-' || points <> 'x-1'`,
];
