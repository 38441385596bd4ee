/** Width of a user name or file name on the wire, in bytes, with at least one NUL at its end. */
export const TEXT_FIELD_SIZE = 255;

// A byte-order mark is part of the name: without it two different names would read the same.
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Why a field holds no name. */
export interface TextFault {
  /**
   * `name-not-terminated`: the field has no NUL; `name-empty`: nothing stands before the first one.
   */
  readonly reason: "name-not-terminated" | "name-empty";
  /** What is wrong, as a sentence. */
  readonly message: string;
}

/**
 * A name in its field of 255 bytes: text, NUL, NULs. It keeps the bytes as they came, because the
 * reply to a file repeats the field to the letter, whatever stands behind the first NUL.
 */
export class TextField {
  /** The whole field as on the wire, 255 bytes. */
  readonly field: Uint8Array;

  /** Where the name begins: behind NULs on its left, if those are not taken for its end. */
  readonly #start: number;

  /** Behind its last byte. */
  readonly #end: number;

  /** Takes the bytes over: the caller must not change them afterwards. */
  constructor(field: Uint8Array, start = 0) {
    this.field = field;
    this.#start = start;
    const end = field.indexOf(0, start);
    this.#end = end < 0 ? field.byteLength : end;
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

  /** As `of()`, with the name at the end of its field, behind NULs: how some clients fill it. */
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
   * The field of a client that fills names up on the left, read with these NULs left out; undefined
   * when it does not begin with one, or holds nothing else.
   */
  get leftPadded(): TextField | undefined {
    const start = this.field.findIndex((byte) => byte !== 0);
    return start > 0 ? new TextField(this.field, start) : undefined;
  }

  /** Whether anything but NULs stands behind the name. */
  get hasStrayBytes(): boolean {
    for (let at = this.#end; at < this.field.byteLength; at++) {
      if (this.field[at] !== 0) return true;
    }
    return false;
  }

  /**
   * The name as text. Where the bytes are not UTF-8, each one that is not ASCII stands as `\xHH`;
   * to tell any two names apart compare their `bytes`.
   */
  get text(): string {
    const { bytes } = this;
    try {
      return strictUtf8.decode(bytes);
    } catch {
      return Array.from(
        bytes,
        (byte) =>
          byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
      ).join("");
    }
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
