/** Tasks take from npm what the lock file has, and only what they need. */

import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import importMap from "../../import_map.json" with { type: "json" };
import { ROOT } from "../../release/root.ts";
import { runDeno } from "../../release/run_deno.ts";

/** Commands of Deno that load modules; `eval` in a task asks Deno for its own path. */
const LOADS = /\bdeno (?:run|test|check|bench)\b(?! --lock --frozen )/;

Deno.test("Each task that may load a package is held to the lock file", () => {
  for (const [name, { command }] of Object.entries(config.tasks)) {
    // See the next test.
    if (name !== "client") assert.doesNotMatch(command, LOADS, name);
  }
});

Deno.test("The client loads no package, so that its task needs no lock file", async () => {
  const { success, stdout, stderr } = await runDeno(["info", "--json", "client/main.ts"]);
  assert(success, stderr);
  const { modules, npmPackages } = JSON.parse(stdout);
  assert(modules.length > 50);
  assert.deepEqual(npmPackages, {});
});

Deno.test("deno task finds no packages that it would fetch before any task", () => {
  assert(!("imports" in config) && !("dependencies" in config));
  assert.equal(config.lock, false);
  assert.deepEqual(config.unstable, ["lazy-dynamic-imports", "npm-lazy-caching"]);
});

Deno.test("The import map has exact versions, each in the lock file", async () => {
  const lock = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.lock")));
  for (const [name, specifier] of Object.entries(importMap.imports)) {
    const [, wanted = ""] = /^npm:\/?((?:@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+)\/?$/.exec(specifier) ??
      [];
    assert(`npm:${wanted}` in lock.specifiers, `${name}: ${specifier}`);
    assert(wanted.startsWith(`${name.replace(/\/$/, "")}@`), name);
  }
});
