import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { ANY_CHARACTER } from "../../tests/chance/any_character.ts";
import { checkLine, checkUserName, TextFileError } from "./text.ts";
import { formatTransferInfo, parseTransferInfo, type TransferInfo } from "./transfer_info.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const INFO: TransferInfo = { host: "::1", port: 1256, name: "Michael Jackson", path: "a b.bin" };

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

const info: fc.Arbitrary<TransferInfo> = fc.record({
  host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65535 }),
  name: fc.string({ unit: ANY_CHARACTER, minLength: 1, maxLength: 100 })
    .filter((name) => passes(() => checkUserName(name))),
  path: fc.string({ unit: ANY_CHARACTER, minLength: 1 })
    .filter((path) => passes(() => checkLine(path, "path"))),
}, { noNullPrototype: true });

Deno.test("parseTransferInfo() reads what formatTransferInfo() writes", () => {
  fc.assert(fc.property(info, (value) => {
    deepStrictEqual(parseTransferInfo(bytes(formatTransferInfo(value))), value);
  }));
});

Deno.test("formatTransferInfo() writes three lines", () => {
  strictEqual(formatTransferInfo(INFO), "[::1]:1256\nMichael Jackson\na b.bin\n");
});

Deno.test("formatTransferInfo() refuses what would not be read back", () => {
  const refused: readonly (readonly [Partial<TransferInfo>, string])[] = [
    [{ host: "" }, "bad-address"],
    [{ host: "a:b" }, "bad-address"],
    [{ host: "a\nb" }, "bad-address"],
    [{ port: 0 }, "port-out-of-range"],
    [{ port: 1.5 }, "bad-port"],
    [{ name: "" }, "empty-name"],
    [{ name: "n".repeat(101) }, "name-too-long"],
    [{ name: "a\nb" }, "not-one-line"],
    [{ path: "" }, "not-one-line"],
    [{ path: "a\nb" }, "not-one-line"],
  ];
  for (const [change, reason] of refused) {
    throws(() => formatTransferInfo({ ...INFO, ...change }), { reason });
  }
});

Deno.test("parseTransferInfo() keeps blanks before a path, not before an address", () => {
  const text = " localhost:1256\nname\n  a.bin\nnote\n";
  strictEqual(parseTransferInfo(bytes(text)).path, "  a.bin");
});

Deno.test("parseTransferInfo() tells of an empty file which three lines belong in it", () => {
  for (const empty of ["", "\n\r\n \n", "\ufeff"]) {
    throws(() => parseTransferInfo(bytes(empty)), {
      reason: "missing-line",
      message: "The file is empty; write three lines: " +
        'line 1 the server as "host:port", line 2 the user name, ' +
        "line 3 the path of the file to send",
    });
  }
});

Deno.test("parseTransferInfo() tells which line is missing", () => {
  throws(
    () => parseTransferInfo(bytes("a:1\n")),
    /^TextFileError: Line 2, the user name, is missing;/,
  );
  throws(
    () => parseTransferInfo(bytes("a:1\nn\n")),
    /Line 3, the path of the file to send, is missing;/,
  );
  throws(() => parseTransferInfo(bytes("a:1\nn\n\nnote\n")), { reason: "missing-line" });
});

Deno.test("parseTransferInfo() does not look at lines that are overridden", () => {
  const bad = bytes(`nowhere\n${"n".repeat(101)}\n`);
  throws(() => parseTransferInfo(bad), { reason: "bad-address" });
  throws(() => parseTransferInfo(bad, { overridden: { address: true } }), {
    reason: "name-too-long",
  });
  throws(() => parseTransferInfo(bad, { overridden: { address: true, name: true } }), {
    reason: "missing-line",
  });
  const overridden = { address: true, name: true, path: true };
  deepStrictEqual(parseTransferInfo(bad, { overridden }), {});
  deepStrictEqual(parseTransferInfo(bytes(""), { overridden }), {});
});

Deno.test("parseTransferInfo() returns what the lines say that are not overridden", () => {
  const path = parseTransferInfo(bytes("\n\na.bin"), { overridden: { address: true, name: true } });
  deepStrictEqual(path, { path: "a.bin" });
  const address = parseTransferInfo(bytes("a:1"), { overridden: { name: true, path: true } });
  deepStrictEqual(address, { host: "a", port: 1 });
  deepStrictEqual(parseTransferInfo(bytes(formatTransferInfo(INFO)), { overridden: {} }), INFO);
});

Deno.test("parseTransferInfo() throws nothing but TextFileError on arbitrary bytes", () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: fc.constantFrom("a", ":", "1", "[", "]", "\n", "\0", " ") }).map(bytes),
  );
  fc.assert(fc.property(content, fc.boolean(), (content, address) => {
    try {
      parseTransferInfo(content, { overridden: { address } });
    } catch (error) {
      ok(error instanceof TextFileError);
    }
  }));
});
