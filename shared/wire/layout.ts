import { decodeUtf8 } from "../text/encodings.ts";

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
    const { buffer, byteOffset, byteLength } = this.field;
    const left = byteLength - this.#end;
    const view = new DataView(buffer, byteOffset + this.#end, left);
    let at = 0;
    // Four at a time: a name leaves more than two hundred in each request.
    for (; at + 4 <= left; at += 4) if (view.getUint32(at) !== 0) return true;
    for (; at < left; at++) if (view.getUint8(at) !== 0) return true;
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

/** The encoding of one value. */
export interface Field<T> {
  /** Its width in bytes. */
  readonly size: number;
  /** Reads the value at `offset`; may return a view of the same memory. */
  read(view: DataView, offset: number): T;
  /** Writes the value at `offset`. */
  write(view: DataView, offset: number, value: T): void;
}

/** The fields of a message in the order of the wire, by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The values of a message: what its layout reads and writes. */
export type ValuesOf<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never;
};

/** Unsigned, 8 bits. */
export const u8: Field<number> = {
  size: 1,
  read: (view, offset) => view.getUint8(offset),
  write: (view, offset, value) => view.setUint8(offset, value),
};

/** Unsigned, 16 bits, little-endian, as all numbers of protocol 3. */
export const u16: Field<number> = {
  size: 2,
  read: (view, offset) => view.getUint16(offset, true),
  write: (view, offset, value) => view.setUint16(offset, value, true),
};

/** Unsigned, 32 bits, little-endian. */
export const u32: Field<number> = {
  size: 4,
  read: (view, offset) => view.getUint32(offset, true),
  write: (view, offset, value) => view.setUint32(offset, value, true),
};

/**
 * A fixed number of bytes. Reading gives a view; writing throws a `RangeError` on any other number.
 */
export function bytes(size: number): Field<Uint8Array> {
  return {
    size,
    read: (view, offset) => new Uint8Array(view.buffer, view.byteOffset + offset, size),
    write(view, offset, value) {
      if (value.byteLength !== size) {
        throw new RangeError(`A field of ${size} bytes cannot hold ${value.byteLength}`);
      }
      new Uint8Array(view.buffer, view.byteOffset + offset, size).set(value);
    },
  };
}

/** A name: 255 bytes, ended and filled by NULs. Reading gives a view of the same memory. */
export const text: Field<TextField> = {
  size: TEXT_FIELD_SIZE,
  read: (view, offset) => new TextField(bytes(TEXT_FIELD_SIZE).read(view, offset)),
  write: (view, offset, value) => bytes(TEXT_FIELD_SIZE).write(view, offset, value.field),
};

/**
 * A packed structure of fixed width. Its encoder, its decoder and its type come from one
 * declaration.
 */
export class Layout<F extends Fields> {
  /** The whole width in bytes. */
  readonly size: number;
  readonly #fields: readonly (readonly [name: string, field: Field<unknown>, offset: number])[];

  constructor(fields: F) {
    let offset = 0;
    this.#fields = Object.entries(fields).map(([name, field]) => {
      const entry = [name, field, offset] as const;
      offset += field.size;
      return entry;
    });
    this.size = offset;
  }

  /** Reads the values from the first `size` bytes; byte strings and names are views of them. */
  decode(from: Uint8Array): ValuesOf<F> {
    if (from.byteLength < this.size) {
      throw new RangeError(`${this.size} bytes are needed to read this layout`);
    }
    const view = new DataView(from.buffer, from.byteOffset, this.size);
    const values: Record<string, unknown> = {};
    for (const [name, field, offset] of this.#fields) values[name] = field.read(view, offset);
    // An unchecked cast: the loop follows the declaration.
    return values as ValuesOf<F>;
  }

  /** Writes the values to the first `size` bytes of `into`. */
  encodeInto(into: Uint8Array, values: ValuesOf<F>): void {
    if (into.byteLength < this.size) {
      throw new RangeError(`${this.size} bytes are needed to write this layout`);
    }
    const view = new DataView(into.buffer, into.byteOffset, this.size);
    for (const [name, field, offset] of this.#fields) field.write(view, offset, values[name]);
  }

  /** The values in new memory. */
  encode(values: ValuesOf<F>): Uint8Array {
    const into = new Uint8Array(this.size);
    this.encodeInto(into, values);
    return into;
  }

  /**
   * As `encode()`, for a layout chosen by a table: reads the fields it needs from `values`, whose
   * types are not checked. Throws a `RangeError` when a field is missing.
   */
  encodeFrom(values: object): Uint8Array {
    for (const [name] of this.#fields) {
      if (!Object.hasOwn(values, name)) throw new RangeError(`The field "${name}" is missing`);
    }
    return this.encode(values as ValuesOf<F>);
  }
}

/**
 * Declares a structure.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const point = layout({ x: u16, y: u16 });
 * assert.deepEqual(point.encode({ x: 1, y: 515 }), Uint8Array.of(1, 0, 3, 2));
 * assert.deepEqual(point.decode(Uint8Array.of(1, 0, 3, 2)), { x: 1, y: 515 });
 * ```
 */
export function layout<F extends Fields>(fields: F): Layout<F> {
  return new Layout(fields);
}

/** The values that a layout reads and writes. */
export type Values<L> = L extends Layout<infer F> ? ValuesOf<F> : never;
