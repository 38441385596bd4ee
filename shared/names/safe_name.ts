import { lateBuiltin, lazily } from "../runtime.ts";
import { characterSize, toLatin1 } from "../text/encodings.ts";

/**
 * The longest name that Linux and macOS take, in bytes of UTF-8; it is within Windows' 255 units.
 */
const LONGEST = 255;
/** The longest extension, including its dot, that follows the mark of a cut name. */
const LONGEST_EXTENSION = 16;
/** Hexadecimal digits of SHA-256 in a mark: 128 bits. */
const MARK_DIGITS = 32;

/** Most names: nothing in them needs an escape, unless they are the name of a device. */
const PLAIN = /^[0-9A-Za-z_-](?:[0-9A-Za-z._ ()+,&'@=#-]*[0-9A-Za-z_)-])?$/;
/** Names of devices that have letters and digits alone. */
const DEVICES = "CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9]";
/** The devices among most names; see `isDevice()`. */
const PLAIN_DEVICE = new RegExp(`^(?:${DEVICES}) *(?:\\.|$)`, "i");
/** To make an expression with classes of characters takes a millisecond; most names need none. */
const RESERVED = lazily(() => /[<>:"/\\|?*\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
/** A picture with its variation (U+FE0F), its skin, or its tags. */
const PICTURE = String
  .raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|[\u{e0020}-\u{e007e}]+\u{e007f})?`;
/**
 * Emoji of several characters (Unicode Technical Standard 51): pictures joined by U+200D, and keys.
 */
const EMOJI = lazily(() =>
  new RegExp(`${PICTURE}(?:\\u200d${PICTURE})*|[0-9#]\\ufe0f\\u20e3`, "gu")
);
/** Scripts in which U+200C and U+200D between two letters are part of how a word is written. */
const JOINING = [
  ...["Arabic", "Syriac", "Mongolian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya"],
  ...["Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer", "Myanmar"],
].map((script) => `\\p{Script=${script}}`).join("");
const WORD_JOINER = lazily(() =>
  new RegExp(`(?<=[${JOINING}])[\u200c\u200d](?=[${JOINING}])`, "gu")
);
/** Invisible characters that are allowed inside matches of `EMOJI` and `WORD_JOINER`. */
const JOINER = /[\u200c\u200d\ufe0f\u{e0020}-\u{e007f}]/u;
const IGNORABLE = lazily(() => /^\p{Default_Ignorable_Code_Point}$/u);
const ENDING = lazily(() => /^[.\p{Zs}]$/u);
const DEVICE = new RegExp(`^(?:${DEVICES}|CONIN\\$|CONOUT\\$|CLOCK\\$)$`);
// FAT and NTFS give `longna~1.txt` as a second name to a file of a longer name.
const SHORT_ALIAS = /^(?=[^.]{1,8}(?:\.|$))([^.]*)~[0-9]+(?:\.[^.]{0,3})?$/u;

const SLASH = 0x2f;
const BACKSLASH = 0x5c;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const utf8 = new TextEncoder();

/** Each byte as an escape. */
const ESCAPES = lazily<readonly string[]>(() =>
  Array.from(
    { length: 256 },
    (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  )
);

/**
 * The name under which a file is stored, safe on Windows, macOS and Linux, for the bytes of a name
 * as received.
 *
 * Only the last path element, after `/` or `\`, is used. Text in UTF-8 is unchanged, in any normal
 * form, including joiners inside an emoji or a word; bytes that are not UTF-8, characters that a
 * system reserves or that are invisible, device names, and endings that Windows drops are written
 * as `%XX`. A `%` is written as `%25` where it would read as one of these. The result has 1 to 255
 * bytes of UTF-8. A longer one is cut and ends in `%~` and 32 digits of SHA-256 over the element,
 * before a short extension. No two elements have one result.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const bytes = (text: string) => new TextEncoder().encode(text);
 * assert.equal(safeName(bytes("C:\\letters\\résumé.txt")), "résumé.txt");
 * assert.equal(safeName(bytes("../..")), "%2E%2E");
 * assert.equal(safeName(bytes("nul.txt")), "%6Eul.txt");
 * ```
 */
export function safeName(raw: Uint8Array): string {
  return safeElement(lastElement(raw));
}

/**
 * As `safeName()`, for what is one path element as a whole: a separator in it is written as `%XX`.
 */
export function safeElement(element: Uint8Array): string {
  const name = escapeElement(element);
  return name === "" || byteLength(name) > LONGEST ? markedName(name, element) : name;
}

/** Whether `name` is one that `safeName()` or `markedName()` could have returned. */
export function isSafeName(name: string): boolean {
  if (name.length <= LONGEST && isPlain(name)) return true;
  // Escapes must not be escaped again, and what they stand for does not matter here.
  const plain = name.replaceAll("%", "_");
  return plain !== "" && safeName(utf8.encode(plain)) === plain;
}

/**
 * The safe name `name` made distinct from every other: with `%~` and 32 hexadecimal digits of
 * SHA-256 over `source` before its extension, and cut to 255 bytes.
 */
export function markedName(name: string, source: Uint8Array): string {
  const dot = name.lastIndexOf(".");
  const hasExtension = dot > 0 && byteLength(name.slice(dot)) <= LONGEST_EXTENSION;
  const extension = hasExtension ? name.slice(dot) : "";
  const stem = name.slice(0, name.length - extension.length);
  const { createHash } = lateBuiltin("node:crypto");
  const digest = createHash("sha256").update(source).digest("hex");
  const ending = `%~${digest.slice(0, MARK_DIGITS)}${extension}`;
  return cutName(stem, LONGEST - byteLength(ending)) + ending;
}

function lastElement(raw: Uint8Array): Uint8Array {
  let end = raw.length;
  while (raw[end - 1] === SLASH || raw[end - 1] === BACKSLASH) end--;
  let start = end;
  while (start > 0 && raw[start - 1] !== SLASH && raw[start - 1] !== BACKSLASH) start--;
  return raw.subarray(start, end);
}

function escapeElement(element: Uint8Array): string {
  if (element.length <= LONGEST) {
    const latin1 = toLatin1(element);
    if (isPlain(latin1)) return latin1;
  }
  const units = unitsOf(element);
  const text = units.map((unit) => unit.text ?? "\ufffd").join("");
  const special = specialUnits(text);
  const joiners = joinerUnits(text);
  let name = "";
  let escaped = true;
  units.forEach((unit, index) => {
    const next = units[index + 1]?.text ?? "";
    const afterNext = units[index + 2]?.text ?? "";
    escaped = unit.text === undefined || special.has(index) ||
      (RESERVED().test(unit.text) && (escaped || !joiners.has(index))) ||
      (unit.text === "%" && /^(?:~|[0-9A-Fa-f]{2})/.test(next + afterNext)) ||
      // A combining mark would change the appearance of an escape before it.
      (escaped && /\p{M}/u.test(unit.text));
    name += escaped ? percentEncode(unit.bytes) : unit.text ?? "";
  });
  return name;
}

/** One character of valid UTF-8 with its bytes, or one invalid byte. */
interface Unit {
  readonly text: string | undefined;
  readonly bytes: Uint8Array;
}

function unitsOf(element: Uint8Array): readonly Unit[] {
  const units: Unit[] = [];
  for (let at = 0; at < element.length;) {
    const size = characterSize(element, at);
    const bytes = element.subarray(at, at + Math.max(1, size));
    const text = size === 0
      ? undefined
      : size === 1
      ? String.fromCharCode(element[at] ?? 0)
      : decoder.decode(bytes);
    units.push({ text, bytes });
    at += bytes.length;
  }
  return units;
}

/** The positions, in characters, of those that are only unsafe at that position. */
function specialUnits(text: string): ReadonlySet<number> {
  const special = new Set<number>();
  const characters = Array.from(text);
  // From the end: an expression would look for the end again at each character of a run.
  for (let at = characters.length - 1; ENDING().test(characters[at] ?? ""); at--) special.add(at);
  if (isDevice(text)) special.add(0);
  const beforeTilde = SHORT_ALIAS.exec(text)?.[1];
  if (beforeTilde !== undefined) special.add(Array.from(beforeTilde).length);
  return special;
}

/** The positions, in characters, of joiners inside an emoji or a word. */
function joinerUnits(text: string): ReadonlySet<number> {
  const joiners = new Set<number>();
  if (!JOINER.test(text)) return joiners;
  for (const pattern of [EMOJI(), WORD_JOINER()]) {
    let at = 0;
    let counted = 0;
    for (const { 0: sequence, index } of text.matchAll(pattern)) {
      at += Array.from(text.slice(counted, index)).length;
      counted = index + sequence.length;
      for (const character of sequence) {
        if (JOINER.test(character)) joiners.add(at);
        at++;
      }
    }
  }
  return joiners;
}

function isPlain(name: string): boolean {
  return PLAIN.test(name) && !PLAIN_DEVICE.test(name);
}

/** Whether Windows treats a name as a device, with any extension. */
function isDevice(text: string): boolean {
  // Windows accepts superscript digits as in COM¹; NFKC makes them plain.
  const [stem = ""] = text.normalize("NFKC").toUpperCase().split(".");
  return DEVICE.test(stem.trim());
}

function percentEncode(bytes: Uint8Array): string {
  let escapes = "";
  for (const byte of bytes) escapes += ESCAPES()[byte];
  return escapes;
}

/** The longest start of `name` of at most `size` bytes that ends between characters and escapes. */
export function cutName(name: string, size: number): string {
  if (byteLength(name) <= size) return name;
  let safe = "";
  let room = size;
  for (const [piece] of name.matchAll(/%(?:[0-9A-Fa-f]{2}|~)|[^]/gu)) {
    room -= byteLength(piece);
    if (room < 0) break;
    safe += piece;
  }
  // A joiner must be followed by something.
  const characters = Array.from(safe);
  while (IGNORABLE().test(characters.at(-1) ?? "")) characters.pop();
  return characters.join("");
}

function byteLength(text: string): number {
  return utf8.encode(text).length;
}
