import { strictEqual, throws } from "node:assert/strict";
import { type DeviceId, deviceIdOf, type TokenId, tokenIdOf } from "./accounts.ts";

Deno.test("deviceIdOf() and tokenIdOf() take 16 bytes without a copy, and refuse others", () => {
  const bytes = new Uint8Array(16);
  for (const idOf of [deviceIdOf, tokenIdOf]) {
    strictEqual(idOf(bytes), bytes);
    for (const size of [0, 15, 17, 32]) throws(() => idOf(new Uint8Array(size)), RangeError);
  }
});

/** True if no `A` can take the place of a `B`; otherwise no value has this type. */
type Apart<A, B> = A extends B ? never : true;

Deno.test("An id of a token cannot take the place of that of a device, nor the other way", () => {
  // Held by the type check: with one type for both these lines do not compile.
  const tokens: Apart<TokenId, DeviceId> = true;
  const devices: Apart<DeviceId, TokenId> = true;
  strictEqual(tokens, devices);
});
