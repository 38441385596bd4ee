import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testFiles } from "../groups/groups.ts";
import { longLines, longTitles } from "./lines.ts";
import { readTexts } from "./sources.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const texts = await readTexts(ROOT);

Deno.test("Lines of sources and tests have at most 100 characters", () => {
  assert(texts.size > 500, `only ${texts.size} files were found`);
  const long = [...texts].flatMap(([path, text]) => longLines(text).map((at) => `${path}:${at}`));
  assert.deepEqual(long, []);
});

Deno.test("Titles of tests have at most 100 characters", async () => {
  const files = await testFiles();
  assert(files.length > 100, `only ${files.length} files were found`);
  const long = files.flatMap((file) =>
    longTitles(texts.get(file) ?? "").map((title) => `${file}: ${title}`)
  );
  assert.deepEqual(long, []);
});

Deno.test("longLines() finds lines, but for a regular expression or the address of a page", () => {
  const name = "a".repeat(100);
  const found = [
    `${name}b`,
    `  // ${name}`,
    `  x(/${name}/, y);`,
    ` * https://example.org/${name} b`,
  ];
  for (const line of found) assert.deepEqual(longLines(`a\n${line}`), [`2: ${line.trim()}`]);
  for (const line of [name, `  /${name}/u,`, ` * See https://example.org/${name}`]) {
    assert.deepEqual(longLines(line), []);
  }
});

Deno.test("longTitles() finds titles in calls and in options, and no others", () => {
  const title = "a".repeat(101);
  const sources = [
    `Deno.test("${title}", f)`,
    `{ name:\n "${title}" }`,
    `const text = "${title}";`,
  ];
  assert.deepEqual(sources.map((text) => longTitles(text).length), [1, 1, 0]);
});
