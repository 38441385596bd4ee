import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { TestClock } from "../peers/test_clock.ts";
import { runClient } from "./fixtures/in_process.ts";

Deno.test("A client waits between two attempts by the clock it is given", async () => {
  await using home = await temporaryFolder();
  const path = join(home.path, "small.bin");
  await Deno.writeFile(path, new Uint8Array(10));
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const clock = new TestClock({ skips: (milliseconds) => milliseconds <= 1_000 });
  const begun = clock.now();
  const args = ["--dir", home.path, "--server", `127.0.0.1:${port}`, "--name", "Anna"];
  const { code, stderr } = await runClient(
    [...args, "--retries", "3", "--retry-time", "0", path],
    { clock },
  );
  assert.notEqual(code, 0);
  assert.match(stderr, /trying again in 1 s \(3 of 3\)/);
  assert.equal(clock.now() - begun, 250 + 500 + 1_000);
});
