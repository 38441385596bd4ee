import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { readTexts } from "../house/sources.ts";
import { ROOT } from "./documents.ts";
import { type Example, examplesIn, runExample } from "./examples.ts";

const texts = [...await readTexts(ROOT)].filter(([path]) => !path.startsWith("tests/"));
const examples = texts.flatMap(([path, text]) => examplesIn(path, text));

for (const example of examples) {
  Deno.test(`The example at ${example.place} holds`, () => runExample(example, ROOT));
}

Deno.test("All examples in comments are found", () => {
  const begun = texts.flatMap(([path, text]) =>
    [...text.matchAll(/^ *(?:\*|\/\/) *```(?!text$)\w+/gm)].map(() => path)
  );
  ok(examples.length >= 20, `only ${examples.length} were found`);
  deepStrictEqual(examples.map(({ path }) => path), begun);
});

Deno.test("An example that does not hold fails", async () => {
  const [example] = examplesIn(
    "shared/text/encodings.ts",
    [
      "/**",
      " * ```ts",
      ' * import assert from "node:assert/strict";',
      ' * import { quoted } from "./quoted.ts";',
      " * assert.equal(quoted(toHex(Uint8Array.of(255))), quoted('00'));",
      " * ```",
      " */",
    ].join("\n"),
  ) as readonly [Example];
  deepStrictEqual(example.place, "shared/text/encodings.ts:3");
  await rejects(() => runExample(example, ROOT), /ff[^]*00/);
});
