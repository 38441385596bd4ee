/** A server that holds more files at its start than it may. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";

/** Sends a file; resolves with whether it was taken. */
async function store(client: ConnectedClient, name: string): Promise<boolean> {
  await client.send(await client.fileRequest(name, new Uint8Array(100)));
  if ((await client.reply()).kind !== "fileReceived") return false;
  return (await client.confirm(name)).kind === "acknowledged";
}

Deno.test("A server with more files than it may have says so, and takes replacements", async () => {
  await using data = await temporaryFolder();
  const own = {};
  {
    await using server = await RunningServer.here(data.path);
    using client = await ConnectedClient.introduced(server.address, "Alice");
    for (const name of ["a", "b", "c"]) assert(await store(client, name));
    const { clientId, aesKey } = client;
    Object.assign(own, { clientId, aesKey });
  }
  await using server = await RunningServer.here(data.path, {
    args: [...ON_LOOPBACK, "--max-files", "2"],
  });
  await server.logged(/3 files are stored, and --max-files is 2: new ones are refused/);
  using client = Object.assign(await ConnectedClient.connect(server.address), own);
  assert(!await store(client, "new"));
  await server.logged(/'server-files-exceeded'/);
  assert(await store(client, "b"));
});
