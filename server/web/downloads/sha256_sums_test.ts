import { deepStrictEqual } from "node:assert/strict";
import { formatSha256Sums, parseSha256Sums } from "./sha256_sums.ts";

const A = "a".repeat(64);
const B = "0123456789abcdef".repeat(4);

Deno.test("parseSha256Sums() reads what formatSha256Sums() writes", () => {
  const text = formatSha256Sums([{ name: "a b", sha256: A }, { name: "c", sha256: B }]);
  deepStrictEqual([...parseSha256Sums(text)], [["a b", A], ["c", B]]);
});

Deno.test("parseSha256Sums() takes binary mode and CRLF, and leaves out everything else", () => {
  const text = `${A} *a.zip\r\n# note\n${A.toUpperCase()}  upper\n${A.slice(1)}  short\n${B} b\n\n`;
  deepStrictEqual([...parseSha256Sums(text)], [["a.zip", A]]);
});
