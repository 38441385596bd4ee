/** What uploads that stand still take of the server's memory. */

import { ok } from "node:assert/strict";
import { CONNECTION_MEMORY } from "../../../server/settings/memory_bound.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { temporaryFolder } from "../../../server/storage/testing/temporary_folder.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";

/** Connections, and the bytes that each sends of a file of 1 MiB. */
const GREEDY = 250;
const BYTES = 300_000;

Deno.test({
  name: "Uploads that stand still take no more memory than is counted for their connections",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    const limits = ["--max-names-per-hour", "none"];
    await using server = await RunningServer.start(folder.path, {
      args: ["--host", "127.0.0.1", "--port", "0", ...limits],
      lifeLimit: 200_000,
    });
    using resources = new DisposableStack();
    const plain = new Uint8Array(1024 * 1024);
    const before = await mostMemory(server.pid);
    for (let n = 0; n < GREEDY; n++) {
      const client = resources.use(await ConnectedClient.introduced(server.address, `Greedy ${n}`));
      const request = await client.fileRequest("large.bin", plain);
      await client.send(request.subarray(0, BYTES));
    }
    const each = (await mostMemory(server.pid) - before) / GREEDY;
    ok(each < CONNECTION_MEMORY, `${each} bytes each`);
  },
});

/** The most bytes of memory that a process has had so far. */
async function mostMemory(pid: number): Promise<number> {
  // The tests may not read there themselves.
  const args = [
    "-c",
    'while read -r line; do echo "$line"; done < "/proc/$1/status"',
    "sh",
    `${pid}`,
  ];
  const { stdout } = await new Deno.Command("sh", { args }).output();
  return Number(/VmHWM:\s+(\d+) kB/.exec(new TextDecoder().decode(stdout))?.[1]) * 1024;
}
