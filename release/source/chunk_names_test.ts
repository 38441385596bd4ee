import assert from "node:assert/strict";
import { chunkNames } from "./chunk_names.ts";

Deno.test("chunkNames() replaces digests by numbers, in the order in which imports are met", () => {
  const named = chunkNames(
    new Map([
      ["chunk-AAAAAAAA.js", "export {};\n"],
      ["chunk-ZZZZZZZZ.js", 'import {\n  a\n} from "./chunk-AAAAAAAA.js";\n'],
      ["run-BBBBBBBB.js", 'import "./chunk-AAAAAAAA.js";\n'],
      ["run-CCCCCCCC.js", "export {};\n"],
      ["left-DDDDDDDD.js", "export {};\n"],
      [
        "main.js",
        'import { b } from "./chunk-ZZZZZZZZ.js";\nawait import("./run-BBBBBBBB.js");\n' +
        'await import("./run-CCCCCCCC.js");\n' +
        'const s = "./chunk-AAAAAAAA.js" + from("./other.js");\n',
      ],
    ]),
  );
  assert.deepEqual(Object.fromEntries(named), {
    "main.js": 'import { b } from "./shared_1.js";\nawait import("./run.js");\n' +
      'await import("./run_1.js");\nconst s = "./chunk-AAAAAAAA.js" + from("./other.js");\n',
    "shared_1.js": 'import {\n  a\n} from "./shared_2.js";\n',
    "run.js": 'import "./shared_2.js";\n',
    "run_1.js": "export {};\n",
    "shared_2.js": "export {};\n",
  });
});
