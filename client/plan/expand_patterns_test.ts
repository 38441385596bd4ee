import { deepStrictEqual, strictEqual } from "node:assert/strict";

import { isPattern } from "../files/paths.ts";
import { type Entry, expandPatterns } from "./expand_patterns.ts";

const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  ".": ["b.txt", "A.TXT", "c.md", "noext", "folder.txt/", "[x].txt"],
  "logs\\": ["1.log", "10.log", "x.log"],
  "C:\\in\\": ["é.txt"],
  "C:": ["here.txt"],
};

function readFolder(path: string): readonly Entry[] {
  const names = FOLDERS[path];
  if (names === undefined) throw new Deno.errors.NotFound(path);
  return names.map((name) => ({ name: name.replace("/", ""), isDirectory: name.endsWith("/") }));
}

const expanded = (...paths: readonly string[]) =>
  expandPatterns(paths, { windows: true, readFolder });

Deno.test("expandPatterns() gives the files that fit, by name and without regard to case", () => {
  deepStrictEqual(expanded("*.txt"), ["A.TXT", "[x].txt", "b.txt"]);
  deepStrictEqual(expanded("?.txt"), ["A.TXT", "b.txt"]);
  deepStrictEqual(expanded("[*.txt"), ["[x].txt"]);
  deepStrictEqual(expanded("*.*"), ["A.TXT", "[x].txt", "b.txt", "c.md", "noext"]);
  deepStrictEqual(expanded("*"), ["A.TXT", "[x].txt", "b.txt", "c.md", "noext"]);
});

Deno.test("expandPatterns() leaves the folder before a pattern as it is", () => {
  deepStrictEqual(expanded("logs\\1*.log"), ["logs\\1.log", "logs\\10.log"]);
  deepStrictEqual(expanded("C:\\in\\?.txt"), ["C:\\in\\é.txt"]);
  deepStrictEqual(expanded("C:*.txt"), ["C:here.txt"]);
});

Deno.test("expandPatterns() leaves plain paths, unmatched patterns and folders", () => {
  const paths = ["a.txt", "*.zip", "nowhere\\*.txt", "*\\a.txt", "b.txt"];
  deepStrictEqual(expanded(...paths), paths);
});

Deno.test("expandPatterns() leaves all paths to the shell on other systems", () => {
  deepStrictEqual(expandPatterns(["*.txt"], { windows: false, readFolder }), ["*.txt"]);
  strictEqual(isPattern("what?.txt", { windows: false }), false);
  strictEqual(isPattern("what?.txt", { windows: true }), true);
});
