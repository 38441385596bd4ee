/** What `--max-memory` counts on is what buffers have. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { chunkSizeFor } from "../../server/protocol3/uploads/chunk_size.ts";
import {
  CONNECTION_MEMORY,
  connectionsWithin,
  LEAST_MEMORY,
  SHARED_MEMORY,
} from "../../server/settings/memory_bound.ts";
import { SMALL_CONTENTS } from "../../server/storage/contents/contents.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ConnectedClient } from "../peers/connected_client.ts";

/** Buffers of a chunk that an upload has; see `chunk_size.ts`. */
const BUFFERS = 6;

/** More uploads than there can be, with those that are parked. */
const MANY = 10_000;

Deno.test("a connection takes no more of the memory than --max-memory counts for it", () => {
  const least = chunkSizeFor(MANY);
  ok(BUFFERS * least + SMALL_CONTENTS < CONNECTION_MEMORY);
  // Each upload has its chunks by the number of those before it, and may then stand still.
  let larger = 0;
  for (let n = 1; n < MANY; n++) larger += BUFFERS * (chunkSizeFor(n) - least);
  ok(larger <= 95 * 1024 ** 2, `${larger} bytes`);
  ok(larger < SHARED_MEMORY);
});

Deno.test("the least --max-memory is enough for 16 connections", () => {
  deepStrictEqual([LEAST_MEMORY, LEAST_MEMORY + 3 * CONNECTION_MEMORY].map(connectionsWithin), [
    16,
    19,
  ]);
});

Deno.test("with --max-memory a newcomer gets in, and another connection has to go", async () => {
  await using folder = await temporaryFolder();
  const args = ["--host", "127.0.0.1", "--port", "0", "--max-memory", `${LEAST_MEMORY}`];
  await using server = await RunningServer.here(folder.path, { args });
  using resources = new DisposableStack();
  const idle: ConnectedClient[] = [];
  for (let n = 0; n < 16; n++) {
    idle.push(resources.use(await ConnectedClient.introduced(server.address, `Idle ${n}`)));
  }
  using newcomer = await ConnectedClient.introduced(server.address, "Newcomer");
  await newcomer.send(await newcomer.fileRequest("a.bin", new Uint8Array(1000)));
  strictEqual((await newcomer.reply()).kind, "fileReceived");
  strictEqual((await newcomer.confirm("a.bin")).kind, "acknowledged");
  const { stderr } = await server.stop();
  ok(/connections-evicted|evicted/.test(stderr), stderr);
});
