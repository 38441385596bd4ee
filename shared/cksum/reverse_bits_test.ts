import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { buildModule } from "../../release/build_wasm.ts";
import { PIECE, reversedBits } from "./cksum.ts";

/** A byte with its bits in the opposite order, computed one by one. */
function reversed(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) if ((byte & 1 << bit) !== 0) result |= 0x80 >> bit;
  return result;
}

Deno.test("reversedBits() reverses the bits of every byte", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  deepStrictEqual(reversedBits(all).slice(), all.map(reversed));
});

Deno.test("reversedBits() takes a piece of any length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (piece) => {
      deepStrictEqual(reversedBits(piece).slice(), piece.map(reversed));
    }),
  );
  const largest = new Uint8Array(PIECE).fill(1);
  deepStrictEqual(reversedBits(largest).slice(), new Uint8Array(PIECE).fill(0x80));
});

Deno.test("The WebAssembly bytes are those that its text makes", async () => {
  const built = new URL("reverse_bits_wasm.ts", import.meta.url);
  strictEqual(await Deno.readTextFile(built), await buildModule());
});
