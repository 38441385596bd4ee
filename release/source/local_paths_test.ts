import assert from "node:assert/strict";
import { withoutLocalPaths } from "./local_paths.ts";

Deno.test("withoutLocalPaths() names packages in the place of this machine's folders", () => {
  const { text, packages } = withoutLocalPaths([
    "// shared/version.ts",
    'var VERSION = "0.1.0";',
    "// ../../root/.cache/deno/npm/registry.example.org/@scope/core/1.3.6/dist/facade.js",
    "var a = 1; // ../not/at/the/start",
    "// ../cache/npm/mirror.example/api/npm/all/plain-name/2.0.0-rc.1/index.js",
    "// C:/Users/x/AppData/Local/deno/npm/registry.example.org/third/3.2.1/index.js",
    "// /home/x/.cache/deno/npm/localhost_4873/@scope/core/1.3.6/dist/other.js",
    "// ../../tmp/sealpost_1234/build.ts",
    "  // ../a comment of the source, which is indented",
    "var init_build = __esm({",
    '  "../../tmp/sealpost_1234/build.ts"() {',
    '  async "../../c/npm/registry.example.org/fourth/1.0.0/a.js"() {',
    '  "../../c/npm/registry.example.org/fifth/1.0.0/a.cjs"(exports, module) {',
    '  "../../a string of the source",',
    "// client/main.ts",
    "",
  ].join("\n"));
  assert.equal(
    text,
    [
      "// shared/version.ts",
      'var VERSION = "0.1.0";',
      "// npm:@scope/core@1.3.6/dist/facade.js",
      "var a = 1; // ../not/at/the/start",
      "// npm:plain-name@2.0.0-rc.1/index.js",
      "// npm:third@3.2.1/index.js",
      "// npm:@scope/core@1.3.6/dist/other.js",
      "// client/build.ts of the release",
      "  // ../a comment of the source, which is indented",
      "var init_build = __esm({",
      '  "client/build.ts of the release"() {',
      '  async "npm:fourth@1.0.0/a.js"() {',
      '  "npm:fifth@1.0.0/a.cjs"(exports, module) {',
      '  "../../a string of the source",',
      "// client/main.ts",
      "",
    ].join("\n"),
  );
  assert.deepEqual(packages, [
    "@scope/core@1.3.6",
    "fifth@1.0.0",
    "fourth@1.0.0",
    "plain-name@2.0.0-rc.1",
    "third@3.2.1",
  ]);
});

Deno.test("withoutLocalPaths() leaves a bundle of the project's own modules alone", () => {
  const bundle = "// shared/version.ts\nvar a = 1;\n";
  assert.deepEqual(withoutLocalPaths(bundle), { text: bundle, packages: [] });
});
