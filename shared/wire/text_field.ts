import { decodeUtf8 } from "../text/utf8.ts";

/** Width of a user name or file name on the wire, in bytes, with at least one NUL at its end. */
export const TEXT_FIELD_SIZE = 255;

const utf8 = new TextEncoder();

/** Why a field has no valid name. */
export interface TextFault {
  /**
   * `name-not-terminated`: the field has no NUL; `name-empty`: nothing stands before the first one.
   */
  readonly reason: "name-not-terminated" | "name-empty";
  /** What is wrong, as a sentence. */
  readonly message: string;
}

/**
 * A name in its field of 255 bytes: text, NUL, NULs. It stores the bytes as received, because the
 * reply to a file repeats the whole field, including bytes after the first NUL.
 */
export class TextField {
  /** The whole field as on the wire, 255 bytes. */
  readonly field: Uint8Array;

  /** The start of the name: after NULs on its left, if those do not count as its end. */
  readonly #start: number;

  /** The end of the name, after its last byte, once it was looked for: that takes a while. */
  #found: number | undefined;

  /** The caller must not change `field` afterwards. */
  constructor(field: Uint8Array, start = 0) {
    this.field = field;
    this.#start = start;
  }

  get #end(): number {
    if (this.#found !== undefined) return this.#found;
    const { field } = this;
    let end = this.#start;
    // For so few bytes a loop is faster than any call.
    while (end < field.byteLength && field[end] !== 0) end++;
    return this.#found = end;
  }

  /**
   * A field that holds `text` in UTF-8 (of which the protocol's ASCII is a part).
   *
   * Throws a `RangeError` when the text is empty, holds a NUL or is longer than 254 bytes.
   *
   * @example
   * ```ts
   * import assert from "node:assert/strict";
   * const name = TextField.of("Michael Jackson");
   * assert.equal(name.field.length, 255);
   * assert.equal(name.text, "Michael Jackson");
   * ```
   */
  static of(text: string): TextField {
    const bytes = utf8.encode(text);
    if (bytes.length === 0) throw new RangeError("A name needs at least one character");
    if (bytes.length >= TEXT_FIELD_SIZE) {
      throw new RangeError(`The name ${JSON.stringify(text)} is longer than 254 bytes`);
    }
    if (bytes.includes(0)) throw new RangeError("A name cannot hold a NUL character");
    const field = new Uint8Array(TEXT_FIELD_SIZE);
    field.set(bytes);
    return new TextField(field);
  }

  /** As `of()`, with the name at the end of its field, after NULs, as some clients send it. */
  static atEnd(text: string): TextField {
    const { bytes } = TextField.of(text);
    const field = new Uint8Array(TEXT_FIELD_SIZE);
    const start = TEXT_FIELD_SIZE - bytes.byteLength;
    field.set(bytes, start);
    return new TextField(field, start);
  }

  /** The bytes of the name: the field up to its first NUL, as a view. */
  get bytes(): Uint8Array {
    return this.field.subarray(this.#start, this.#end);
  }

  /**
   * The field of a client that pads names on the left, read without this padding; undefined if it
   * does not begin with a NUL, or has nothing else.
   */
  get leftPadded(): TextField | undefined {
    if (this.field[0] !== 0) return undefined;
    const start = this.field.findIndex((byte) => byte !== 0);
    return start > 0 ? new TextField(this.field, start) : undefined;
  }

  /** Whether anything but NULs follows the name. */
  get hasStrayBytes(): boolean {
    for (let at = this.#end; at < this.field.byteLength; at++) {
      if (this.field[at] !== 0) return true;
    }
    return false;
  }

  /**
   * The name as text. If the bytes are not UTF-8, each one that is not ASCII is shown as `\xHH`; to
   * distinguish names compare their `bytes`.
   */
  get text(): string {
    const { bytes } = this;
    return decodeUtf8(bytes) ?? Array.from(bytes, shown).join("");
  }

  /**
   * What is wrong with the field, or undefined: a name needs a character, and, unless padded, a
   * NUL.
   */
  get fault(): TextFault | undefined {
    if (this.#start > 0) return undefined;
    const end = this.#end;
    if (end === 0) return { reason: "name-empty", message: "The name is empty" };
    if (end < this.field.byteLength) return undefined;
    return {
      reason: "name-not-terminated",
      message: `The name fills all ${TEXT_FIELD_SIZE} bytes of its field without a NUL`,
    };
  }
}

/** A byte of a name that is not UTF-8, as text. */
function shown(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
}
