/**
 * The one of `words` that a word is probably a misspelling of, by one letter, or two in a long
 * word; undefined if there is none.
 */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly steps: number } | undefined;
  for (const candidate of words) {
    const most = candidate.length < 6 ? 1 : 2;
    // Much longer or shorter words are skipped; a command line may have very long ones.
    if (Math.abs(candidate.length - word.length) > most) continue;
    const steps = distance(word, candidate);
    if (steps <= most && steps < (best?.steps ?? Infinity)) best = { candidate, steps };
  }
  return best?.candidate;
}

/** The number of letters to insert, delete, replace, or swap with the next. */
function distance(one: string, other: string): number {
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
