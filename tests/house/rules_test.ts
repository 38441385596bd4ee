/** Each rule of the house holds, and is seen to be broken where it is. */
import assert from "node:assert/strict";
import { dirname } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { RULES } from "./rules.ts";
import { readSources, readTexts, sourceOf } from "./sources.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const sources = await readSources(ROOT);

for (const { says, broken } of RULES) {
  Deno.test(says, () => {
    assert(sources.length > 100, `only ${sources.length} modules were found`);
    const lines = broken(sources);
    assert.equal(lines.length, 0, `${says}:\n  ${lines.join("\n  ")}`);
  });
}

/** The lines of a module from which on it has to say why it has so many. */
const MOST_LINES = 300;

/** Whether a module has more lines than usual, and does not say why. */
function isTooLong(text: string): boolean {
  return text.split("\n").length - 1 > MOST_LINES && !/More than 300 lines, since/.test(text);
}

Deno.test("A module or test has at most 300 lines, or says why it has more", async () => {
  const texts = await readTexts(ROOT);
  assert.deepEqual([...texts].filter(([, text]) => isTooLong(text)).map(([path]) => path), []);
  assert(isTooLong("line\n".repeat(301)) && !isTooLong("line\n".repeat(300)));
  assert(!isTooLong(`// More than 300 lines, since it is a table\n${"line\n".repeat(301)}`));
});

/** The most modules of a folder, tests not counted (docs/decisions/0114). */
const MOST_MODULES = 15;

/** The folders among `paths` that have too many modules, with how many they have. */
function crowded(paths: readonly string[]): readonly string[] {
  return [...Map.groupBy(paths, (path) => dirname(path))]
    .filter(([, inside]) => inside.length > MOST_MODULES)
    .map(([folder, inside]) => `${folder} has ${inside.length} modules`);
}

Deno.test("A folder has at most 15 modules beside its tests", () => {
  assert.deepEqual(crowded(sources.map(({ path }) => path)), []);
  const paths = (count: number) =>
    Array.from({ length: count }, (_, index) => `client/${index}.ts`);
  assert.deepEqual(crowded([...paths(15), "client/a/1.ts"]), []);
  assert.deepEqual(crowded(paths(16)), ["client has 16 modules"]);
});

/** Modules that break a rule, and nothing else of it. */
const BREAKING: Readonly<Record<string, string>> = {
  "client/a.ts": 'import { x } from "../server/x.ts";',
  "server/files/a.ts": 'import type { x } from "../protocol3/x.ts";',
  "server/storage/a.ts": 'const x = await import("../files/x.ts");',
  "server/storage/commit/a.ts": 'export * from "../disk/x.ts";',
  "server/storage/versions/a.ts": "  recorded?(staged: string): void;",
  "server/storage/contents/a.ts": "  readonly onTaken?: (key: string) => void;",
  "shared/wire/a.ts": 'import { b } from "./b.ts";',
  "shared/text/a.ts": 'import { c } from "../wire/c.ts";',
  "client/b.ts": "const [first] = Deno.args;",
  "client/c.ts": 'const name = Deno.env.get("NAME");',
  "client/d.ts": "let count = 0;",
  "client/e.ts": "const begun = performance.now();",
  "client/f.ts": 'import { SYSTEM_CLOCK } from "./system_clock.ts";',
  "client/g.ts": "const known = new WeakMap<CryptoKey, Promise<number>>();",
  "client/h.ts": "const known: Map<string, string> = new Map();",
  "client/i.ts": "const found: string[] = [];",
  "client/j.ts": "  static #count = 0;",
  "client/k.ts": 'import process from "node:process";',
  "client/l.ts": "const { values } = parseArgs({ args });",
  "client/m.ts": 'const isQuiet = words.some((word) => word === "--quiet");',
  "client/n.ts": 'const flags = words.filter((word) => word.startsWith("--"));',
  "client/o.ts": "const now = Temporal.Now.instant();",
  "shared/text/b.ts": 'const text = await Deno.readTextFile("a.txt");',
  "shared/text/c.ts": 'import { readFileSync } from "node:fs";',
  "shared/text/d.ts": 'const { connect } = lateBuiltin("node:net");',
  "shared/text/e.ts": 'import { lookup } from "node:dns/promises";',
};
const CLOSING: Readonly<Record<string, string>> = {
  "shared/wire/b.ts": 'import type { a } from "./a.ts";',
  "shared/wire/c.ts": 'import type { a } from "../text/a.ts";',
};

Deno.test("What is never changed is no variable of a module", () => {
  const text = "const NONE: ReadonlySet<string> = new Set();\n  static readonly NONE = [];";
  assert.deepEqual(RULES.flatMap(({ broken }) => broken([sourceOf("client/a.ts", text)])), []);
});

Deno.test("Each rule finds the module that breaks it, and finds nothing in a comment", () => {
  const broken = Object.entries({ ...BREAKING, ...CLOSING });
  const all = broken.map(([path, text]) => sourceOf(path, text));
  const commented = broken.map(([path, text]) =>
    sourceOf(path, `/**\n * ${text}\n */\n// ${text}`)
  );
  for (const rule of RULES) {
    assert(rule.broken(all).length > 0, rule.says);
    assert.deepEqual(rule.broken(commented), [], rule.says);
  }
  const lines = RULES.flatMap(({ broken }) => broken(all));
  for (const path of Object.keys(BREAKING)) assert(lines.some((line) => line.includes(path)), path);
});
