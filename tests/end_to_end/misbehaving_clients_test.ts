/** Clients that stall or vanish: what others, and the server, notice of them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { makeFile } from "./fixtures/client_folder.ts";
import { databaseIn, fileRows, stagedFiles, storedFiles } from "./fixtures/data_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { RunningServer } from "./fixtures/running_server.ts";
import { seededBytes } from "./fixtures/seeded_bytes.ts";
import { StagingWatch } from "./fixtures/staging_watch.ts";

/** Far more than a server gathers before it writes anything. */
const PLAIN = seededBytes(9, 4_000_000);

Deno.test("Clients that stall within a header or a file do not hold another one up", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  using inHeader = await ConnectedClient.connect(server.address);
  await inHeader.send(new Uint8Array(11));
  using inFile = await ConnectedClient.introduced(server.address, "Stalled");
  const request = await inFile.fileRequest("stalled.bin", PLAIN);
  using watch = new StagingWatch(data.path);
  await inFile.send(request.subarray(0, request.byteLength / 2));
  await watch.begun();

  await sendFile(home.path, server.address);
  assert.deepEqual(fileRows(databaseIn(data.path)).map(({ fileName }) => fileName), ["file.bin"]);

  // Both go on as before.
  await inFile.send(request.subarray(request.byteLength / 2));
  assert.equal((await inFile.reply()).kind, "fileReceived");
  assert.equal((await inFile.confirm("stalled.bin")).kind, "acknowledged");
});

Deno.test("An interrupted upload leaves only a line in the log", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  using watch = new StagingWatch(data.path);
  {
    using client = await ConnectedClient.introduced(server.address, "Vanishing");
    const request = await client.fileRequest("cut.bin", PLAIN);
    await client.send(request.subarray(0, request.byteLength / 2));
    await watch.begun();
  }
  await watch.gone();
  await server.logged(
    /warning +#1 \S+ \S+ '.*': The connection ended before 'cut\.bin' was complete/,
  );
  assert.deepEqual(await stagedFiles(data.path), []);
  await server.stop();
  assert.deepEqual(await storedFiles(data.path), []);
  assert.deepEqual(fileRows(databaseIn(data.path)), []);
});

Deno.test("A file without a verdict is not stored when the server stops", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  {
    using client = await ConnectedClient.introduced(server.address, "Undecided");
    await client.send(await client.fileRequest("undecided.bin", PLAIN));
    assert.equal((await client.reply()).kind, "fileReceived");
  }
  assert.equal((await server.stop()).code, 0);
  assert.deepEqual(await stagedFiles(data.path), []);
  assert.deepEqual(await storedFiles(data.path), []);
  assert.deepEqual(fileRows(databaseIn(data.path)), []);
});

Deno.test("A new version that is cut off leaves the old version of a file as it was", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  using watch = new StagingWatch(data.path);
  {
    using client = await ConnectedClient.introduced(server.address, "Twice");
    await client.send(await client.fileRequest("file.bin", seededBytes(1, 100)));
    assert.equal((await client.reply()).kind, "fileReceived");
    assert.equal((await client.confirm("file.bin")).kind, "acknowledged");
    await watch.begun();
    const request = await client.fileRequest("file.bin", PLAIN);
    await client.send(request.subarray(0, request.byteLength / 2));
    await watch.begun();
  }
  await server.logged(/The connection ended before 'file\.bin' was complete/);
  await server.stop();
  const [row, ...others] = fileRows(databaseIn(data.path));
  assert.deepEqual(others, []);
  assert.deepEqual([row?.size, row?.verified], [100, 1]);
  const { size } = await Deno.stat(join(data.path, row?.location ?? ""));
  assert.equal(size, 100);
});

/** Sends `file.bin` with the client program, which has to manage at the first attempt. */
async function sendFile(home: string, address: string): Promise<void> {
  const { path } = await makeFile(home, { name: "file.bin", size: 100_000 });
  const { code, stderr } = await runClient([
    ...["--dir", home, "--server", address, "--name", "Normal", "--retries", "0", "--quiet"],
    path,
  ]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
}
