import { match, notEqual, strictEqual } from "node:assert/strict";

import { foldName } from "./fold_name.ts";
import { pathNameOf } from "./path_name.ts";
import { settledPath } from "./settled_path.ts";

const ID = new Uint8Array(16).fill(0xa1);
const named = (fileName: string) => ({ fileName, pathName: pathNameOf(ID, fileName) });

Deno.test("settledPath() takes the path asked for where no other file is in the way", () => {
  strictEqual(settledPath(named("a.txt"), []), pathNameOf(ID, "a.txt"));
});

Deno.test("settledPath() leaves a file where it lies", () => {
  const elsewhere = { fileName: "a.txt", pathName: pathNameOf(ID, "elsewhere.txt") };
  strictEqual(settledPath(named("a.txt"), [named("A.TXT"), elsewhere]), elsewhere.pathName);
});

Deno.test("settledPath() marks the last element of a path that another file is in the way of", () => {
  const other = named("a.txt");
  const path = settledPath(named("A.TXT"), [other]);
  match(path, /^received_files\/(a1){16}\/A%~[0-9a-f]{32}\.TXT$/);
  notEqual(foldName(path), foldName(other.pathName));
});
