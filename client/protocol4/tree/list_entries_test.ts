import { deepStrictEqual, throws } from "node:assert/strict";
import { entryOf } from "./list_entries.ts";

const TREE = "0".repeat(64);
const LONG = "x".repeat(4 * 4096 + 1);

Deno.test("entryOf() takes an entry of its form, and refuses all others by name", () => {
  const link = { path: "a/b", kind: "link", target: "c" };
  deepStrictEqual(entryOf({ path: "", kind: "folder", mtime: 7, mode: 7 }), {
    ...{ path: [], kind: "folder" },
  });
  deepStrictEqual(entryOf(link).path, ["a", "b"]);
  const others: readonly unknown[] = [
    ...[undefined, null, 7, "a", [], {}],
    ...[{ kind: "folder" }, { path: 7, kind: "folder" }, { path: LONG, kind: "folder" }],
    ...[{ ...link, target: undefined }, { ...link, target: 7 }, { ...link, target: LONG }],
    ...[{ path: "a", kind: "pipe" }, { path: "a", kind: "file", size: -1, tree: TREE }],
    ...[{ path: "a", kind: "file", size: 1 }, { path: "a", kind: "file", size: "1", tree: "0" }],
  ];
  for (const other of others) throws(() => entryOf(other), { reason: "bad-answer" });
});
