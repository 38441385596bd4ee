/** An error that was not foreseen, in a server that serves. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { databaseIn, fileRows } from "../../end_to_end/fixtures/data_folder.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";

/** Where nothing waits for an error: in a promise, and in a timer. */
const PLACES = {
  "a promise": "Promise.reject(new TypeError('sabotage'));",
  "a timer": "setTimeout(() => { throw new TypeError('sabotage'); });",
} as const;

const SIZES = [1_000, 300_000];

for (const [place, act] of Object.entries(PLACES)) {
  Deno.test({
    name: `A server with an unforeseen error in ${place} ends with 1, and has what it confirmed`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using folder = await temporaryFolder();
      const data = join(folder.path, "data");
      const preload = join(folder.path, "sabotage.js");
      const listen = `Deno.addSignalListener("SIGUSR2", function sabotage() { ${act} });`;
      await Deno.writeTextFile(preload, listen);
      {
        await using server = await RunningServer.start(data, {
          // Before all other words of `deno run`.
          through: ["sh", "-c", `deno=$0 && shift && exec "$deno" run --preload ${preload} "$@"`],
        });
        using client = await ConnectedClient.introduced(server.address, "Steady");
        for (const size of SIZES) {
          await client.send(await client.fileRequest(`${size}`, seededBytes(size, size)));
          assert.equal((await client.reply()).kind, "fileReceived");
          assert.equal((await client.confirm(`${size}`)).kind, "acknowledged");
        }
        const request = await client.fileRequest("amid", seededBytes(1, 300_000));
        await client.send(request.subarray(0, 200_000));
        server.signal("SIGUSR2");
        const { code, stderr } = await server.ended();
        assert.equal(code, 1);
        assert.match(stderr, /^Fatal: This was not foreseen: .*sabotage; report it with the /m);
      }
      await using server = await RunningServer.start(data);
      using _client = await ConnectedClient.introduced(server.address, "Newcomer");
      assert.equal((await server.stop()).code, 0);
      const rows = fileRows(databaseIn(data));
      assert.deepEqual(rows.map(({ fileName }) => fileName).sort(), SIZES.map(String).sort());
      for (const { location, size } of rows) {
        assert.equal((await Deno.stat(join(data, location))).size, size);
      }
    },
  });
}
