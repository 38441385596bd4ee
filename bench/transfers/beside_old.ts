/** This version beside an older one: what a transfer costs the processor, in pairs of runs. */
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../../tests/end_to_end/fixtures/program.ts";
import { joined } from "../../shared/wire/bytes.ts";
import { ConnectedClient } from "../../tests/peers/connected_client.ts";
import { diskAtRest } from "./disk_at_rest.ts";
import { madeFile } from "./made_file.ts";
import { afterwork, type Cost, costOf, processorTime } from "./processor_time.ts";
import type { OwnScenario, Row } from "./scenario.ts";
import { median } from "./timed.ts";
import { startVersion, type Version } from "./version.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** How many connections small files are sent over at a time. */
const CONNECTIONS = [5, 30, 50] as const;

/** What both versions do. */
interface Work {
  readonly what: string;
  /** Whose processor time is compared: where we send by a client of the tests, the server's. */
  readonly sides: "both" | "server";
  /** By how much it may be more than that of the older version. */
  readonly most: number;
  /** Does it in a round, of which the number is in names, so that all files are new. */
  readonly cost: (version: Version, round: number) => Promise<Cost>;
}

/** The costs of a work, by round: of this version, and of the older one beside it. */
export interface Pairs {
  readonly now: readonly Cost[];
  readonly before: readonly Cost[];
}

/** Processor time of this version, divided by that of the older one in the same minutes. */
export const besideOld: OwnScenario = async ({ old, folder, runs, part }) => {
  if (old === undefined) return "It needs --old with the folder of an older version";
  await using now = await startVersion(ROOT, join(folder, "now"));
  await using before = await startVersion(old, join(folder, "before"));
  const file = await madeFile(folder, "large.bin", 256 * MIB / part);
  const works: readonly Work[] = [
    ...CONNECTIONS.map((connections) => smallFiles(connections, Math.ceil(1_500 / part))),
    {
      what: `one file of ${Math.ceil(256 / part)} MiB`,
      ...{ sides: "both", most: 1.05 },
      cost: (version) => costOf(version.send([file]), version.pid),
    },
    tinyPackets(Math.ceil(48 * MIB / part)),
  ];
  const rows: Row[] = [];
  for (const work of works) {
    rows.push(...pairRows(work, await inPairs(work, { now, before, runs })));
  }
  await Deno.remove(file);
  return rows;
};

/** Does a work by both in turn: in every second round the older version begins. */
async function inPairs(
  { cost }: Work,
  { now, before, runs }: {
    readonly now: Version;
    readonly before: Version;
    readonly runs: number;
  },
): Promise<Pairs> {
  const costs = { now: [] as Cost[], before: [] as Cost[] };
  for (let round = 0; round <= runs; round++) {
    const pair = [[now, costs.now], [before, costs.before]] as const;
    for (const [version, found] of round % 2 === 0 ? pair : pair.toReversed()) {
      await diskAtRest();
      const one = await cost(version, round);
      // The first round has both load and compile what they need.
      if (round > 0) found.push(one);
    }
  }
  return costs;
}

/** The rows of a work: both versions, and the processor time of one beside the other's. */
export function pairRows(
  { what, sides, most }: Pick<Work, "what" | "sides" | "most">,
  { now, before }: Pairs,
): readonly Row[] {
  const compared = ({ client, server }: Cost) => sides === "both" ? client + server : server;
  const row = (who: string, costs: readonly Cost[]): Row => ({
    ...{ what, who, unit: "s", median: median(costs.map(({ seconds }) => seconds)) },
    processor: {
      client: median(costs.map(({ client }) => client)),
      server: median(costs.map(({ server }) => server)),
    },
  });
  const ratio = median(
    now.map((one, round) => compared(one) / compared(before[round] ?? one)),
  );
  const whose = sides === "both" ? "processor time" : "processor time of the server";
  return [row("this version", now), row("the older one", before), {
    ...{ what, who: `the older one: ${whose}`, unit: "s", ratio, most },
    median: median(before.map(compared)),
  }];
}

/** Files of 1 KiB, each confirmed before the next one of its connection. */
function smallFiles(connections: number, files: number): Work {
  return {
    what: `${files} files of 1 KiB over ${connections} connections`,
    ...{ sides: "server", most: 1.1 },
    async cost({ address, pid }, round) {
      using clients = new DisposableStack();
      const all: ConnectedClient[] = [];
      for (let at = 0; at < connections; at++) {
        const name = `small ${connections} ${round} ${at}`;
        all.push(clients.use(await ConnectedClient.introduced(address, name)));
      }
      const plain = new Uint8Array(KIB);
      return await costHere(pid, async () => {
        await Promise.all(all.map(async (client, at) => {
          for (let n = at; n < files; n += connections) {
            const name = `${n}.bin`;
            await client.send(await client.fileRequest(name, plain));
            await client.reply();
            await client.confirm(name);
          }
        }));
      });
    },
  };
}

/** A file in packets of 1,024 bytes, as clients in the field send them, made before it is sent. */
function tinyPackets(size: number): Work {
  return {
    what: "packets of 1,024 bytes",
    ...{ sides: "server", most: 1.05 },
    async cost({ address, pid }, round) {
      using client = await ConnectedClient.introduced(address, `packets ${round}`);
      const file = await client.fileRequest("a.bin", new Uint8Array(size), { packetSize: KIB });
      const bytes = joined(file, client.verdict("crcValid", "a.bin"));
      return await costHere(pid, async () => {
        for (let at = 0; at < bytes.byteLength; at += MIB) {
          await client.send(bytes.subarray(at, at + MIB));
        }
        await client.reply();
        await client.reply();
      });
    },
  };
}

/** What a transfer from this process costs it and the server. */
async function costHere(server: number, transfer: () => Promise<void>): Promise<Cost> {
  const before = await processorTime(server);
  const own = process.cpuUsage();
  const begun = performance.now();
  await transfer();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(own);
  await afterwork();
  return {
    seconds,
    client: (user + system) / 1e6,
    server: await processorTime(server) - before,
  };
}
