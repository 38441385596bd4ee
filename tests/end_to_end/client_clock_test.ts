import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { CONNECT_LIMIT } from "../../client/protocol3/connection/server_connection.ts";
import { TestClock } from "../peers/test_clock.ts";
import { runClient } from "./fixtures/in_process.ts";
import { NOBODY } from "../peers/nobody.ts";
import { formatAddress } from "../../shared/text/address.ts";

Deno.test("A client waits between two attempts by the clock it is given", async () => {
  await using home = await temporaryFolder();
  const path = join(home.path, "small.bin");
  await Deno.writeFile(path, new Uint8Array(10));
  const clock = new TestClock({ skips: (milliseconds) => milliseconds <= 1_000 });
  const begun = clock.now();
  const args = ["--dir", home.path, "--server", formatAddress(NOBODY), "--name", "Anna"];
  const { code, stderr } = await runClient(
    [...args, "--retries", "3", "--retry-time", "0", path],
    { clock },
  );
  assert.notEqual(code, 0);
  assert.match(stderr, /trying again in 1 s \(3 of 3\)/);
  assert.equal(clock.now() - begun, 250 + 500 + 1_000);
});

Deno.test("probe and doctor read the time from the clock that the client is given", async () => {
  await using home = await temporaryFolder();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closing = (async () => {
    for await (const conn of listener) conn.close();
  })();
  const server = `127.0.0.1:${listener.addr.port}`;
  // A connection that is lost early is tried again after a pause.
  const clock = new TestClock({ skips: (milliseconds) => milliseconds <= 1_000 });
  const probed = await runClient(["probe", server], { clock });
  assert.match(probed.stderr, /^Fatal: The server understood no revision/);
  assert.ok(clock.waits.includes(CONNECT_LIMIT));
  const args = ["doctor", "--dir", home.path, "--server", server];
  const { stdout } = await runClient(args, { clock });
  assert.match(stdout, /The clock says 1970-01-01T00:00:\d\dZ, which is long ago/);
  listener.close();
  await closing;
});
