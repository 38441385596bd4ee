/** A log that finds no room: the server works, and stops, all the same. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { mayMount, smallDisk } from "../scarcity/small_disk.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { fillLog, store, storedLines, USER } from "./fixtures/unread_log.ts";

/** Lines for which a small disk has room. */
const FEW = 50;

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
