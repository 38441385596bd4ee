import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { parseRemotePath, shownPath } from "./remote_path.ts";

Deno.test("parseRemotePath() takes paths from the root, however they are written", () => {
  for (const text of ["photos/a.jpg", "/photos/a.jpg", "./photos//a.jpg/", "photos/./a.jpg"]) {
    deepStrictEqual(parseRemotePath(text), ["photos", "a.jpg"], text);
  }
  for (const text of ["/", ".", "./", ""]) deepStrictEqual(parseRemotePath(text), [], text);
  strictEqual(shownPath(parseRemotePath("/photos/")), "photos");
  strictEqual(shownPath([]), "/");
});

Deno.test("parseRemotePath() refuses ways up, and names that no file can have", () => {
  for (const text of ["..", "photos/../a", "a/..", "a\0b", "\ud800"]) {
    throws(() => parseRemotePath(text), { reason: "bad-setting" }, text);
  }
});
