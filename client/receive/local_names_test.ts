import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import * as fc from "fast-check";
import { ANY_CHARACTER } from "../../tests/chance/any_character.ts";
import { nameKey } from "../../shared/names/name_key.ts";
import { isSafeName } from "../../shared/names/safe_name.ts";
import { LocalNames } from "./local_names.ts";

/** The local path of each of some paths, in their order. */
function placed(...paths: readonly string[]): readonly (string | undefined)[] {
  const names = new LocalNames();
  return paths.map((path) => names.at(path.split("/"))?.join("/"));
}

Deno.test("LocalNames keeps safe names, those with escapes too", () => {
  const paths = [
    "a.txt",
    "photos",
    "photos/2024",
    "photos/2024/a.jpg",
    "photos/x%3Ay",
    "résumé.pdf",
  ];
  deepStrictEqual(placed(...paths), paths);
});

Deno.test("LocalNames makes names safe that a hostile server sends", () => {
  deepStrictEqual(placed("..", "CON", "a.", "c:\\windows\\x", "a\0b", "NUL.txt"), [
    ...["%2E%2E", "%43ON", "a%2E", "c%3A%5Cwindows%5Cx", "a%00b", "%4EUL.txt"],
  ]);
});

Deno.test("LocalNames keeps a backslash where it is no separator, and all around it", () => {
  for (const [isWindows, local] of [[false, "a\\b.txt"], [true, "a%5Cb.txt"]] as const) {
    const names = new LocalNames({ isWindows });
    deepStrictEqual(names.at(["a\\b.txt"]), [local]);
    // Nothing of a name with another fault is dropped either.
    deepStrictEqual(names.at(["..\\b."]), ["..%5Cb%2E"]);
  }
});

Deno.test("LocalNames gives numbers to names that some system takes for one", () => {
  const names = ["a.txt", "A.txt", "A.TXT", "a (2).txt", "re\u0301sume\u0301", "résumé"];
  deepStrictEqual(placed(...names), [
    ...["a.txt", "A (2).txt", "A (3).TXT", "a (2) (2).txt", "re\u0301sume\u0301", "résumé (2)"],
  ]);
  deepStrictEqual(placed("Photos", "Photos/a", "photos", "photos/a", "photos/A"), [
    ...["Photos", "Photos/a", "photos (2)", "photos (2)/a", "photos (2)/A (2)"],
  ]);
});

Deno.test("LocalNames gives a path that comes again the same name, but not what is below", () => {
  deepStrictEqual(placed("a", "a/b", "a/B", "a", "a/B"), ["a", "a/b", "a/B (2)", "a", "a/B (2)"]);
});

Deno.test("LocalNames refuses what is in no folder that came before it", () => {
  deepStrictEqual(placed("a/b", "a", "b", "a/b", ""), [undefined, "a", "b", undefined, undefined]);
});

Deno.test("LocalNames gives each name of a folder a place of its own, a safe one", () => {
  const name = fc.string({ unit: ANY_CHARACTER, minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 20 }), (all) => {
      const names = new LocalNames({ isWindows: true });
      const places = all.map((each) => names.at([each]));
      const keys = places.map((place) => {
        strictEqual(place?.length, 1);
        const [local = ""] = place ?? [];
        ok(isSafeName(local), local);
        return nameKey(local);
      });
      strictEqual(new Set(keys).size, all.length);
    }),
    { numRuns: 100 },
  );
});

Deno.test("LocalNames takes linear time for names that differ in case only", () => {
  const names = new LocalNames();
  const placed = new Set<string | undefined>();
  // 2 to the power of 13 ways to write a name.
  for (let bits = 0; bits < 8_192; bits++) {
    const name = Array.from("abcdefghijklm", (letter, at) => {
      return bits & (1 << at) ? letter.toUpperCase() : letter;
    }).join("");
    placed.add(names.at([name])?.[0]);
  }
  strictEqual(placed.size, 8_192);
});
