/** The names nearest to a mistyped one, nearest first; none where nothing is near. */
export function nearestTo(mistyped: string, names: Iterable<string>): string[] {
  const limit = Math.floor(mistyped.length / 3);
  return Array.from(names, name => ({
    name,
    // The beginning of a name stands for it.
    distance: Math.min(...distances(mistyped, name.slice(0, mistyped.length + limit))),
  }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The name that was meant where only whole names count, however they are written: `version_locations` is `versionLocations`. */
export function nearestName(mistyped: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, '');
  const limit = Math.max(2, plain(mistyped).length / 3);
  const [nearest] = names
    .map(name => ({ name, distance: distances(plain(mistyped), plain(name)).at(-1)! }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return nearest?.name;
}

/** All of them, those whose names are nearest to a word first. */
export const nearestFirst = <Named>(word: string, all: readonly Named[], nameOf: (each: Named) => string): Named[] =>
  all
    .map(each => ({ each, distance: distances(word, nameOf(each)).at(-1)! }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ each }) => each);

/** How many letters to change, add, leave out or swap to come from a word to each beginning of another, the empty one first. */
function distances(word: string, other: string): readonly number[] {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let i = 1; i <= word.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = row[j - 1]! + (word[i - 1] === other[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && word[i - 1] === other[j - 2] && word[i - 2] === other[j - 1];
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1, swapped ? before[j - 2]! + 1 : Infinity));
    }
    [before, row] = [row, next];
  }
  return row;
}
