import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ENOUGH, type Spoken, spokenBy } from "./first_bytes.ts";

/** The first bytes of a record with a ClientHello of `length` bytes. */
function hello(length: number, { minor = 1, type = 1, lack = 4 } = {}): Uint8Array {
  const inner = length - lack;
  return Uint8Array.of(
    ...[0x16, 3, minor, length >> 8, length & 0xff, type],
    ...[inner >> 16 & 0xff, inner >> 8 & 0xff, inner & 0xff],
  );
}

/** What the bytes show, when they come as they are split. */
function shownBy(pieces: readonly Uint8Array[]): Spoken | undefined {
  let bytes = new Uint8Array();
  for (const piece of pieces) {
    bytes = Uint8Array.of(...bytes, ...piece);
    const spoken = spokenBy(bytes);
    if (spoken !== undefined) return spoken;
  }
  return undefined;
}

const TEXT = (text: string) => new TextEncoder().encode(text);

const BEGINNINGS = fc.oneof(
  fc.uint8Array({ minLength: ENOUGH, maxLength: 40 }),
  fc.uint8Array({ minLength: ENOUGH, maxLength: 40 }).map((rest) =>
    Uint8Array.of(0x16, 3, ...rest)
  ),
  fc.nat(16_384).map((length) => hello(length)),
  fc.string({ minLength: 5, maxLength: 20 }).map((text) => TEXT(`GET ${text}`)),
  fc.string({ minLength: 8, maxLength: 20 }).map((text) => TEXT(`G${text}`)),
  fc.string({ minLength: 2, maxLength: 20 }).map((text) => TEXT(`PROPFIN${text}`)),
);

Deno.test("spokenBy() says the same however the first bytes are split", () => {
  fc.assert(fc.property(BEGINNINGS, fc.array(fc.nat(12)), (bytes, sizes) => {
    const pieces = [];
    let at = 0;
    for (const size of sizes) pieces.push(bytes.subarray(at, at += size));
    pieces.push(bytes.subarray(at));
    strictEqual(shownBy(pieces), spokenBy(bytes));
  }));
});

Deno.test("spokenBy() needs nine bytes at most, and one of most clients of protocol 3", () => {
  fc.assert(fc.property(BEGINNINGS, (bytes) => {
    ok(spokenBy(bytes.subarray(0, ENOUGH)) !== undefined);
    const one = spokenBy(bytes.subarray(0, 1));
    const waits = bytes[0] === 0x16 || "GPHMDO".includes(String.fromCharCode(bytes[0] ?? 0));
    strictEqual(one, waits ? undefined : "other");
  }));
});

Deno.test("spokenBy() knows a ClientHello of each version by its lengths", () => {
  fc.assert(fc.property(fc.integer({ min: 4, max: 0xffff }), fc.nat(4), (length, minor) => {
    strictEqual(spokenBy(hello(length, { minor })), "tls");
    strictEqual(spokenBy(hello(length, { minor, type: 2 })), "other");
    strictEqual(spokenBy(hello(length, { minor, lack: 3 })), "other");
  }));
  strictEqual(spokenBy(hello(200, { minor: 5 })), "other");
});

Deno.test("spokenBy() knows a clear request by its method and a blank alone", () => {
  for (const text of ["GET ", "GET /v4/key HTTP/1.1\r\n", "GET \0\0\0", "PUT /", "PROPFIND "]) {
    strictEqual(spokenBy(TEXT(text)), "clear", text);
  }
  for (const text of ["GE", "PROPFIND", "P", "PATCH"]) {
    strictEqual(spokenBy(TEXT(text)), undefined, text);
  }
  for (const text of ["GETS", "GET\t", "POSTS", "get / HTTP/1.1", "TRACE / HTTP/1.1", "PRI *"]) {
    strictEqual(spokenBy(TEXT(text)), "other", text);
  }
});
