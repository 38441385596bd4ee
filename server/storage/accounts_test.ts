import { strictEqual, throws } from "node:assert/strict";
import { deviceIdOf, tokenIdOf } from "./accounts.ts";

Deno.test("deviceIdOf() and tokenIdOf() take 16 bytes without a copy, and refuse others", () => {
  const bytes = new Uint8Array(16);
  for (const idOf of [deviceIdOf, tokenIdOf]) {
    strictEqual(idOf(bytes), bytes);
    for (const size of [0, 15, 17, 32]) throws(() => idOf(new Uint8Array(size)), RangeError);
  }
});

Deno.test("An id of a token cannot take the place of that of a device", () => {
  const device = deviceIdOf(new Uint8Array(16));
  // @ts-expect-error -- this is what the types are for
  const token: typeof device = tokenIdOf(new Uint8Array(16));
  strictEqual(token.byteLength, 16);
});
