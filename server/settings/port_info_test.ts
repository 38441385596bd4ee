import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_PORT, formatPortInfo, parsePortInfo } from "./port_info.ts";
import { TextFileError } from "../../shared/text/text.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("parsePortInfo() reads what formatPortInfo() writes", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 65535 }), (port) => {
    strictEqual(parsePortInfo(bytes(formatPortInfo(port))), port);
  }));
});

Deno.test("formatPortInfo() writes the default port as one line", () => {
  strictEqual(formatPortInfo(DEFAULT_PORT), "1256\n");
});

Deno.test("formatPortInfo() refuses numbers that are no ports", () => {
  throws(() => formatPortInfo(0), { reason: "port-out-of-range" });
  throws(() => formatPortInfo(65536), { reason: "port-out-of-range" });
  for (const port of [1256.5, NaN, Infinity]) {
    throws(() => formatPortInfo(port), { reason: "bad-port" });
  }
});

Deno.test("parsePortInfo() finds the port among blanks and empty lines, not in text", () => {
  strictEqual(parsePortInfo(bytes("\r\n\t1357 \r\n\r\n")), 1357);
  throws(() => parsePortInfo(bytes("1256\n1357\n")), { reason: "bad-port" });
  throws(() => parsePortInfo(bytes("1256 # default\n")), { reason: "bad-port" });
});

Deno.test("parsePortInfo() throws nothing but TextFileError on arbitrary bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 16 }), (content) => {
    try {
      const port = parsePortInfo(content);
      return Number.isInteger(port) && port >= 1 && port <= 65535;
    } catch (error) {
      return error instanceof TextFileError;
    }
  }));
});
