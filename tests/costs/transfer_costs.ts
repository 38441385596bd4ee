import { ok } from "node:assert/strict";
import { join } from "node:path";
import { sendFiles } from "../../client/batch/send_files.ts";
import { DEFAULT_LIMITS } from "../../server/settings/limit_settings.ts";
import { runServer } from "../../server/run_server.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { formatAddress } from "../../shared/text/address.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { OwnParty } from "../peers/own_party.ts";
import { SILENT } from "../peers/test_services.ts";
import { type Costs, counted } from "./counted.ts";

export const MIB: number = 1024 * 1024;

/**
 * Bytes: four pieces that wait to be sent, one that is, one more on its way; and three on the
 * server, by halves.
 */
export const MOST_IN_MEMORY: number = 8 * 1024 * 1024;

/** What files cost. */
export interface FileCosts extends Costs {
  /** What was done in the background once the client was told. */
  readonly afterwards: Costs;
}

/**
 * Sends files of these sizes, from a client to a server on the disk, both in this process; what it
 * cost.
 */
export async function costsOf(
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

/** Fails if the memory of ciphers for a file of so many MiB is more than that for any other. */
export async function assertLittleMemory(mebibytes: number): Promise<void> {
  const { peakHeld } = await costsOf([mebibytes * MIB], { parallel: 1 });
  ok(peakHeld <= MOST_IN_MEMORY, `${peakHeld} bytes of cipher memory at once`);
}
