import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { toBase64 } from "../../text/encodings.ts";
import { MetadataError } from "./file_metadata.ts";
import { formatUploadMetadata, parseUploadMetadata } from "./upload_metadata.ts";

const encoded = (text: string) => toBase64(new TextEncoder().encode(text));

Deno.test("parseUploadMetadata() reads what formatUploadMetadata() writes", () => {
  const metadata = {
    path: "photos/ü, 1.jpg",
    mtime: "1700000000123456789",
    mode: "755",
    tree: "ab".repeat(32),
  };
  deepStrictEqual(parseUploadMetadata(formatUploadMetadata(metadata)), metadata);
  deepStrictEqual(parseUploadMetadata(formatUploadMetadata({ path: "a" })), { path: "a" });
});

Deno.test("parseUploadMetadata() takes filename for a path, and leaves out the unknown", () => {
  const name = `filename ${encoded("a b.txt")}`;
  deepStrictEqual(parseUploadMetadata(`${name}, filetype ${encoded("text/plain")},is_new,x !`), {
    path: "a b.txt",
  });
  deepStrictEqual(parseUploadMetadata(`${name},path ${encoded("x/y")}`), { path: "x/y" });
});

Deno.test("parseUploadMetadata() refuses what cannot be used", () => {
  const path = `path ${encoded("a")}`;
  const rows: readonly (readonly [string, string])[] = [
    ["", "bad-metadata"],
    ["path", "bad-metadata"],
    ["path a", "bad-metadata"],
    [`${path},${path}`, "bad-metadata"],
    [`${path} x`, "bad-metadata"],
    ["path /w==", "bad-metadata"],
    [`path ${encoded("a/../b")}`, "bad-path"],
    [`path ${encoded("a\0")}`, "bad-path"],
    [`path ${encoded("a".repeat(256))}`, "path-too-long"],
    [`${path},mtime ${encoded("1.5")}`, "bad-metadata"],
    [`${path},mode ${encoded("4755")}`, "bad-metadata"],
    [`${path},tree ${encoded("ab")}`, "bad-metadata"],
    [`${path},link ${encoded("a\0b")}`, "bad-metadata"],
    [`${path},mtime /w==`, "bad-metadata"],
    [`${path},x ${"A".repeat(16_384)}`, "bad-metadata"],
  ];
  for (const [header, reason] of rows) {
    throws(() => parseUploadMetadata(header), (error: unknown) => {
      ok(error instanceof MetadataError, header);
      strictEqual(error.reason, reason, header);
      return true;
    });
  }
});
