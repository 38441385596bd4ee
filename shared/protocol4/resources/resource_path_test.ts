import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { ANY_CHARACTER } from "../../../tests/chance/any_character.ts";
import { decodePath, encodePath, PathError, splitPath } from "./resource_path.ts";

const isName = (text: string) =>
  text !== "" && text !== "." && text !== ".." && !/[/\0]/.test(text);
const element = fc.string({ unit: ANY_CHARACTER, maxLength: 30 }).filter((text) =>
  isName(text) && text.isWellFormed()
);

function refuses(reason: string, give: () => unknown): void {
  throws(give, (error: unknown) => {
    ok(error instanceof PathError, String(error));
    strictEqual(error.reason, reason, error.message);
    return true;
  });
}

Deno.test("decodePath() reads what encodePath() writes, whatever the names are", () => {
  fc.assert(fc.property(fc.array(element, { maxLength: 6 }), (elements) => {
    const raw = encodePath(elements);
    ok(/^[A-Za-z0-9._~%/-]*$/.test(raw), raw);
    deepStrictEqual(decodePath(raw), elements);
    deepStrictEqual(splitPath(elements.join("/")), elements);
  }));
});

Deno.test("decodePath() decodes each element once", () => {
  deepStrictEqual(decodePath("a%2520b/%252e%252e/c%252fd"), ["a%20b", "%2e%2e", "c%2fd"]);
  deepStrictEqual(decodePath(""), []);
  deepStrictEqual(decodePath("a+b/a%20b/%C3%BC/a%5Cb"), ["a+b", "a b", "ü", "a\\b"]);
  deepStrictEqual(decodePath(".../..a/.a"), ["...", "..a", ".a"]);
});

Deno.test("decodePath() refuses each way out of the tree, and bad escapes", () => {
  for (
    const raw of [
      ...["/", "a/", "/a", "a//b", ".", "..", "a/..", "../a", "a/./b", "%2e", "%2E%2e", ".%2e/a"],
      ...["a%2Fb", "%2f", "a%2f..%2fb", "a%00", "%00", "a\0b", "%", "%1", "%zz", "a%c3", "%ff"],
      ...["%c0%ae%c0%ae", "%ed%a0%80", "%c0%af", "\ud800", "%u002e"],
    ]
  ) refuses("bad-path", () => decodePath(raw));
});

Deno.test("Paths that are too long, too deep or have an element too long are refused", () => {
  strictEqual(decodePath("a/".repeat(63) + "a").length, 64);
  refuses("path-too-long", () => decodePath("a/".repeat(64) + "a"));
  strictEqual(decodePath("a".repeat(255)).length, 1);
  refuses("path-too-long", () => decodePath("a".repeat(256)));
  refuses("path-too-long", () => decodePath("%C3%BC".repeat(128)));
  const folder = `${"a".repeat(255)}/`;
  strictEqual(splitPath(folder.repeat(15) + "a".repeat(255)).length, 16);
  refuses("path-too-long", () => splitPath(folder.repeat(16) + "a"));
  refuses("path-too-long", () => splitPath(`${"ü".repeat(100)}/`.repeat(21) + "a"));
  refuses("path-too-long", () => decodePath("%61".repeat(4097)));
  refuses("path-too-long", () => encodePath(["a".repeat(256)]));
});

Deno.test("splitPath() and encodePath() refuse what decodePath() does", () => {
  for (const path of ["/", "/a", "a/", "a//b", ".", "a/../b", "a\0", "\udc00"]) {
    refuses("bad-path", () => splitPath(path));
  }
  for (const name of ["", ".", "..", "a/b", "\0", "\ud800"]) {
    refuses("bad-path", () => encodePath(["a", name]));
  }
});
