import { cutName } from "./safe_name.ts";

/** The first number that is added to a name that is taken. */
export const FIRST_NUMBER = 2;

/**
 * A name with ` (n)` before its extension, for another file of that name. It has at most `longest`
 * bytes of UTF-8: the part before the number is cut if needed, between characters.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const longest = 254;
 * assert.equal(numberedName("report.pdf", { number: 2, longest }), "report (2).pdf");
 * assert.equal(numberedName("backup.tar.gz", { number: 3, longest }), "backup (3).tar.gz");
 * assert.equal(numberedName(".profile", { number: 2, longest }), ".profile (2)");
 * ```
 */
export function numberedName(
  name: string,
  { number, longest }: { readonly number: number; readonly longest: number },
): string {
  // A long one is not an extension, but a part of the name after a dot.
  const [extension = ""] = /(?<=.)(?:\.tar)?\.[^. ]{1,16}$/su.exec(name) ?? [];
  const ending = ` (${number})${extension}`;
  const room = longest - new TextEncoder().encode(ending).length;
  return cutName(name.slice(0, name.length - extension.length), room) + ending;
}
