/**
 * A third of many cases of one sort, another one each day, so that a test run ends in time; all of them where ALL_CASES is
 * set, as `npm run cases` does, and where there are few.
 */
export function shareOfToday<Case>(cases: readonly Case[]): readonly Case[] {
  if (process.env['ALL_CASES'] !== undefined || cases.length < 3) return cases;
  const third = new Date().getUTCDate() % 3;
  return cases.filter((_, index) => index % 3 === third);
}
