import { COMMAND_WORDS } from "./plain_command_line.ts";

/** The command that a word may be a misspelling of: in one letter, or two of a long word. */
export function nearCommand(word: string): string | undefined {
  const near = Object.keys(COMMAND_WORDS)
    .map((command) => ({ command, distance: distanceOf(word.toLowerCase(), command) }))
    .filter(({ command, distance }) => distance <= (command.length < 6 ? 1 : 2))
    .sort((one, other) => one.distance - other.distance);
  return near[0]?.command;
}

/** How many letters have to be put in, left out, changed, or changed over with the next. */
function distanceOf(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      ));
    }
  }
  return at(one.length, other.length);
}
