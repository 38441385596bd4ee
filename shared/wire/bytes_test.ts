import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { joined, sameBytes } from "./bytes.ts";

Deno.test("joined() copies all parts, and none is nothing", () => {
  const part = Uint8Array.of(1, 2);
  const all = joined(part, new Uint8Array(0), part.subarray(1));
  part[0] = 9;
  deepStrictEqual(all, Uint8Array.of(1, 2, 2));
  deepStrictEqual(joined(), new Uint8Array(0));
});

const BYTES = Uint8Array.of(0x64, 0xf3, 0, 0xff, 0x18);

Deno.test("sameBytes() is true for equal contents in different memories", () => {
  const memory = new Uint8Array(40);
  memory.set(BYTES, 7);
  strictEqual(sameBytes(memory.subarray(7, 7 + BYTES.length), BYTES), true);
  strictEqual(sameBytes(new Uint8Array(0), new Uint8Array(0)), true);
});

Deno.test("sameBytes() is false when any byte or the length differs", () => {
  for (const [at, byte] of BYTES.entries()) {
    strictEqual(sameBytes(BYTES.with(at, byte ^ 1), BYTES), false, `byte ${at}`);
  }
  strictEqual(sameBytes(BYTES, BYTES.subarray(0, 4)), false);
  strictEqual(sameBytes(BYTES.subarray(0, 4), BYTES), false);
  strictEqual(sameBytes(new Uint8Array(0), BYTES), false);
});
