/** Characters that are looked at together. */
const AT_ONCE = 256;

/**
 * Every character of Unicode that has another case, or that the form NFD or `also` changes. Most
 * have none of these: a piece of text that stays as it is has no such character.
 */
export function* changingCharacters(also = (text: string): string => text): Generator<string> {
  const changes = (text: string) =>
    text.toLowerCase() !== text || text.toUpperCase() !== text ||
    text.normalize("NFD") !== text || also(text) !== text;
  for (let first = 0; first <= 0x10ffff; first += AT_ONCE) {
    // Halves of surrogate pairs are no characters.
    if (first >= 0xd800 && first <= 0xdfff) continue;
    const piece = Array.from({ length: AT_ONCE }, (_, at) => String.fromCodePoint(first + at));
    if (changes(piece.join(""))) yield* piece.filter(changes);
  }
}
