import { ok, strictEqual } from "node:assert/strict";
import { costsOf, MIB, MOST_IN_MEMORY } from "./transfer_costs.ts";

// That this memory does not grow with the file is shown in tests/long/.
Deno.test("A large file costs a few calls and copies for each MiB, and little memory", async () => {
  const size = 24 * MIB;
  const costs = await costsOf([size], { parallel: 1 });
  const perMib = (count: number) => count / (size / MIB);
  // One chunk on the client's side, two on the server's.
  ok(perMib(costs.cipherCalls) <= 3.3, `${perMib(costs.cipherCalls)} cipher calls per MiB`);
  // Each side once for its checksum, the server once to gather, the client what a packet begins
  // with.
  ok(costs.copied / size <= 3.1, `${costs.copied / size} bytes copied per byte`);
  // Chunks, a start for each packet, and reads of up to 512 KiB, which a slow sender leaves half
  // full.
  ok(perMib(costs.socketCalls) <= 20, `${perMib(costs.socketCalls)} socket calls per MiB`);
  ok(costs.peakHeld <= MOST_IN_MEMORY, `${costs.peakHeld} bytes of cipher memory held`);
});

Deno.test("A small file waits for the sync of the database only", async () => {
  const { syncs, queries, afterwards } = await costsOf([4096], { parallel: 1 });
  strictEqual(syncs, 1);
  // How much is stored, which version is there, which paths are taken, and how long the log is.
  strictEqual(queries, 4);
  // The file, the folder that it came from, and the one that it is in.
  strictEqual(afterwards.syncs, 3);
});

Deno.test("A single file that is not small waits for four syncs", async () => {
  const { syncs, afterwards } = await costsOf([100_000], { parallel: 1 });
  // The file, the folder that it came from, the one that it went to, and the log of the database.
  strictEqual(syncs, 4);
  strictEqual(afterwards.syncs, 0);
});

Deno.test("Many small files over several connections share syncs, at once and later", async () => {
  const files = 128;
  let least = Infinity;
  // A file that comes alone shares no sync, as may be on a busy machine, and what is to be synced
  // later may be already.
  for (let tries = 0; tries < 5 && least > files * 0.6; tries++) {
    const costs = await costsOf(Array(files).fill(4096), { parallel: 8 });
    const { syncs: later } = costs.afterwards;
    ok(later <= files + 2, `${later} syncs later`);
    if (later === files + 2) least = Math.min(least, costs.syncs);
    // The client's, and two for the key of each connection.
    ok(costs.cipherCalls <= files + 2 * 8, `${costs.cipherCalls} cipher calls`);
    // One for the file, and two to see which half of its key fits.
    strictEqual(costs.blockCalls, files * 3);
  }
  // Alone each would have one.
  ok(least <= files * 0.6, `${least} syncs`);
});
