/** How many characters of a value a message shows. */
const SHOWN_CHARACTERS = 60;

/** Control characters, marks of writing direction, halves of surrogate pairs, line separators. */
const NOT_VISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * `text` with what a terminal would act on or hide (control characters, marks of writing direction,
 * line separators) shown as `\u{...}`.
 */
export function visible(text: string): string {
  return text.replace(
    NOT_VISIBLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/**
 * `value` in double quotes, as a message shows it: `visible()`, and cut after 60 characters, since
 * anybody may have written the file that it comes from.
 */
export function quoted(value: string): string {
  const characters = [...value];
  const shown = characters.length > SHOWN_CHARACTERS
    ? `${characters.slice(0, SHOWN_CHARACTERS).join("")}...`
    : value;
  return quotedPath(shown);
}

/**
 * A path or the name of a file in double quotes: as `quoted()`, but whole, since its end counts.
 */
export function quotedPath(path: string): string {
  return `"${visible(path)}"`;
}
