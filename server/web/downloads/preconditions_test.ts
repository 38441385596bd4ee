import { strictEqual } from "node:assert/strict";
import { checkPreconditions, rangeCounts } from "./preconditions.ts";

const FILE = { etag: '"abc"', modified: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
const THEN = "Fri, 02 Jan 2026 03:04:05 GMT";
const BEFORE = "Fri, 02 Jan 2026 03:04:04 GMT";
const LATER = "Sat, 03 Jan 2026 00:00:00 GMT";

type Headers = Readonly<Record<string, string>>;

const headerOf = (headers: Headers) => (name: string) => headers[name];

const CONDITIONS: readonly (readonly [headers: Headers, status: 304 | 412 | undefined])[] = [
  [{}, undefined],
  [{ "if-none-match": '"abc"' }, 304],
  [{ "if-none-match": 'W/"abc"' }, 304],
  [{ "if-none-match": '"x", "abc"' }, 304],
  [{ "if-none-match": "*" }, 304],
  [{ "if-none-match": '"x"' }, undefined],
  [{ "if-none-match": '"x"', "if-modified-since": LATER }, undefined],
  [{ "if-modified-since": THEN }, 304],
  [{ "if-modified-since": LATER }, 304],
  [{ "if-modified-since": BEFORE }, undefined],
  [{ "if-modified-since": "yesterday" }, undefined],
  [{ "if-match": '"abc"' }, undefined],
  [{ "if-match": "*" }, undefined],
  [{ "if-match": '"x"' }, 412],
  [{ "if-match": 'W/"abc"' }, 412],
  [{ "if-unmodified-since": BEFORE }, 412],
  [{ "if-unmodified-since": THEN }, undefined],
  [{ "if-match": '"abc"', "if-unmodified-since": BEFORE }, undefined],
];

for (const [headers, status] of CONDITIONS) {
  Deno.test(`checkPreconditions() of ${JSON.stringify(headers)} is ${status}`, () => {
    strictEqual(checkPreconditions(headerOf(headers), FILE), status);
  });
}

Deno.test("rangeCounts() without If-Range, and with it for that very state of the file", () => {
  const counts = (condition?: string) =>
    rangeCounts(headerOf(condition === undefined ? {} : { "if-range": condition }), FILE);
  strictEqual(counts(), true);
  strictEqual(counts('"abc"'), true);
  strictEqual(counts(THEN), true);
  for (const other of ['"x"', 'W/"abc"', BEFORE, LATER, "nonsense"]) {
    strictEqual(counts(other), false);
  }
});
