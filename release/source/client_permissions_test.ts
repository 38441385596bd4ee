import assert from "node:assert/strict";
import { clientPermissions } from "./client_permissions.ts";

Deno.test("clientPermissions() are those of the task, and never all", () => {
  const flags = clientPermissions();
  assert(flags.includes("--no-prompt") && flags.includes("--allow-net"));
  assert(flags.some((flag) => flag.startsWith("--allow-env=SEALPOST_")));
  assert(!flags.includes("--allow-run") && !flags.includes("--allow-env"));
});

Deno.test("clientPermissions() refuses a task that grants all, or that a launcher cannot write", () => {
  for (
    const command of [
      "deno run -A client/main.ts",
      "deno run --allow-all client/main.ts",
      "deno run --allow-run=$(which deno) client/main.ts",
      "deno run --allow-read='a b' client/main.ts",
      "deno run --allow-read=; client/main.ts",
      "deno run --allow-read server/main.ts",
      "node run --allow-read client/main.ts",
      "",
    ]
  ) {
    assert.throws(() => clientPermissions(command), /is not what a release can run/, command);
  }
});
