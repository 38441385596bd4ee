/** The most characters of a line of source, and of the title of a test. */
const LONGEST = 100;

/** A regular expression by itself, which cannot be broken. */
const EXPRESSION = /^\s*\/(?![/*]).*\/[a-z]*[,;]?$/;

/** The titles of tests in a source that are too long, as far as they stand there as they are. */
export function longTitles(text: string): readonly string[] {
  return [...text.matchAll(/(?:\btest\(|\bname:)\s*"((?:[^"\\]|\\.)*)"/g)]
    .map(([, title = ""]) => title)
    .filter((title) => title.length > LONGEST);
}

/**
 * The lines of a source that are too long, with their numbers. One that is nothing but a regular
 * expression, or has an address on the web at its end, may have any length.
 */
export function longLines(text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) =>
    line.length <= LONGEST || EXPRESSION.test(line) || /\bhttps?:\/\/\S+$/.test(line)
      ? []
      : [`${index + 1}: ${line.trim()}`]
  );
}
