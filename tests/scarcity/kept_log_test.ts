/** A disk on which the log of the database has room, and the database itself has not. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { fileRows } from "../end_to_end/fixtures/data_folder.ts";
import { ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { mayMount, smallDisk } from "./small_disk.ts";

/** Bytes of a file that goes through the log: about 17 pages of it. */
const SIZE = 60_000;

const mounts = await mayMount();

Deno.test({
  name: "A log that cannot be copied into its database is reported and grows, and is copied later" +
    (mounts ? "" : " (ignored: no right to mount a tmpfs)"),
  ignore: !mounts,
  async fn() {
    await using data = await temporaryFolder();
    await using disk = await smallDisk(24 * 1024 * 1024);
    assert(disk !== undefined);
    const database = join(disk.path, "test.db");
    const args = [...ON_LOOPBACK, "--database", database];
    await using server = await RunningServer.here(data.path, { args });
    let files = 0;
    {
      using client = await ConnectedClient.introduced(server.address, "Crowded");
      /** Stores up to so many files; stops at the first that is refused. */
      const store = async (count: number) => {
        for (const end = files + count; files < end; files++) {
          const name = `${files}.bin`;
          await client.send(await client.fileRequest(name, seededBytes(files, SIZE)));
          assert.equal((await client.reply()).kind, "fileReceived");
          if ((await client.confirm(name)).kind !== "acknowledged") return;
        }
      };
      await store(20);
      // Enough for the rest of the pages after which the log is copied, not for the copy.
      await disk.fill(3_300_000);
      await store(60);
      await server.logged(/log of the database could not be copied into it, and grows: .*disk/);
      assert.ok(files < 80);
      await disk.empty();
      const before = (await Deno.stat(database)).size;
      await store(60);
      assert.ok((await Deno.stat(database)).size > before);
    }
    const { code, stderr } = await server.stop();
    assert.equal(code, 0);
    assert.match(stderr, /checkpoints-failed 1, /);
    assert.equal(fileRows(database).length, files);
  },
});
