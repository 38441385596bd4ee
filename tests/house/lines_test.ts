import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testFiles } from "../groups/groups.ts";
import { longTitles } from "./titles.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("Titles of tests have at most 100 characters", async () => {
  const files = await testFiles();
  assert(files.length > 100, `only ${files.length} files were found`);
  const long: string[] = [];
  for (const file of files) {
    const text = await Deno.readTextFile(fileURLToPath(new URL(file, ROOT)));
    long.push(...longTitles(text).map((title) => `${file}: ${title}`));
  }
  assert.deepEqual(long, []);
});

Deno.test("longTitles() finds titles in calls and in options, and no others", () => {
  const title = "a".repeat(101);
  const texts = [`Deno.test("${title}", f)`, `{ name:\n "${title}" }`, `const text = "${title}";`];
  assert.deepEqual(texts.map((text) => longTitles(text).length), [1, 1, 0]);
});
