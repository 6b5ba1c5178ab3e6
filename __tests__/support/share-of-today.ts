/** How many cases of one sort a test run examines at most. */
const MOST = 1;

/**
 * A share of many cases of one sort, another one each day, so that a test run ends in time however many there are; all of them
 * where ALL_CASES is set, as `npm run cases` does.
 */
export function shareOfToday<const Case>(cases: readonly Case[], most = MOST): readonly Case[] {
  if (process.env['ALL_CASES'] !== undefined) return cases;
  const parts = Math.ceil(cases.length / most);
  const today = Math.floor(Date.now() / 86_400_000) % parts;
  return cases.filter((_, index) => index % parts === today);
}
