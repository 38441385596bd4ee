import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { bytes, type Field, layout, text, TextField, u16, u32, u8 } from "./layout.ts";
import {
  CHECKSUM,
  CLIENT,
  NAME,
  NAME_AND_KEY,
  NOTHING,
  REPLY_HEADER,
  REQUEST_HEADER,
} from "../protocol3/message.ts";

/** Each number with a value and its bytes on the wire. */
const NUMBERS: readonly (readonly [Field<number>, number, readonly number[]])[] = [
  [u8, 0, [0]],
  [u8, 0xff, [0xff]],
  [u16, 1025, [0x01, 0x04]],
  [u16, 0xffff, [0xff, 0xff]],
  [u32, 1, [1, 0, 0, 0]],
  [u32, 0x80000000, [0, 0, 0, 0x80]],
  [u32, 0xffffffff, [0xff, 0xff, 0xff, 0xff]],
];

/** The structures of the protocol with their widths, as its texts give them. */
const WIDTHS = [
  ["request header", REQUEST_HEADER, 23],
  ["reply header", REPLY_HEADER, 7],
  ["register and reconnect", NAME, 255],
  ["public key", NAME_AND_KEY, 415],
  ["a reply's client", CLIENT, 16],
  ["checksum", CHECKSUM, 279],
  ["nothing", NOTHING, 0],
] as const;

const POINT = layout({ x: u16, y: u32, tag: bytes(3) });
const VALUES = { x: 0x0201, y: 0x06050403, tag: Uint8Array.of(7, 8, 9) };

Deno.test("layout() writes and reads numbers unsigned and little-endian", () => {
  for (const [field, value, expected] of NUMBERS) {
    const number = layout({ value: field });
    deepStrictEqual([...number.encode({ value })], expected);
    deepStrictEqual(number.decode(Uint8Array.from(expected)), { value });
  }
});

Deno.test("layout() packs the fields in the order of their declaration", () => {
  strictEqual(POINT.size, 9);
  deepStrictEqual(POINT.encode(VALUES), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
  deepStrictEqual(POINT.decode(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)), VALUES);
});

Deno.test("the structures of protocol 3 have the widths of its texts", () => {
  for (const [what, { size }, expected] of WIDTHS) strictEqual(size, expected, what);
});

Deno.test("Layout.decode() takes back what encode() wrote, from any place in a memory", () => {
  const values = fc.record({
    small: fc.nat(0xff),
    middle: fc.nat(0xffff),
    large: fc.nat(0xffffffff),
    tag: fc.uint8Array({ minLength: 5, maxLength: 5 }),
    name: fc.uint8Array({ minLength: 255, maxLength: 255 }).map((field) => new TextField(field)),
  }, { noNullPrototype: true });
  const all = layout({ small: u8, name: text, middle: u16, tag: bytes(5), large: u32 });
  fc.assert(fc.property(values, fc.nat(40), fc.nat(40), (expected, before, after) => {
    const memory = new Uint8Array(before + all.size + after);
    memory.set(all.encode(expected), before);
    deepStrictEqual(all.decode(memory.subarray(before)), expected);
  }));
});

Deno.test("Layout.encodeInto() leaves alone what surrounds the structure", () => {
  const memory = new Uint8Array(13).fill(0xee);
  POINT.encodeInto(memory.subarray(2), VALUES);
  deepStrictEqual([...memory], [0xee, 0xee, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xee, 0xee]);
});

Deno.test("Layout.encode() copies byte strings, Layout.decode() gives views of them", () => {
  const tag = Uint8Array.of(7, 8, 9);
  const encoded = POINT.encode({ ...VALUES, tag });
  tag.fill(0);
  strictEqual(encoded[6], 7);
  const decoded = POINT.decode(encoded);
  encoded[6] = 70;
  deepStrictEqual(decoded.tag, Uint8Array.of(70, 8, 9));
});

Deno.test("Layout refuses a memory that is one byte short", () => {
  throws(() => POINT.decode(new Uint8Array(8)), RangeError);
  throws(() => POINT.encodeInto(new Uint8Array(8), VALUES), RangeError);
  // The bytes behind a view are not part of it.
  throws(() => POINT.decode(new Uint8Array(16).subarray(0, 8)), RangeError);
});

Deno.test("bytes() and text write only values of exactly their width", () => {
  for (const size of [0, 2, 4]) {
    throws(() => POINT.encode({ ...VALUES, tag: new Uint8Array(size) }), RangeError);
  }
  for (const size of [0, 254, 256]) {
    throws(() => NAME.encode({ name: new TextField(new Uint8Array(size)) }), RangeError);
  }
});

Deno.test("a layout without fields writes nothing and reads nothing", () => {
  deepStrictEqual(NOTHING.encode({}), new Uint8Array(0));
  deepStrictEqual(NOTHING.decode(Uint8Array.of(1)), {});
});

Deno.test("encodeFrom() encodes an object's fields and refuses one without a field", () => {
  const point = layout({ x: u8, y: u16 });
  deepStrictEqual(point.encodeFrom({ y: 2, x: 1, z: 3 }), point.encode({ x: 1, y: 2 }));
  throws(() => point.encodeFrom({ x: 1 }), /The field "y" is missing/);
});
