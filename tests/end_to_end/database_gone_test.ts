/** A database that is taken away from a server that runs. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { databaseIn, fileRows } from "./fixtures/data_folder.ts";
import { RunningServer } from "./fixtures/running_server.ts";

const NAMES = ["small.txt", "large.bin"];

Deno.test({
  name: "A server whose database is removed says so, confirms nothing, and recovers",
  // Windows does not let go of a file that SQLite has open.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using data = await temporaryFolder();
    const path = databaseIn(data.path);
    {
      await using server = await RunningServer.here(data.path);
      const client = await ConnectedClient.introduced(server.address, "Bereft");
      await client.send(await client.fileRequest("kept.txt", new Uint8Array(10)));
      assert.equal((await client.reply()).kind, "fileReceived");
      assert.equal((await client.confirm("kept.txt")).kind, "acknowledged");

      await Deno.rename(path, `${path}.away`);
      await server.logged(/Nothing is stored any more .*defensive\.db.* was removed or replaced/);
      for (const [n, name] of NAMES.entries()) {
        await client.send(await client.fileRequest(name, new Uint8Array(n * 100_000)));
        assert.equal((await client.reply()).kind, "fileReceived");
        assert.equal((await client.confirm(name)).kind, "serverError");
        await server.logged(/Refused 'crcValid': 'database-gone'/);
      }
      await Deno.rename(`${path}.away`, path);
      assert.equal((await client.confirm("large.bin")).kind, "serverError");
      client[Symbol.dispose]();
      const { code, stderr } = await server.stop();
      assert.equal(code, 0);
      assert.match(stderr, /Stopped \(.* database-gone 1, .* refused\.database-gone 3, /);
    }
    await using server = await RunningServer.here(data.path);
    using client = await ConnectedClient.introduced(server.address, "Another");
    await client.send(await client.fileRequest("new.txt", new Uint8Array(10)));
    assert.equal((await client.reply()).kind, "fileReceived");
    assert.equal((await client.confirm("new.txt")).kind, "acknowledged");
    await server.stop();
    assert.deepEqual(fileRows(path).map(({ fileName }) => fileName).sort(), [
      "kept.txt",
      "new.txt",
    ]);
  },
});
