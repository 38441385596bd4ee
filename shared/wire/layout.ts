import { TEXT_FIELD_SIZE, TextField } from "./text_field.ts";

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
