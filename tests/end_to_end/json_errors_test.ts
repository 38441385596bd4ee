/** What programs read that call the client with `--json`, where it does not come to a file. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { type InProcessOptions, runClient } from "./fixtures/in_process.ts";

/** Command lines, and the reason of the error that each comes to; all of them end with 2. */
const MISTAKES: readonly (readonly [
  args: readonly string[],
  reason: string,
  options?: InProcessOptions,
])[] = [
  [["--frobnicate", "--json"], "bad-command-line"],
  [["--json", "--retries", "many"], "bad-command-line"],
  [["--json", "--json"], "bad-command-line"],
  [["--frobnicate"], "bad-command-line", { env: { SEALPOST_JSON: "yes" } }],
  [["a.txt", "--json"], "bad-command-line", { env: { SEALPOST_RETRIES: "many" } }],
  [["probe", "--json"], "bad-command-line"],
  [["doctor", "--json", "--server", "nowhere"], "bad-command-line"],
  [["--from", "./nowhere", "--json"], "bad-setting"],
  [["a.txt", "--json", "--dir", "./nowhere"], "bad-setting"],
  [["a.txt", "--json"], "bad-configuration"],
];

for (const [args, reason, options] of MISTAKES) {
  const shown = [...Object.keys(options?.env ?? {}), ...args].join(" ");
  Deno.test(`The client tells as JSON what is wrong with ${shown}`, async () => {
    await using home = await temporaryFolder();
    const env = { SEALPOST_DIR: home.path, ...options?.env };
    const { code, stdout, stderr } = await runClient(args, { env });
    assert.equal(code, 2, stderr);
    const [line = "", ...more] = stdout.split("\n");
    assert.deepEqual(more, [""]);
    const { message, ...rest } = JSON.parse(line);
    assert.deepEqual(rest, { status: "failed", reason, exitCode: 2 });
    // People read the same.
    assert.equal(stderr, `error: ${message}\n`);
  });
}

Deno.test("The client tells as JSON that a server to probe cannot be reached", async () => {
  const { code, stdout } = await runClient(["probe", "127.0.0.1:1", "--json"]);
  assert.equal(code, 3);
  const { status, reason, exitCode } = JSON.parse(stdout);
  assert.deepEqual([status, reason, exitCode], ["failed", "no-connection", 3]);
});

Deno.test("The client prints no JSON where none is asked for, nor with its help", async () => {
  await using home = await temporaryFolder();
  const { stdout } = await runClient(["--frobnicate"]);
  assert.equal(stdout, "");
  const none = await runClient(["a.txt", "--dir", join(home.path, "none")]);
  assert.equal(none.stdout, "");
  assert.match((await runClient(["--json", "--help"])).stdout, /^Usage: /);
});
