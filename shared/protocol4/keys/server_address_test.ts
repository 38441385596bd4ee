import { deepStrictEqual, doesNotMatch, ok, strictEqual, throws } from "node:assert/strict";
import { TextFileError } from "../../text/text.ts";
import { bytesOf, VECTORS } from "../../../tests/protocol4/fixtures/vectors.ts";
import { formatServerAddress, parseServerAddress } from "./server_address.ts";

const { spki: digits, text: key } = VECTORS.keys[0] ?? { spki: "", text: "" };
const spki = bytesOf(digits);

Deno.test("parseServerAddress() reads hosts, ports, keys and invitations", () => {
  const none = { spki: undefined, invitation: undefined };
  const rows: readonly (readonly [string, unknown])[] = [
    [`sealpost://host/#${key}`, { host: "host", port: 1256, spki, invitation: undefined }],
    [`sealpost://host#${key}`, { host: "host", port: 1256, spki, invitation: undefined }],
    ["sealpost://host:99/", { host: "host", port: 99, ...none }],
    ["sealpost://10.0.0.1", { host: "10.0.0.1", port: 1256, ...none }],
    ["host", { host: "host", port: 1256, ...none }],
    ["[::1]:99", { host: "::1", port: 99, ...none }],
    [`host:99/#${key}`, { host: "host", port: 99, spki, invitation: undefined }],
    ["SEALPOST://[::1]/", { host: "::1", port: 1256, ...none }],
    [`sealpost://[::1]:7/#${key}.inv-_9`, { host: "::1", port: 7, spki, invitation: "inv-_9" }],
  ];
  for (const [text, address] of rows) deepStrictEqual(parseServerAddress(text), address, text);
});

Deno.test("formatServerAddress() writes what parseServerAddress() reads", () => {
  for (const host of ["host.example", "::1", "10.0.0.1"]) {
    for (const rest of [{}, { spki }, { spki, invitation: "abc" }]) {
      const text = formatServerAddress({ host, port: 1256, ...rest });
      const read = parseServerAddress(text);
      deepStrictEqual(read, { host, port: 1256, spki: undefined, invitation: undefined, ...rest });
    }
  }
  strictEqual(
    formatServerAddress({ host: "::1", port: 1256, spki, invitation: "abc" }),
    `sealpost://[::1]:1256/#${key}.abc`,
  );
  throws(() => formatServerAddress({ host: "h", port: 1, invitation: "x" }), TypeError);
});

Deno.test("parseServerAddress() refuses what is no address, and repeats no invitation", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["", "bad-address"],
    ["://host", "bad-address"],
    ["host/path", "bad-address"],
    ["https://host/", "bad-address"],
    ["sealpost://", "bad-address"],
    ["sealpost:///#secret-invitation", "bad-address"],
    ["sealpost://host/path", "bad-address"],
    ["sealpost://host/?q", "bad-address"],
    ["sealpost://user@host/", "bad-address"],
    ["sealpost://::1/", "bad-address"],
    ["sealpost://[::g]/", "bad-address"],
    ["sealpost://host:/", "bad-port"],
    ["sealpost://host:x/", "bad-port"],
    ["sealpost://host:0/", "port-out-of-range"],
    ["sealpost://host:65536/", "port-out-of-range"],
    ["sealpost://host/#", "bad-server-key"],
    [`sealpost://host/#${key.slice(1)}.secret-invitation`, "bad-server-key"],
    [`sealpost://host/#${key}.`, "bad-invitation"],
    [`sealpost://host/#${key}.secret-invitation!`, "bad-invitation"],
    [`sealpost://host/#${key}.${"a".repeat(129)}`, "bad-invitation"],
    [`sealpost://host/#${key}.a.b`, "bad-invitation"],
  ];
  for (const [text, reason] of rows) {
    throws(() => parseServerAddress(text), (error: unknown) => {
      ok(error instanceof TextFileError, text);
      strictEqual(error.reason, reason, text);
      doesNotMatch(error.message, /secret-invitation/);
      return true;
    });
  }
});
