import { deepStrictEqual, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { ClientError, EXIT, localError } from "../client_error.ts";
import type { LocalFile } from "../uplink.ts";
import { distinctNames } from "./distinct_names.ts";

/** A file that does not exist: only names are examined. */
function file(path: string): LocalFile {
  return { path, name: path.slice(path.lastIndexOf("/") + 1), size: 1, modified: 0 };
}

/** The resolution of each file: a name to send it under, or why it is not sent. */
function named(looks: readonly (LocalFile | ClientError)[], onConflict: "refuse" | "rename") {
  return distinctNames(looks, { onConflict }).map((one) => {
    if (one instanceof ClientError) return one.reason;
    return "sameAs" in one ? `same as ${one.sameAs.path}` : one.name;
  });
}

const PAIRS: readonly (readonly [first: string, second: string, renamed: string])[] = [
  ["one/a.txt", "two/a.txt", "a (2).txt"],
  ["one/a.txt", "two/A.TXT", "A (2).TXT"],
  ["one/é.txt", "two/e\u0301.txt", "e\u0301 (2).txt"],
  ["one/a.txt", "two/x\\a.txt", "x\\a (2).txt"],
  ["one/ſ", "two/S", "S (2)"],
  ["one/❤\ufe0f", "two/❤\ufe0f", "❤\ufe0f (2)"],
];

Deno.test("distinctNames() refuses or renames files that would be one on the server", () => {
  for (const [first, second, renamed] of PAIRS) {
    const looks = [file("other"), file(first), file(second)];
    deepStrictEqual(named(looks, "refuse"), ["other", "name-conflict", "name-conflict"]);
    deepStrictEqual(named(looks, "rename"), ["other", file(first).name, renamed]);
  }
});

Deno.test("distinctNames() leaves names that the server tells apart", () => {
  const names = ["a.txt", "a.TXT2", "ﬁ", "fi", "Maße", "Masse", "a b", "a\u00a0b", "%41", "A%"];
  deepStrictEqual(named(names.map(file), "refuse"), names);
});

Deno.test("distinctNames() names each conflicting file and how to send both", () => {
  const [first, second] = distinctNames([file("one/a"), file("two/a")], { onConflict: "refuse" });
  ok(first instanceof ClientError && second instanceof ClientError);
  match(first.message, /^"one\/a" and "two\/a" would be one file .* --on-conflict rename$/);
  match(second.message, /^"two\/a" and "one\/a" would be one file /);
  deepStrictEqual([first.exitCode, second.exitCode], [EXIT.usage, EXIT.usage]);
});

Deno.test("distinctNames() gives no number that another of the files has, given or got", () => {
  const paths = ["1/a.txt", "2/a.txt", "3/A (2).txt", "4/a.txt", "5/a (2).txt"];
  deepStrictEqual(named(paths.map(file), "rename"), [
    ...["a.txt", "a (3).txt", "A (2).txt", "a (4).txt", "a (2) (2).txt"],
  ]);
});

Deno.test("distinctNames() keeps renamed names within what the protocol can say", () => {
  const name = `${"x".repeat(250)}.txt`;
  const [, second = ""] = named([file(`1/${name}`), file(`2/${name}`)], "rename");
  match(second, /^x{246} \(2\)\.txt$/);
});

Deno.test("distinctNames() leaves errors, which are in nobody's way", () => {
  const error = localError("file-missing", "There is no file");
  deepStrictEqual(named([error, file("a"), error], "refuse"), [
    "file-missing",
    "a",
    "file-missing",
  ]);
});

Deno.test("distinctNames() names thousands of files of one name in a moment", () => {
  const looks = Array.from({ length: 5_000 }, (_, n) => file(`${n}/a.txt`));
  deepStrictEqual(new Set(named(looks, "rename")).size, looks.length);
});

Deno.test({
  name: "distinctNames() sends a file once that is named twice, through a link too",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    for (const name of ["one", "two", "three"]) await Deno.mkdir(at(name));
    await Deno.writeTextFile(at("one/a"), "a");
    await Deno.link(at("one/a"), at("two/a"));
    await Deno.symlink(at("one/a"), at("three/a"));
    await Deno.link(at("one/a"), at("b"));
    const looks = [at("one/a"), at("one/../one/a"), at("two/a"), at("three/a"), at("b")].map(file);
    const same = `same as ${at("one/a")}`;
    // Under another name it is another file on the server.
    deepStrictEqual(named(looks, "refuse"), ["a", same, same, same, "b"]);
    await Deno.remove(at("two/a"));
    await Deno.writeTextFile(at("two/a"), "a");
    deepStrictEqual(named(looks, "rename"), ["a", same, "a (2)", same, "b"]);
  },
});
