/** A log that nobody reads, or that finds no room: the server works, and stops, all the same. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { mayMount, smallDisk } from "../scarcity/small_disk.ts";
import { databaseIn, fileRows } from "./fixtures/data_folder.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { fillLog, startUnread, store, storedLines, USER } from "./fixtures/unread_log.ts";

/** Lines that are more than a pipe takes. */
const SOME = 100;

/** Lines for which a small disk has room. */
const FEW = 50;

/** Milliseconds for a wait of 2 s and an end that only a server takes that hangs. */
const HANGING = 60_000;

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
