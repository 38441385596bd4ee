import { lazily } from "../runtime.ts";

/** The most characters of a value that a message shows. */
const SHOWN_CHARACTERS = 60;

/** The most characters of each end of a path that a line of a log shows. */
const SHOWN_OF_END = 120;

/**
 * Control characters, marks of writing direction, halves of surrogate pairs, line separators. To
 * make such an expression takes half a millisecond, and most texts are `VISIBLE`.
 */
const NOT_VISIBLE = lazily(() => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu);

/** ASCII without control characters. */
const VISIBLE = /^[\x20-\x7e]*$/;

/**
 * `text` with characters that a terminal interprets or hides (control characters, marks of writing
 * direction, line separators) shown as `\u{...}`.
 */
export function visible(text: string): string {
  if (VISIBLE.test(text)) return text;
  return text.replace(
    NOT_VISIBLE(),
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/**
 * `value` in double quotes for a message: `visible()`, and cut after 60 characters, since it may
 * come from an untrusted file.
 */
export function quoted(value: string): string {
  const characters = [...value];
  const shown = characters.length > SHOWN_CHARACTERS
    ? `${characters.slice(0, SHOWN_CHARACTERS).join("")}...`
    : value;
  return quotedPath(shown);
}

/** A path or a file name in double quotes: as `quoted()`, but not cut, since its end matters. */
export function quotedPath(path: string): string {
  return `"${visible(path)}"`;
}

/** A path of a client for a line of a log: what is long has its first and last 120 characters. */
export function shortPath(path: string): string {
  if (path.length <= 2 * SHOWN_OF_END) return path;
  const characters = [...path];
  if (characters.length <= 2 * SHOWN_OF_END) return path;
  const [start, end] = [characters.slice(0, SHOWN_OF_END), characters.slice(-SHOWN_OF_END)];
  return `${start.join("")}…${end.join("")}`;
}

/** The message of an error, or any other thrown value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Why the runtime, and not the system, refuses access to a path; undefined for any other error.
 * Some paths need all permissions, which no program here has: those of devices and of the kernel,
 * and on Windows network paths.
 */
export function runtimeRefusal(error: unknown): string | undefined {
  if (!(error instanceof Deno.errors.NotCapable)) return undefined;
  const [, flag] = /the (--allow-(?!all)\w+) flag/.exec(error.message) ?? [];
  return flag === undefined
    ? "the runtime lets no program use devices, files of the kernel, or network paths"
    : `the program was started without ${flag} for it`;
}
