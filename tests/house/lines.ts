/** The longest title of a test, in characters: it is a line of what the tests print. */
const LONGEST = 100;

/** The titles of tests in a source that are too long, as far as they stand there as they are. */
export function longTitles(text: string): readonly string[] {
  return [...text.matchAll(/(?:\btest\(|\bname:)\s*"((?:[^"\\]|\\.)*)"/g)]
    .map(([, title = ""]) => title)
    .filter((title) => title.length > LONGEST);
}
