import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { joined } from "../../../shared/wire/bytes.ts";
import { isProxyHeader, LONGEST_HEADER, readProxyHeader } from "./proxy_header.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";

function text(line: string): Uint8Array {
  return new TextEncoder().encode(line);
}

function hex(digits: string): Uint8Array {
  return Uint8Array.fromHex(digits.replaceAll(" ", ""));
}

/** Headers as HAProxy sends them, with the address of the client. */
const HEADERS: readonly (readonly [Uint8Array, string | undefined])[] = [
  [text("PROXY TCP4 192.0.2.7 10.0.0.1 4711 1256\r\n"), "192.0.2.7"],
  [text("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"), "255.255.255.255"],
  [text("PROXY TCP6 2001:DB8::7 ::1 4711 1256\r\n"), "2001:db8::7"],
  [text("PROXY TCP6 ::ffff:192.0.2.7 ::1 4711 1256\r\n"), "192.0.2.7"],
  [text("PROXY UNKNOWN\r\n"), undefined],
  [text("PROXY UNKNOWN 1 2 3 4\r\n"), undefined],
  // LOCAL: a health check.
  [hex(`${SIGNATURE} 20 00 0000`), undefined],
  [hex(`${SIGNATURE} 20 11 000c c0000207 0a000001 1267 04e8`), undefined],
  [hex(`${SIGNATURE} 21 11 000c c0000207 0a000001 1267 04e8`), "192.0.2.7"],
  // With an extension behind the addresses.
  [hex(`${SIGNATURE} 21 11 0013 c0000207 0a000001 1267 04e8 04 0004 00000000`), "192.0.2.7"],
  [
    hex(`${SIGNATURE} 21 21 0024 20010db8${"0".repeat(22)}07 ${"0".repeat(31)}1 1267 04e8`),
    "2001:db8::7",
  ],
  [
    hex(`${SIGNATURE} 21 21 0024 ${"0".repeat(20)}ffffc0000207 ${"0".repeat(31)}1 1267 04e8`),
    "192.0.2.7",
  ],
  // A socket of the system, and datagrams: the address is of no use.
  [hex(`${SIGNATURE} 21 31 00d8 ${"61".repeat(216)}`), undefined],
  [hex(`${SIGNATURE} 21 12 000c c0000207 0a000001 1267 04e8`), undefined],
];

const FAULTS: readonly (readonly [Uint8Array, RegExp])[] = [
  [text("GET / HTTP/1.1\r\n"), /no PROXY header/],
  [hex("16030100"), /no PROXY header/],
  [text("PROXYTCP4"), /no PROXY header/],
  [text("PROXY TCP4 192.0.2.7\r\n"), /cannot be read/],
  [text("PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n"), /cannot be read/],
  [text("PROXY TCP4 192.0.2.07 10.0.0.1 1 2\r\n"), /cannot be read/],
  [text("PROXY TCP4 ::1 ::1 1 2\r\n"), /cannot be read/],
  [text("PROXY TCP6 192.0.2.7 ::1 1 2\r\n"), /cannot be read/],
  [text("PROXY TCP6 ::1::2 ::1 1 2\r\n"), /cannot be read/],
  [text("PROXY TCP4 192.0.2.7 10.0.0.1 1 2\n"), /cannot be read/],
  [text(`PROXY UNKNOWN ${"x".repeat(94)}`), /too long/],
  [hex(`${SIGNATURE} 31 11 000c`), /unknown version/],
  [hex(`${SIGNATURE} 22 11 000c`), /unknown version/],
  [hex(`${SIGNATURE} 21 11 000b c0000207 0a000001 1267 04`), /cut off/],
  [hex(`${SIGNATURE} 21 11 ffff`), /65551 bytes/],
];

Deno.test("readProxyHeader() reads both versions, and leaves what follows", () => {
  for (const [bytes, source] of HEADERS) {
    for (const behind of ["", "hello", "PROXY TCP4 "]) {
      const all = joined(bytes, text(behind));
      deepStrictEqual(readProxyHeader(all), { size: bytes.length, source });
    }
  }
});

Deno.test("readProxyHeader() wants more until a header is whole, and never for ever", () => {
  for (const [bytes] of HEADERS) {
    for (let size = 0; size < bytes.length; size++) {
      strictEqual(readProxyHeader(bytes.subarray(0, size)), "more");
    }
  }
  for (const start of [text("PROXY TCP4 "), hex(`${SIGNATURE} 21 11 07f0`)]) {
    const endless = joined(start, new Uint8Array(LONGEST_HEADER).fill(0x31));
    ok(readProxyHeader(endless.subarray(0, LONGEST_HEADER)) !== "more");
  }
});

Deno.test("readProxyHeader() says what is wrong with a header", () => {
  for (const [bytes, fault] of FAULTS) {
    const read = readProxyHeader(bytes);
    ok(typeof read === "object" && "fault" in read && fault.test(read.fault), JSON.stringify(read));
  }
});

Deno.test("isProxyHeader() knows a header by its first bytes, and nothing else", () => {
  for (const [bytes] of HEADERS) ok(isProxyHeader(bytes.subarray(0, 40)));
  for (const other of ["PROXYTCP4 ", "PROXY TCP5 ", "proxy TCP4 ", "GET / HTTP/1.1", "P1"]) {
    strictEqual(isProxyHeader(text(other)), false, other);
  }
  for (const part of ["", "P", "PROXY", "PROXY TCP4", "PROXY UNKNOWN"]) {
    strictEqual(isProxyHeader(text(part)), undefined, part);
  }
  strictEqual(isProxyHeader(hex(SIGNATURE).subarray(0, 11)), undefined);
});
