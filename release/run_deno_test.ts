import assert from "node:assert/strict";
import { faultIn, runDeno } from "./run_deno.ts";

Deno.test("faultIn() takes the innermost causes out of what Deno prints", () => {
  const stderr = `Compile client.js to x
Download https://example.org/denort.zip
error: Writing deno compile executable to temporary file '/tmp/x.tmp-7ab5'

Caused by:
    0: Setting up base binary.
    1: error sending request for url (https://example.org/denort.zip): dns error: no such name
    2: dns error: no such name
    3: no such name

Stack backtrace:
   0: <unknown>
   1: <unknown>
`;
  assert.equal(
    faultIn(stderr),
    "Setting up base binary: error sending request for url (https://example.org/denort.zip): " +
      "dns error: no such name",
  );
});

Deno.test("faultIn() takes a single cause, which has no number, without what follows it", () => {
  const stderr = `error: Failed caching npm package 'a@1.2.3'

Caused by:
    Tarball checksum did not match for a@1.2.3.

    Expected: aaaa
    Actual: bbbb

Stack backtrace:
   0: <unknown>
`;
  assert.equal(
    faultIn(stderr),
    "Failed caching npm package 'a@1.2.3': Tarball checksum did not match for a@1.2.3",
  );
});

Deno.test("faultIn() makes do with a single line, or none", () => {
  assert.equal(faultIn("error: No such file\n"), "No such file");
  assert.equal(faultIn("Segmentation fault\n"), "Segmentation fault");
  assert.equal(faultIn(""), "it gave no reason");
});

Deno.test("runDeno() ends what takes too long", async () => {
  await assert.rejects(runDeno(["eval", "setInterval(() => {}, 1000)"], { minutes: 0.01 }), {
    name: "ReleaseError",
    message: "deno eval did not end within 0.01 minutes",
  });
});

Deno.test("runDeno() gives what Deno printed, and whether it succeeded", async () => {
  const { success, stdout } = await runDeno(["--version"]);
  assert(success && stdout.startsWith(`deno ${Deno.version.deno} `));
  const failed = await runDeno(["run", "--no-config", "./none.ts"]);
  assert.equal(failed.success, false);
  assert.match(faultIn(failed.stderr), /none\.ts/);
});
