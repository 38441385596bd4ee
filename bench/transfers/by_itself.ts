/** The project's own claims, without a comparison. */
import { ConnectedClient } from "../../tests/peers/connected_client.ts";
import { lookAtFile } from "../../client/files/local_file.ts";
import { OwnParty } from "../../tests/peers/own_party.ts";
import { parseAddress } from "../../shared/text/address.ts";
import { diskAtRest } from "./disk_at_rest.ts";
import { madeFile } from "./made_file.ts";
import type { Scenario } from "./scenario.ts";
import { median, timed } from "./timed.ts";

const MB = 1_000_000;
const MIB = 1024 * 1024;

/** Four large files over several connections, compared with one. */
export const parallelFiles: Scenario = async ({ own, folder, runs, part }) => {
  const size = 256 * MB / part;
  const files: string[] = [];
  for (let i = 0; i < 4; i++) files.push(await madeFile(folder, `parallel_${i}.bin`, size));
  const rates = { four: [] as number[], one: [] as number[] };
  for (let round = 0; round <= runs; round++) {
    await own.forget();
    await diskAtRest();
    const four = 4 * size / MB / (await timed(own.send(files))).seconds;
    await own.forget();
    await diskAtRest();
    const one = size / MB / (await timed(own.send(files.slice(0, 1)))).seconds;
    if (round === 0) continue;
    rates.four.push(four);
    rates.one.push(one);
  }
  for (const file of files) await Deno.remove(file);
  const what = `files of ${Math.round(size / MB)} MB`;
  const ratio = median(rates.four.map((rate, round) => rate / (rates.one[round] ?? NaN)));
  return [
    { what, who: "one", median: median(rates.one), unit: "MB/s" },
    { what, who: "four at once", median: median(rates.four), unit: "MB/s", ratio, least: 1.4 },
  ];
};

/** The memory of both sides for a small file and for one of nearly 4 GB. */
export const memory: Scenario = async ({ own, folder, part }) => {
  const rows = [];
  for (const size of [20 * MB, 4_000 * MB / part]) {
    const file = await madeFile(folder, "memory.bin", size);
    const { peak } = await timed(own.send([file]), { look: 20 });
    await Deno.remove(file);
    const what = `memory for ${Math.round(size / MB)} MB`;
    for (const [who, bytes] of [["client", peak], ["server", own.peak]] as const) {
      if (bytes === undefined) continue;
      rows.push({
        what,
        who,
        median: bytes / MB,
        unit: "MB" as const,
        ratio: bytes / 160 / MB,
        most: 1,
      });
    }
  }
  return rows;
};

/**
 * Packets of 1,024 bytes, as clients in the field send them, all of them ready before the clock
 * starts.
 */
export const tinyPackets: Scenario = async ({ own, runs }) => {
  const size = 48 * MIB;
  const rates: number[] = [];
  for (let round = 0; round <= runs; round++) {
    using client = await ConnectedClient.introduced(own.address, `tiny ${round}`);
    const bytes = await client.fileRequest("tiny.bin", new Uint8Array(size), { packetSize: 1024 });
    const begun = performance.now();
    for (let at = 0; at < bytes.byteLength; at += MIB) {
      await client.send(bytes.subarray(at, at + MIB));
    }
    await client.reply();
    if (round > 0) rates.push(size / MB / ((performance.now() - begun) / 1000));
    await client.confirm("tiny.bin");
  }
  const what = "packets of 1,024 bytes, received";
  return [{ what, who: "server", median: median(rates), unit: "MB/s", least: 150 }];
};

/** Equal concurrent uploads: the fairness of the server, and its memory with 500 of them. */
export const crowd: Scenario = async ({ own, folder, part }) => {
  const rows = [];
  for (const [count, size] of [[100, 4 * MB], [500, 2 * MB]] as const) {
    const uploads = Math.ceil(count / part);
    const path = await madeFile(folder, "crowd.bin", size);
    const file = await lookAtFile(path);
    const revision = "2024a";
    const server = { address: parseAddress(own.address), revision } as const;
    await using stack = new AsyncDisposableStack();
    const sessions = [];
    for (let i = 0; i < uploads; i++) {
      const client = stack.use(await OwnParty.stranger());
      const session = await client.session(server, { name: `crowd ${count} ${i}` });
      await session.open();
      sessions.push(session);
    }
    const begun = performance.now();
    const times = await Promise.all(sessions.map(async (session) => {
      await session.send(file, () => {});
      return performance.now() - begun;
    }));
    const what = `${uploads} uploads at once`;
    const fairness = Math.max(...times) / Math.min(...times);
    const who = "slowest beside fastest";
    rows.push({ what, who, median: fairness, unit: "x" as const, ratio: fairness, most: 3 });
    const { peak } = own;
    if (peak !== undefined) {
      const ratio = peak / 400 / MB;
      rows.push({
        what,
        who: "memory of the server",
        median: peak / MB,
        unit: "MB" as const,
        ratio,
        most: 1,
      });
    }
  }
  return rows;
};
