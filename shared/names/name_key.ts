import { decodeUtf8 } from "../text/encodings.ts";
import { safeElement } from "./safe_name.ts";

const utf8 = new TextEncoder();

/** Most names: text without an escape, in whatever case. */
const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;

/**
 * The key of a name that `safeName()` returned, or of several joined by `/`. Two names of a client
 * mean the same file if and only if their keys are equal, which is so when they differ in nothing
 * but case and Unicode form.
 *
 * It is the safe name of the text in lower case and normal form C. Case is mapped by single
 * characters, as file systems do: "Maße" and "MASSE" differ. A name that was cut, or that is not
 * UTF-8, is its own key. Escapes count as what they stand for, so that names stored under older
 * rules, which escaped more, have the key that they would have today.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(nameKey("Re\u0301sume\u0301.PDF"), nameKey("résumé.pdf"));
 * assert.notEqual(nameKey("Maße.pdf"), nameKey("Masse.pdf"));
 * ```
 */
export function nameKey(safe: string): string {
  if (PLAIN.test(safe)) return safe.toLowerCase();
  if (safe.includes("/")) return safe.split("/").map(nameKey).join("/");
  if (safe.includes("%~")) return safe;
  const text = decoded(safe);
  return text === undefined ? safe : safeElement(utf8.encode(foldCase(text)));
}

/** The text of a safe name with its escapes decoded, if that is valid. */
function decoded(safe: string): string | undefined {
  const bytes: number[] = [];
  for (const [piece] of safe.matchAll(/%[0-9A-F]{2}|[^]/gu)) {
    if (piece.length === 3 && piece.startsWith("%")) bytes.push(parseInt(piece.slice(1), 16));
    else bytes.push(...utf8.encode(piece));
  }
  return decodeUtf8(Uint8Array.from(bytes));
}

function foldCase(text: string): string {
  let folded = text;
  // Changing the case can undo the form, and the other way round.
  for (;;) {
    const next = Array.from(folded.normalize("NFC"), lower).join("").normalize("NFC");
    if (next === folded) return folded;
    folded = next;
  }
}

/** Goes through upper case: some letters have two forms in lower case, such as the Greek sigma. */
function lower(character: string): string {
  // The dotless i of Turkish is not the letter i.
  if (character === "ı") return character;
  return single(character, single(character, character.toUpperCase()).toLowerCase());
}

/** `other`, if it is one character as well. */
function single(character: string, other: string): string {
  return Array.from(other).length === 1 ? other : character;
}
