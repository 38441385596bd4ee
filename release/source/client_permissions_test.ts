import assert from "node:assert/strict";
import { clientPermissions, clientV8Flags } from "./client_permissions.ts";

Deno.test("clientPermissions() are those of the task, and never all", () => {
  const flags = clientPermissions();
  assert(flags.includes("--no-prompt") && flags.includes("-N"));
  assert(flags.some((flag) => flag.startsWith("-E=SEALPOST_*,")));
  assert(!flags.some((flag) => /^--(?:v8-flags|unstable)/.test(flag)));
  assert(!flags.some((flag) => /^(--allow-run|--allow-env|-E)$/.test(flag)));
});

Deno.test("clientV8Flags() are those of the task, by which it takes little memory", () => {
  assert.deepEqual(clientV8Flags(), ["--v8-flags=--min-semi-space-size=4,--max-semi-space-size=4"]);
  assert.deepEqual(clientV8Flags("deno run -R client/main.ts"), []);
});

Deno.test("clientPermissions() refuses all rights, and what no launcher can write", () => {
  for (
    const command of [
      "deno run -A client/main.ts",
      "deno run --config=other.json -R client/main.ts",
      "deno run --v8-flags=--expose-gc;ls -R client/main.ts",
      "deno run --allow-all client/main.ts",
      "deno run -E client/main.ts",
      "deno run --allow-run=$(which deno) client/main.ts",
      "deno run -E='a b' client/main.ts",
      "deno run -E=$HOME client/main.ts",
      "deno run -E=; client/main.ts",
      "deno run -R client/main.ts --from .",
      "deno run -R server/main.ts",
      "node run -R client/main.ts",
      "",
    ]
  ) {
    assert.throws(() => clientPermissions(command), /is not what a release can run/, command);
  }
});
