import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { SeededRandom } from "../chance/seeded_random.ts";
import { Lines } from "../end_to_end/fixtures/lines.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { Stage } from "./stage.ts";

const MIB = 1024 ** 2;

/** Bytes that may have to be read again for each interruption. */
const AGAIN: number = 2 * MIB;

/** Bytes of a frame or a request beside contents, at the most. */
const OVERHEAD = 400;

/**
 * Transfers in a row that may end before the moment of the first kill: that of one is before its
 * end nearly always, where two kills or more are due in each on average.
 */
const UNHARMED = 3;

/** What is interrupted, by the end of what, and how often. */
export interface Interruptions {
  readonly what: "upload" | "folder" | "download";
  readonly ended: "client" | "server";
  readonly kills: number;
  /** Bytes of the file, or of all files of the folder. */
  readonly size: number;
  /** Files of the folder. Default: one file, and no folder. */
  readonly files?: number;
  /** Kills of one transfer, on average. Default: 10. */
  readonly each?: number;
  readonly seed: number;
  /** Bytes until the next kill. Default: by chance, so that there are `each` on average. */
  readonly moment?: () => number;
  /** After so many transfers in a row without a kill it fails. Default: 3. */
  readonly mostUnharmed?: number;
}

/** What came of it. */
export interface InterruptionReport {
  readonly kills: number;
  readonly transfers: number;
  /** Bytes that had to be read again, for each kill. */
  readonly again: number;
}

/**
 * Ends a client or a server with SIGKILL at random moments of transfers, and goes on until all has
 * come. Fails when what came differs, when more was sent again than may be, or when transfer after
 * transfer ends before a moment comes.
 */
export async function interruptions(options: Interruptions): Promise<InterruptionReport> {
  const { what, ended, kills, size, files = 1, each = 10, seed } = options;
  const { mostUnharmed = UNHARMED } = options;
  await using stage = await Stage.open();
  const random = new SeededRandom(seed);
  const [source, back] = [join(stage.folder, "source"), join(stage.folder, "back")];
  // Some before the first request, and after the last byte.
  const { moment = () => random.below(random.oneIn(4) ? 12_000 : Math.ceil(2 * size / each)) } =
    options;
  let [done, transfers, again, unharmed] = [0, 0, 0, 0];
  for (; done < kills; transfers++) {
    await makeSource(source, { ...options, transfer: transfers });
    await Deno.remove(back, { recursive: true }).catch(() => {});
    const [received, fetched] = [stage.received, stage.proxy.toClients];
    const [send, get] = [["send", source], ["get", "source", "-o", `${back}/`]] as const;
    const most = kills - done;
    const here = what === "download"
      ? (await transfer(stage, send, { ended, moment, most: 0 }),
        await transfer(stage, get, { ended, moment, most, back, size }))
      : await transfer(stage, send, { ended, moment, most });
    if (what !== "download") await transfer(stage, get, { ended, moment, most: 0 });
    assert.deepEqual(await digests(join(back, "source")), await digests(source));
    const excess = what === "download"
      // A record of TLS and the answers of lists come to less than 2%.
      ? Math.max(0, stage.proxy.toClients - fetched - size * 1.02 - 200_000)
      : Math.max(0, stage.received - received - size - files * OVERHEAD);
    const isCounted = what !== "download" || ended === "server";
    if (isCounted) {
      const shown = `${excess} bytes again after ${here} interruptions`;
      assert(excess <= AGAIN * here, shown);
      again += excess;
    }
    done += here;
    unharmed = here > 0 ? 0 : unharmed + 1;
    assert(
      unharmed < mostUnharmed,
      `${unharmed} transfers in a row had no kill: each ended before its first moment`,
    );
  }
  return { kills: done, transfers, again: Math.round(again / done) };
}

/**
 * Runs a command of the client until it ends by itself; `most` times it, or the server, is ended
 * at a moment. Returns how often. With `most` 0 the client runs in this process, which is cheaper.
 */
async function transfer(
  stage: Stage,
  [command, ...words]: readonly [string, ...string[]],
  { ended, moment, most, back, size = 0 }: {
    readonly ended: "client" | "server";
    readonly moment: () => number;
    readonly most: number;
    /** Where a download of `size` bytes goes, of which nothing is to come twice. */
    readonly back?: string;
    readonly size?: number;
  },
): Promise<number> {
  if (most === 0) {
    const { code, stdout, stderr } = await stage.run(command, ...words);
    assert.equal(code, 0, `${stdout}${stderr}`);
    return 0;
  }
  for (let kills = 0;;) {
    const there = back === undefined ? 0 : sizeBelow(back);
    const before = stage.proxy.toClients;
    const client = stage.start(command, ...words, "--retry-time", "60s");
    const [stdout, stderr] = [new Lines(client.stdout), new Lines(client.stderr)];
    const ending = client.status;
    const killsBefore = kills;
    let isKilled = false;
    while (kills < most && !isKilled) {
      const rung = stage.proxy.after(moment()).then(() => true);
      if (!await Promise.race([rung, ending.then(() => false)])) break;
      kills++;
      if (ended === "server") {
        await stage.endServer("SIGKILL");
        await stage.startServer();
      } else {
        isKilled = true;
        // It may have ended by itself in this moment.
        try {
          client.kill("SIGKILL");
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
        }
      }
    }
    const { code, signal } = await ending;
    await Promise.all([stdout.done, stderr.done]);
    if (signal === "SIGKILL") continue;
    // A server that ends before its first answer, or again and again, is given up: then the user
    // runs the same command again.
    const isGivenUp = code === 1 || code === 3;
    if (ended === "server" && isGivenUp && kills > killsBefore) continue;
    assert.equal(code, 0, `${stdout.text}${stderr.text}`);
    if (back !== undefined && ended === "client") {
      const came = stage.proxy.toClients - before;
      assert(came <= (size - there) * 1.02 + 200_000, `${came} came, and ${there} were there`);
    }
    return kills;
  }
}

async function makeSource(
  path: string,
  { size, files, seed, transfer }: Interruptions & { readonly transfer: number },
): Promise<void> {
  // As if it had rested since: a file that was changed just now has no leaves on record.
  const time = new Date(1_700_000_000_000 + transfer * 10_000);
  const write = async (file: string, bytes: number, n: number) => {
    await Deno.writeFile(file, seededBytes(seed + 10_007 * transfer + n, bytes));
    await Deno.utime(file, time, time);
  };
  if (files === undefined) return await write(path, size, 0);
  for (let n = 0; n < files; n++) {
    const folder = join(path, `${n % 20}`);
    await Deno.mkdir(folder, { recursive: true });
    await write(join(folder, `file ${n}`), Math.floor(size / files), n);
  }
}

/** The digest of a file, or of each file below a folder by its path. */
async function digests(path: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  const look = async (at: string, below: string) => {
    if ((await Deno.lstat(at)).isDirectory) {
      for await (const { name } of Deno.readDir(at)) await look(join(at, name), `${below}/${name}`);
      return;
    }
    const hash = createHash("sha256");
    using file = await Deno.open(at);
    const buffer = new Uint8Array(MIB);
    for (let read; (read = await file.read(buffer)) !== null;) {
      hash.update(buffer.subarray(0, read));
    }
    found[below] = hash.digest("hex");
  };
  await look(path, "");
  return found;
}

/** Bytes of all files below a folder. */
function sizeBelow(folder: string): number {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name, isDirectory }) => {
      const path = join(folder, name);
      return isDirectory ? sizeBelow(path) : Deno.statSync(path).size;
    }).reduce((sum, size) => sum + size, 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
