import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { parsePort } from "./address.ts";

Deno.test("parsePort() reads every port, with or without leading zeros", () => {
  for (let port = 1; port <= 65535; port++) strictEqual(parsePort(String(port)), port);
  strictEqual(parsePort("0001256"), 1256);
});

Deno.test("parsePort() refuses whole numbers that are no ports as out of range", () => {
  const outside = fc.bigInt().filter((number) => number < 1n || number > 65535n);
  fc.assert(fc.property(outside, (number) => {
    throws(() => parsePort(String(number)), { reason: "port-out-of-range" });
  }));
  throws(() => parsePort("-0"), { reason: "port-out-of-range" });
  throws(() => parsePort("9".repeat(400)), { reason: "port-out-of-range" });
});

Deno.test("parsePort() refuses everything else as no port", () => {
  for (
    const text of ["", " ", "1256 ", "+1256", "1e3", "1_256", "0x4e8", "1256.0", "١٢٥٦", "--1"]
  ) {
    throws(() => parsePort(text), { reason: "bad-port" }, text);
  }
});
