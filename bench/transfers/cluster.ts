/**
 * Servers with a PostgreSQL and a bucket, beside one with SQLite and a folder. The engines are
 * those of the tests: PostgreSQL syncs nothing, and objects are in memory, while SQLite and the
 * folder are synced. So processor time can be compared, and seconds of one and two servers.
 */

import { join } from "node:path";
import { ON_LOOPBACK, RunningServer } from "../../tests/end_to_end/fixtures/running_server.ts";
import { ROOT, taskWords } from "../../tests/end_to_end/fixtures/program.ts";
import { ConnectedClient } from "../../tests/peers/connected_client.ts";
import { diskAtRest } from "./disk_at_rest.ts";
import { familyTime } from "./family_time.ts";
import { madeFile } from "./made_file.ts";
import { afterwork, processorTime } from "./processor_time.ts";
import type { OwnScenario, Row } from "./scenario.ts";
import { type Command, median, timed } from "./timed.ts";

const MIB = 1024 ** 2;

/** Clients of protocol 3 that send at the same time, and the files of all in a run. */
const CLIENTS = 50;
const FILES = 2_000;

/** Servers of the same clients, and how to stop them. */
interface Setup extends AsyncDisposable {
  readonly who: string;
  readonly servers: readonly RunningServer[];
}

/** What a run took: seconds, and seconds of processor time by what the processes are. */
interface Taken {
  readonly seconds: number;
  readonly processor: ReadonlyMap<string, number>;
}

/** Programs of the engines, by what they are. */
const ENGINES: Readonly<Record<string, readonly string[]>> = {
  "PostgreSQL": ["postgres"],
  "gateway and object store": ["radosgw", "ceph-osd", "ceph-mon"],
};

/** Small files a second, and a large file, by one server and by two. */
export const cluster: OwnScenario = async ({ folder, runs, part }) => {
  // Loaded only now: it needs packages, and engines that few have.
  const { HAS_BOTH, NOT_BOTH, SharedEngines } = await import(
    "../../tests/engines/shared_servers.ts"
  );
  if (!HAS_BOTH) return `it needs PostgreSQL and Ceph${NOT_BOTH}`;
  await using engines = await SharedEngines.start();
  const flags = ["--max-names-per-hour", "100000", "--log-level", "warning"];
  // The store is in memory, and has room for some large files at a time.
  const sweeps = ["--garbage-time", "1s"];
  const shared = async (who: string, names: readonly string[]): Promise<Setup> => {
    const place = await engines.place();
    const servers: RunningServer[] = [];
    for (const name of names) servers.push(await place.server(name, [...flags, ...sweeps]));
    return {
      ...{ who, servers },
      async [Symbol.asyncDispose]() {
        for (const server of servers) await server.stop();
        await place[Symbol.asyncDispose]();
      },
    };
  };
  const local = async (): Promise<Setup> => {
    const args = [...ON_LOOPBACK, ...flags];
    const server = await RunningServer.start(join(folder, "local"), { args, lifeLimit: 600_000 });
    return {
      ...{ who: "SQLite and a folder", servers: [server] },
      [Symbol.asyncDispose]: async () => void await server.stop(),
    };
  };
  const setups = [
    await local(),
    await shared("PostgreSQL and S3, not synced", ["one"]),
    await shared("the same, two servers", ["one", "two"]),
  ];
  try {
    return [
      ...await smallFiles(setups, { runs, files: Math.ceil(FILES / part) }),
      ...await largeFile(setups, { runs, size: Math.ceil(1024 * MIB / part), folder }),
    ];
  } finally {
    for (const setup of setups) await setup[Symbol.asyncDispose]();
  }
};

/** Files of 1 KiB by many clients, over protocol 3; servers in turn, so that all have the same. */
async function smallFiles(
  setups: readonly Setup[],
  { runs, files }: { readonly runs: number; readonly files: number },
): Promise<readonly Row[]> {
  using clients = new DisposableStack();
  const crowds = await Promise.all(setups.map(async ({ servers }) => {
    const crowd: ConnectedClient[] = [];
    for (let at = 0; at < CLIENTS; at++) {
      const { address } = servers[at % servers.length] ?? { address: "" };
      crowd.push(clients.use(await ConnectedClient.introduced(address, `Client ${at}`)));
    }
    return crowd;
  }));
  const content = crypto.getRandomValues(new Uint8Array(1024));
  const each = Math.ceil(files / CLIENTS);
  const taken = await inTurn(setups, runs, async (at, run) => {
    await Promise.all((crowds[at] ?? []).map(async (client) => {
      for (let file = 0; file < each; file++) {
        const fileName = `${run} ${file}`;
        await client.file(content, { fileName });
        const { kind } = await client.confirm(fileName);
        if (kind !== "acknowledged") throw new Error(`The server said ${kind}`);
      }
    }));
  });
  const what = `1 KiB files, ${CLIENTS} clients`;
  return setups.flatMap(({ who }, at) =>
    rowsOf(taken[at] ?? [], { what, who, count: each * CLIENTS, rate: "files/s" })
  );
}

/** One large file by protocol 4, or its halves to two servers at once. */
async function largeFile(
  setups: readonly Setup[],
  { runs, size, folder }: {
    readonly runs: number;
    readonly size: number;
    readonly folder: string;
  },
): Promise<readonly Row[]> {
  const senders: (readonly { readonly file: string; readonly home: string }[])[] = [];
  for (const [at, { servers }] of setups.entries()) {
    const own = [];
    for (const [number, server] of servers.entries()) {
      const home = join(folder, `home_${at}_${number}`);
      await Deno.mkdir(home);
      const key = await server.printed(/^sealpost:/);
      await timed(client(home, ["login", key, "--name", `bench ${number}`]));
      const file = await madeFile(home, "large.bin", size / servers.length);
      own.push({ file, home });
    }
    senders.push(own);
  }
  const taken = await inTurn(setups, runs, async (at) => {
    const own = senders[at] ?? [];
    await Promise.all(own.map(({ file, home }) => timed(client(home, ["send", file]))));
  }, async (at) => {
    // The next run is to send all of it.
    const own = senders[at] ?? [];
    await Promise.all(own.map(({ home }) => timed(client(home, ["rm", "large.bin"]))));
  });
  const what = `${Math.round(size / MIB)} MiB up`;
  return setups.flatMap(({ who }, at) =>
    rowsOf(taken[at] ?? [], { what, who, count: size / 1e6, rate: "MB/s" })
  );
}

function client(home: string, words: readonly string[]): Command {
  const [, ...task] = taskWords("client");
  const main = task.pop() ?? "";
  return [Deno.execPath(), ...task, join(ROOT, main), ...words, "--dir", home, "--quiet"];
}

/**
 * Runs a work for each setup in turn, once more than it counts; what is to be done afterwards does
 * not count. Returns what it took by setup.
 */
async function inTurn(
  setups: readonly Setup[],
  runs: number,
  work: (setup: number, run: number) => Promise<void>,
  afterwards: (setup: number) => Promise<void> = () => Promise.resolve(),
): Promise<readonly (readonly Taken[])[]> {
  const taken: Taken[][] = setups.map(() => []);
  for (let run = 0; run <= runs; run++) {
    for (const [at, { servers }] of setups.entries()) {
      await diskAtRest();
      const before = await times(servers);
      const begun = performance.now();
      await work(at, run);
      const seconds = (performance.now() - begun) / 1000;
      await afterwork();
      const after = await times(servers);
      await afterwards(at);
      const processor = new Map(
        [...after].map(([who, time]) => [who, time - (before.get(who) ?? 0)]),
      );
      if (run > 0) taken[at]?.push({ seconds, processor });
    }
  }
  return taken;
}

/** Processor time so far of servers and of the engines. */
async function times(servers: readonly RunningServer[]): Promise<ReadonlyMap<string, number>> {
  const own = await Promise.all(servers.map(({ pid }) => processorTime(pid)));
  const family = await familyTime();
  const sum = (times: readonly number[]) => times.reduce((a, b) => a + b, 0);
  return new Map([
    ["server", sum(own)],
    ...Object.entries(ENGINES).map(([who, programs]) =>
      [who, sum(programs.map((program) => family.get(program) ?? 0))] as const
    ),
  ]);
}

/** The rate, and the processor time for each of what was counted. */
function rowsOf(
  taken: readonly Taken[],
  { what, who, count, rate }: {
    readonly what: string;
    readonly who: string;
    readonly count: number;
    readonly rate: "files/s" | "MB/s";
  },
): readonly Row[] {
  const unit = rate === "MB/s" ? "ms/MB" : "ms/file";
  const processes = [...taken[0]?.processor.keys() ?? []].map((process): Row => {
    const values = taken.map(({ processor }) => 1000 * (processor.get(process) ?? NaN) / count);
    return { what, who: `${who}: ${process}`, median: median(values), unit };
  });
  return [
    { what, who, median: median(taken.map(({ seconds }) => count / seconds)), unit: rate },
    ...processes.filter(({ median }) => median >= 0.0005),
  ];
}
