import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { RUN_FROM_SOURCE, versionText } from "../shared/version.ts";
import { runTask, startTask } from "./story.ts";

const VERSION_TEXT = versionText(RUN_FROM_SOURCE);

Deno.test("runTask() gives exit code and output of a task that ran to its end", async () => {
  deepStrictEqual(await runTask("client", ["--version"]), { code: 0, output: `${VERSION_TEXT}\n` });
});

Deno.test("startTask() keeps a task running, shows its lines, and stops it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sealpost_" });
  try {
    await using server = startTask("server", [
      ...["--host", "127.0.0.1", "--port", "0", "--log-level", "error"],
      ...["--data", join(folder, "data")],
    ], "server | ");
    const { value: ready } = await server.lines.next();
    match(`${ready}`, /^listening on 127\.0\.0\.1:\d+$/);
    strictEqual(await server.stop(), 0);
    strictEqual(await server.stop(), 0);
    strictEqual((await server.lines.next()).done, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("startTask() gives the exit code of a task that has ended by itself", async () => {
  await using task = startTask("client", ["--version"], "client | ");
  deepStrictEqual(await task.lines.next(), { value: VERSION_TEXT, done: false });
  deepStrictEqual(await task.lines.next(), { value: undefined, done: true });
  strictEqual(await task.stop(), 0);
});
