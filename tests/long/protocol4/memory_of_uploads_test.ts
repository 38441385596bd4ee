/** What uploads and downloads take of the memory of both sides. */

import { ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { assertBelow } from "../../chance/assert_below.ts";
import { mostMemory } from "../../end_to_end/fixtures/most_memory.ts";
import { startProgram } from "../../end_to_end/fixtures/program.ts";
import { serverProcess } from "../../protocol4/fixtures/server_process.ts";

const MB = 1_000_000;

/** The limit of either side for a file of any size. */
const MOST_OF_FILE = 160 * MB;

/** The limit of the server with 500 uploads that stand still: 319 to 324 MB were seen. */
const MOST_OF_STILL = 350 * MB;

/**
 * The limit when they all end at once: 362 to 392 MB were seen, by when the runtime collects its
 * garbage, and 459 before their tails were freed.
 */
const MOST_OF_MANY = 400 * MB;

/** Clients, and the uploads of each. */
const MANY = { clients: 20, uploads: 25 };

/** The bytes of an upload, and those that come before it stands still. */
const SIZE = 2 * MB;
const SENT = 900_000;

/** Uploads stand still until all have begun, which takes a while on a machine with much to do. */
const LONG_TIMES = ["--idle-time", "600", "--standstill-time", "600", "--least-rate", "none"];

const onlyLinux = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "A file of 2 GiB takes at most 160 MB of either side, up and down",
  onlyLinux,
  async () => {
    await using peers = await serverProcess();
    const { folder, server } = peers;
    const { config } = await peers.logIn("maya");
    const file = join(folder, "sparse.bin");
    const size = 2 * 1024 ** 3;
    await Deno.writeFile(file, new Uint8Array(1));
    await Deno.truncate(file, size);
    const up = await memoryOfClient(["send", file, "--dir", config, "--quiet"]);
    ok(up < MOST_OF_FILE, `${up} bytes of the client that sends`);
    await Deno.remove(file);
    const back = join(folder, "back");
    await Deno.mkdir(back);
    const down = await memoryOfClient([
      "get",
      "sparse.bin",
      "-o",
      back,
      "--dir",
      config,
      "--quiet",
    ]);
    ok(down < MOST_OF_FILE, `${down} bytes of the client that fetches`);
    strictEqual((await Deno.stat(join(back, "sparse.bin"))).size, size);
    const both = await mostMemory(server.pid);
    ok(both < MOST_OF_FILE, `${both} bytes of the server`);
  },
);

/** Runs the client to its end. Returns the most memory that it had, in bytes. */
async function memoryOfClient(args: readonly string[]): Promise<number> {
  const client = startProgram("client", args);
  let ended = false;
  const output = client.output().finally(() => ended = true);
  let most = 0;
  // The most never falls: what was seen last is what it had, but for its last moments.
  while (!ended) most = Math.max(most, await mostMemory(client.pid) || 0);
  const { code, stderr } = await output;
  strictEqual(code, 0, new TextDecoder().decode(stderr));
  ok(most > 0);
  return most;
}

Deno.test(
  "500 uploads that stop amid a block take at most 350 MB, and 400 MB as they end",
  onlyLinux,
  () => assertBelow(1, partOfLimits, { tries: 3, unit: "of the limits" }),
);

/** The larger part of both limits that the memory of a server with many uploads comes to. */
async function partOfLimits(): Promise<number> {
  await using peers = await serverProcess(LONG_TIMES);
  const { promise: goOn, resolve: letGoOn } = Promise.withResolvers<void>();
  const piece = new Uint8Array(SENT);
  const uploads: Promise<number>[] = [];
  const stopped: Promise<void>[] = [];
  for (let n = 0; n < MANY.clients; n++) {
    const user = await peers.logIn(`client${n}`);
    for (let m = 0; m < MANY.uploads; m++) {
      const connection = await peers.connect(user);
      const { promise, resolve } = Promise.withResolvers<void>();
      stopped.push(promise);
      const body = async function* () {
        yield piece;
        resolve();
        await goOn;
        yield piece.subarray(0, SIZE - 2 * SENT);
        yield piece;
      };
      const { authorization } = user;
      const uploading = connection.request({
        ...{ method: "POST", path: "/v4/uploads" },
        headers: {
          ...{ authorization, "tus-resumable": "1.0.0", "upload-length": `${SIZE}` },
          "upload-metadata": `path ${btoa(`file${m}`)}`,
          "content-type": "application/offset+octet-stream",
        },
        body: { size: SIZE, pieces: body() },
      });
      uploads.push(uploading.then(async ({ status, body }) => {
        await body.bytes();
        return status;
      }));
    }
  }
  await Promise.all(stopped);
  const still = await mostMemory(peers.server.pid);
  letGoOn();
  const statuses = await Promise.all(uploads);
  strictEqual(statuses.filter((status) => status !== 201).join(), "");
  const after = await mostMemory(peers.server.pid);
  return Math.max(still / MOST_OF_STILL, after / MOST_OF_MANY);
}
