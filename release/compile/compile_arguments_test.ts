import assert from "node:assert/strict";
import { TARGETS } from "../../shared/release/targets.ts";
import { clientPermissions } from "../source/client_permissions.ts";
import { compileArguments } from "./compile_arguments.ts";

for (const target of TARGETS) {
  Deno.test(`The binary for ${target.triple} has the bundle and the task's rights`, () => {
    const args = compileArguments({ bundle: "/b/sealpost.js", target, output: "/o/sealpost" });
    assert.deepEqual(args, [
      "compile",
      "--no-check",
      "--no-config",
      "--no-lock",
      "--no-npm",
      "--no-remote",
      "--v8-flags=--min-semi-space-size=4,--max-semi-space-size=4",
      ...clientPermissions(),
      "--target",
      target.triple,
      "--output",
      "/o/sealpost",
      "/b/sealpost.js",
    ]);
    assert(!args.some((arg) => arg === "-A" || arg.startsWith("--allow-all")));
    assert(!args.some((arg) => arg.startsWith("--include")));
  });
}
