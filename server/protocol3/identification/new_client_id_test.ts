import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { newClientId } from "./new_client_id.ts";

/** Calls with these random bytes, one array for each draw. */
function drawing(...draws: readonly (readonly number[])[]): Uint8Array {
  const left = [...draws];
  const id = newClientId((bytes) => bytes.set(left.shift() ?? []));
  strictEqual(left.length, 0, "not every draw was needed");
  return id;
}

Deno.test("a new id has 16 bytes from 0x10 to 0x7f, each of them as probable", () => {
  const seen = new Map<number, number>();
  for (let round = 0; round < 7_000; round++) {
    const id = newClientId();
    strictEqual(id.byteLength, 16);
    for (const byte of id) seen.set(byte, (seen.get(byte) ?? 0) + 1);
  }
  deepStrictEqual(
    [...seen.keys()].sort((a, b) => a - b),
    Array.from({ length: 112 }, (_, at) => at + 16),
  );
  // A mean of 1,000 with a deviation of 32: seven of these are met once in 10^9 runs.
  for (const count of seen.values()) ok(count > 776 && count < 1_224, `${count} of 1000`);
});

Deno.test("random bytes that would make some values more probable are drawn again", () => {
  const low = Array.from({ length: 16 }, (_, at) => at);
  deepStrictEqual(
    drawing([...Array(16).fill(224), ...low]),
    Uint8Array.from(low, (byte) => byte + 16),
  );
  deepStrictEqual(
    drawing([...Array(17).fill(255), ...low.slice(1)], [...low, ...low]),
    Uint8Array.from(low, (byte) => byte + 16),
  );
});

Deno.test("a new id does not begin like a clear HTTP request or a TLS record", () => {
  const zeros = Array<number>(32).fill(0);
  for (const line of ["GET /index.html ", "PROPFIND /dav/a "]) {
    const bytes = [...line].map((letter) => letter.charCodeAt(0) - 16);
    const id = drawing([...bytes, ...zeros.slice(16)], zeros);
    deepStrictEqual(id, new Uint8Array(16).fill(16));
  }
  // 0x16 0x03: the second byte cannot occur.
  notDeepStrictEqual(drawing([6, 243, ...zeros.slice(2)])[1], 3);
});
