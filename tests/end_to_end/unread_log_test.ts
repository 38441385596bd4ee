/** A log that nobody reads, or that finds no room: the server works, and stops, all the same. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { mayMount, smallDisk } from "../scarcity/small_disk.ts";
import { databaseIn, fileRows } from "./fixtures/data_folder.ts";
import { Lines } from "./fixtures/lines.ts";
import { LIFE_LIMIT, startProgram } from "./fixtures/program.ts";
import { joined } from "../kernel/golden_vectors.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { seededBytes } from "./fixtures/seeded_bytes.ts";

/**
 * Lines enough for what a pipe takes, and what waits besides: each has more than 2,200 characters.
 * There is one for each file that was stored.
 */
const MANY = 560;

/** Lines that are more than a pipe takes. */
const SOME = 100;

/** Lines for which a small disk has room. */
const FEW = 50;

/** A name that is told twice in each line. */
const TOLD = "x".repeat(250);

/** The name of a user, of which each character is six in a line of JSON: lines cost a file each. */
const USER = "\x01".repeat(250);

/** Milliseconds for a wait of 2 s and an end that only a server takes that hangs. */
const HANGING = 60_000;

/** Files that are sent at a time: half of the time goes by with waiting for replies else. */
const AT_A_TIME = 10;

/** Has the server log so many lines, a multiple of `AT_A_TIME`. */
async function fillLog(client: ConnectedClient, lines: number): Promise<void> {
  const file = await client.fileRequest(TOLD, seededBytes(1, 10));
  const stored = joined([file, client.verdict("crcValid", TOLD)]);
  const several = joined(Array<Uint8Array>(AT_A_TIME).fill(stored));
  for (let line = 0; line < lines; line += AT_A_TIME) {
    await client.send(several);
    for (let reply = 0; reply < AT_A_TIME; reply++) {
      assert.equal((await client.reply()).kind, "fileReceived");
      assert.equal((await client.reply()).kind, "acknowledged");
    }
  }
}

/** How many lines of a log say that such a file was stored. */
function storedLines(all: readonly { readonly file?: string; readonly message: string }[]): number {
  return all.filter(({ file, message }) => file === TOLD && message.startsWith("Stored")).length;
}

async function store(client: ConnectedClient, name: string): Promise<void> {
  await client.send(await client.fileRequest(name, seededBytes(1, 100_000)));
  assert.equal((await client.reply()).kind, "fileReceived");
  assert.equal((await client.confirm(name)).kind, "acknowledged");
}

/** A server of whose standard error nothing is read. */
async function startUnread(data: string) {
  const child = startProgram("server", [
    ...["--data", data, ...ON_LOOPBACK, "--log-format", "json"],
  ]);
  const hanging = setTimeout(() => child.kill("SIGKILL"), LIFE_LIMIT);
  const stdout = new Lines(child.stdout);
  const [, address = ""] = /^listening on (\S+)$/.exec(await stdout.find(/^listening/)) ?? [];
  return {
    child,
    address,
    async ended(): Promise<number> {
      const { code } = await child.status;
      clearTimeout(hanging);
      await stdout.done;
      return code;
    },
  };
}

Deno.test("A server whose log is never read stores files, and stops", async () => {
  await using data = await temporaryFolder();
  const server = await startUnread(data.path);
  {
    using client = await ConnectedClient.introduced(server.address, USER);
    await fillLog(client, SOME);
    await store(client, "file.bin");
  }
  const begun = performance.now();
  server.child.kill("SIGTERM");
  assert.equal(await server.ended(), 0);
  assert(performance.now() - begun < HANGING, "The last lines are not waited for longer than 2 s");
  await server.child.stderr.cancel();
  assert.equal(fileRows(databaseIn(data.path)).length, 2);
});

Deno.test("A log that is read again has the number of lost lines", async () => {
  await using data = await temporaryFolder();
  const server = await startUnread(data.path);
  using client = await ConnectedClient.introduced(server.address, USER);
  await fillLog(client, MANY);
  await store(client, "amid.bin");
  const lines = new Lines(server.child.stderr);
  const told = JSON.parse(await lines.find(/Dropped \d+ lines/));
  await store(client, "file.bin");
  server.child.kill("SIGTERM");
  assert.equal(await server.ended(), 0);
  await lines.done;
  const all = lines.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const last = all.at(-1);
  assert.equal(last.message, "Stopped");
  assert.equal(last["log-lines-dropped"], told.count);
  assert.equal(last["files-stored"], MANY + 2);
  // Each line is there, or counted; with them those of what came, one a second.
  const missing = MANY - storedLines(all);
  assert(missing > 0 && missing <= told.count && told.count <= missing + 60, `${missing} missing`);
});

const mounts = await mayMount();

Deno.test({
  name: `A log on a full disk ends nothing, and is written again when there is room` +
    (mounts ? "" : " (ignored: no right to mount a tmpfs)"),
  ignore: !mounts,
  async fn() {
    await using data = await temporaryFolder();
    await using disk = await smallDisk(256 * 1024);
    assert(disk !== undefined);
    const log = join(disk.path, "server.log");
    await using server = await RunningServer.start(data.path, {
      args: [...ON_LOOPBACK, "--log-format", "json"],
      through: ["sh", "-c", 'exec "$@" 2>>"$0"', log],
    });
    {
      using client = await ConnectedClient.introduced(server.address, USER);
      await disk.fill(0);
      await fillLog(client, FEW);
      await store(client, "amid.bin");
      await disk.empty();
      await store(client, "after.bin");
    }
    assert.equal((await server.stop()).code, 0);
    const text = (await Deno.readTextFile(log)).trimEnd();
    const all = text.split("\n").map((line) => JSON.parse(line));
    assert.equal(storedLines(all), FEW);
    assert.equal(all.filter(({ message }) => message.startsWith("Stored")).length, FEW + 2);
    assert.equal(all.at(-1).message, "Stopped");
    assert.equal(all.at(-1)["files-stored"], FEW + 2);
  },
});
