/**
 * Writes small files into a catalog as a busy server does, for some seconds, and prints as JSON how
 * many it wrote, how many were refused, and for how many milliseconds the event loop stood at most.
 */
import { setTimeout as pause } from "node:timers/promises";
import { locationOf } from "../../../server/storage/names/location.ts";
import { SqliteCatalog } from "../../../server/storage/sqlite/sqlite_catalog.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { queued } from "./queued.ts";

/** Files that are written at once. */
const AT_ONCE = 8;

const [path = "", seconds = ""] = Deno.args;
const clientId = clientIdOf(new Uint8Array(16).fill(1));
await using catalog = await SqliteCatalog.open({ path, clock: SYSTEM_CLOCK });
await catalog.register({ id: clientId, name: "Alice", revision: "2024a" });

// The first checkpoint starts a worker, once, for which the thread stands for some 30 ms.
for (const size of [5_000_000, 1]) {
  const contents = new Uint8Array(size);
  const file = { clientId, fileName: "first", staged: "0".repeat(32), size, checksum: 0, contents };
  await catalog.put({ ...file, location: locationOf(clientId, "first"), verified: true });
}

const end = performance.now() + Number(seconds) * 1_000;
const said = { written: 0, refused: 0, longest: 0 };
await Promise.all([watchPauses(), ...Array.from({ length: AT_ONCE }, (_, n) => write(n))]);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(said)));

/**
 * What the thread waits for a processor, on a machine that is busy with other things, does not
 * count.
 */
async function watchPauses(): Promise<void> {
  // What is loaded and compiled at first is not meant.
  await pause(500);
  for (let last = performance.now() - queued(); performance.now() < end;) {
    await pause(1);
    const now = performance.now() - queued();
    said.longest = Math.max(said.longest, now - last);
    last = now;
  }
}

async function write(worker: number): Promise<void> {
  const contents = crypto.getRandomValues(new Uint8Array(30_000));
  for (let n = 0; performance.now() < end; n++) {
    const fileName = `${worker}-${n % 500}`;
    const file = { clientId, fileName, staged: "0".repeat(32) };
    const location = locationOf(clientId, fileName);
    try {
      const version = { location, size: contents.length, checksum: n, verified: true, contents };
      await catalog.put({ ...file, ...version });
      await catalog.ack([file]);
      said.written++;
    } catch (error) {
      if (!(error instanceof StorageError) || error.reason !== "database-busy") throw error;
      said.refused++;
    }
  }
}
