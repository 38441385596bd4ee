import { ProtocolError } from "./protocol_error.ts";

/** Width of a user name or file name on the wire, in bytes, with at least one NUL at its end. */
export const TEXT_FIELD_SIZE = 255;

// A byte-order mark is part of the name: without it two different names would read the same.
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/**
 * A name in its field of 255 bytes: text, NUL, NULs. It keeps the bytes as they came, because the
 * reply to a file repeats the field to the letter, whatever stands behind the first NUL.
 */
export class TextField {
  /** The whole field as on the wire, 255 bytes. */
  readonly field: Uint8Array;

  /** Takes the bytes over: the caller must not change them afterwards. */
  constructor(field: Uint8Array) {
    this.field = field;
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

  /** The bytes of the name: the field up to its first NUL, as a view. */
  get bytes(): Uint8Array {
    const end = this.field.indexOf(0);
    return end < 0 ? this.field : this.field.subarray(0, end);
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

  /** What is wrong with the field by the letter of the protocol, or undefined. */
  get fault(): ProtocolError | undefined {
    const end = this.field.indexOf(0);
    if (end === 0) return new ProtocolError("name-empty", "The name is empty");
    if (end > 0) return undefined;
    return new ProtocolError(
      "name-not-terminated",
      `The name fills all ${TEXT_FIELD_SIZE} bytes of its field without a NUL`,
    );
  }
}
