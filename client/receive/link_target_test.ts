import { strictEqual } from "node:assert/strict";
import { linkFate } from "./make_link.ts";

Deno.test("A link that stays in the folder is kept", () => {
  for (const target of ["a", "./a", "a/b/c", "..a", "a..", "...", ".", "a/.", "a//b", ""]) {
    strictEqual(linkFate(target, 0), "inside", target);
  }
  strictEqual(linkFate("../a", 1), "inside");
  strictEqual(linkFate("../../a/b", 2), "inside");
  strictEqual(linkFate("..", 1), "inside");
});

Deno.test("A link that leaves the folder is found, on the ways that Windows has too", () => {
  for (const target of ["..", "../a", "./../a", "..\\a", ".\\..", "./.././a"]) {
    strictEqual(linkFate(target, 0), "leaves", target);
  }
  strictEqual(linkFate("../../a", 1), "leaves");
});

Deno.test("A link with .. behind a name leaves: the name may be a link to anywhere below", () => {
  for (const target of ["a/..", "a/../b", "../a/../b", "a\\..\\b"]) {
    strictEqual(linkFate(target, 3), "leaves", target);
  }
});

Deno.test("An absolute link is found, with a drive and with the start of a share too", () => {
  for (const target of ["/", "/etc/passwd", "\\x", "\\\\host\\share", "C:\\x", "c:x", "//host"]) {
    strictEqual(linkFate(target, 9), "absolute", target);
  }
});
