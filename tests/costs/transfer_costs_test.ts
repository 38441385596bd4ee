import { ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { sendFiles } from "../../client/batch/send_files.ts";
import { DEFAULT_LIMITS } from "../../server/settings/limit_settings.ts";
import { runServer } from "../../server/run_server.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { formatAddress } from "../../shared/text/address.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { OwnParty } from "../peers/own_party.ts";
import { SILENT } from "../peers/test_services.ts";
import { type Costs, counted } from "./counted.ts";

const MIB = 1024 * 1024;

/**
 * Bytes: four pieces that wait to be sent, one that is, one more on its way; and three on the
 * server, by halves.
 */
const MOST_IN_MEMORY = 8 * 1024 * 1024;

/** What files cost. */
interface FileCosts extends Costs {
  /** What was done in the background once the client was told. */
  readonly afterwards: Costs;
}

/**
 * Sends files of these sizes, from a client to a server on the disk, both in this process; what it
 * cost.
 */
async function costsOf(
  sizes: readonly number[],
  { parallel }: { readonly parallel: number },
): Promise<FileCosts> {
  await using folder = await temporaryFolder();
  await using own = await OwnParty.stranger();
  await using storage = await openStorage({
    clock: SYSTEM_CLOCK,
    data: join(folder.path, "data"),
    database: undefined,
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname: host, port } = listener.addr;
  const stopping = new AbortController();
  const revision = "2024a";
  const running = runServer({
    clock: SYSTEM_CLOCK,
    ...storage,
    listeners: [{ listener, revision, addresses: [formatAddress({ host, port })] }],
    limits: DEFAULT_LIMITS,
    strict: false,
    grace: 10_000,
    log: SILENT,
    stopping: stopping.signal,
  });
  const session = await own.session({ address: { host, port }, revision });
  const paths: string[] = [];
  for (const [i, size] of sizes.entries()) paths.push((await own.file(`${i}`, lcg(i, size))).path);
  const send = (files: readonly string[]) =>
    sendFiles(files, {
      uplink: session,
      now: () => performance.now(),
      parallel,
      onProgress() {},
      onOutcome() {},
    });
  // The registration, and what is only loaded or made once, are not of interest.
  await send([(await own.file("first", "first")).path]);
  await storage.committer.flush();
  const costs = await counted(async () => {
    const outcomes = await send(paths);
    ok(outcomes.every(({ status }) => status === "sent"));
  });
  await session.close();
  stopping.abort();
  await running;
  const afterwards = await counted(async () => await storage.committer.flush());
  return { ...costs, afterwards };
}

Deno.test("A large file costs a few calls and copies for each MiB, and little memory", async () => {
  const size = 64 * MIB;
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

Deno.test("The memory that is held does not grow with the file", async () => {
  const costs = await costsOf([160 * MIB], { parallel: 1 });
  ok(costs.peakHeld <= MOST_IN_MEMORY, `${costs.peakHeld} bytes of cipher memory held`);
});

Deno.test("A small file waits for the sync of the database only", async () => {
  const { syncs, afterwards } = await costsOf([4096], { parallel: 1 });
  strictEqual(syncs, 1);
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
  const costs = await costsOf(Array(files).fill(4096), { parallel: 8 });
  // Alone each would have one.
  ok(costs.syncs <= files * 0.6, `${costs.syncs} syncs`);
  strictEqual(costs.afterwards.syncs, files + 2);
  // The client's, and two for the key of each connection.
  ok(costs.cipherCalls <= files + 2 * 8, `${costs.cipherCalls} cipher calls`);
  // One for the file, and two to see which half of its key fits.
  strictEqual(costs.blockCalls, files * 3);
});
