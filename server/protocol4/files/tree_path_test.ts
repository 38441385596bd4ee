import { equal, throws } from "node:assert/strict";
import { PathError } from "../../../shared/protocol4/resources/resource_path.ts";
import { plainPath, treePath, treePathOfText } from "./tree_path.ts";

Deno.test("treePath() decodes each element once, and makes each a safe name", () => {
  equal(treePath(""), "");
  equal(treePath("photos/2024/"), "photos/2024");
  equal(treePath("a%20b/c%253Ad"), "a b/c%253Ad");
  equal(treePath("nul.txt/a%3Ab"), "%6Eul.txt/a%3Ab");
  equal(treePath("a%5C..%5Cb"), "a%5C..%5Cb");
  equal(treePath("%C3%A9"), "é");
});

Deno.test("treePath() refuses paths that leave a folder, or hold what no name has", () => {
  const bad = ["..", "a/../b", "%2e%2E", "a/%2e/b", "a//b", "/", "/a", "a%2Fb", "a%00", "%zz", "%"];
  for (const path of [...bad, "%FF", "a//", "a/".repeat(200), "x".repeat(300)]) {
    throws(() => treePath(path), PathError, path);
  }
});

Deno.test("plainPath() gives each name back as it was sent", () => {
  const elements = ["a b", "nul.txt", "a:b", "100%25", "%41", "a\\b", "e\u0301", "x.", "..a", "~"];
  const path = elements.join("/");
  equal(plainPath(treePathOfText(path)), path);
  const long = `${"x:".repeat(110)}.txt`;
  const cut = plainPath(treePathOfText(long));
  equal(treePathOfText(cut), treePathOfText(long));
});
