import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { type Address, formatAddress, parseAddress } from "./address.ts";

const address: fc.Arbitrary<Address> = fc.record({
  host: fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("localhost", "xn--mnchen-3ya.example"),
  ),
  port: fc.integer({ min: 1, max: 65535 }),
}, { noNullPrototype: true });

Deno.test("parseAddress() reads what formatAddress() writes", () => {
  fc.assert(fc.property(address, (value) => {
    deepStrictEqual(parseAddress(formatAddress(value)), value);
  }));
});

Deno.test("formatAddress() puts brackets around an IPv6 address and around nothing else", () => {
  strictEqual(formatAddress({ host: "::1", port: 1256 }), "[::1]:1256");
  strictEqual(formatAddress({ host: "127.0.0.1", port: 1256 }), "127.0.0.1:1256");
});

Deno.test("parseAddress() refuses what has no host, no port, or cannot be a host", () => {
  const bad = [
    "",
    ":",
    "localhost",
    ":1256",
    "[]:1256",
    "[::1]",
    "::1",
    "::1:1256",
    "[localhost]:1256",
    "[::1]:1256:1",
    "[::1:1256",
    "::1]:1256",
    "two words:1256",
    " localhost:1256",
    "http://localhost:1256",
    "user@localhost:1256",
    "a/b:1256",
    "a\nb:1256",
    `${"a".repeat(254)}:1256`,
  ];
  for (const text of bad) throws(() => parseAddress(text), { reason: "bad-address" }, text);
});

Deno.test("parseAddress() says why it refuses a host that could not be reached", () => {
  const cases = [
    ["[fe80::1%eth0]:1256", /^"fe80::1%eth0" names a network interface, "eth0"/],
    ["[fe80::1%25]:1256", /names a network interface/],
    [
      "münchen.example:1256",
      /^The host "münchen\.example" .*write it as "xn--mnchen-3ya\.example"$/,
    ],
    ["\u0301.example:1256", /give its name in ASCII$/],
  ] as const;
  for (const [text, message] of cases) {
    throws(() => parseAddress(text), { reason: "bad-address", message }, text);
  }
});

Deno.test("parseAddress() tells a bad port from a port out of range", () => {
  for (const host of ["localhost", "[::1]"]) {
    throws(() => parseAddress(`${host}:`), { reason: "bad-port" });
    throws(() => parseAddress(`${host}:http`), { reason: "bad-port" });
    throws(() => parseAddress(`${host}:0`), { reason: "port-out-of-range" });
    throws(() => parseAddress(`${host}:65536`), { reason: "port-out-of-range" });
  }
});

Deno.test("parseAddress() says in its message what an address looks like", () => {
  throws(() => parseAddress("::1:1256"), /"::1:1256" is not an address.*"\[::1\]:1256"/);
});
