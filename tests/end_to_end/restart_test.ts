/** What outlives a server, and what a client does about what did not. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { idIn, makeFile } from "./fixtures/client_folder.ts";
import { clientRows, databaseIn, fileRows, storedFiles } from "./fixtures/data_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import type { Ended } from "./fixtures/program.ts";
import { onLoopbackAgain, RunningServer } from "./fixtures/running_server.ts";

Deno.test("After a restart a known client replaces an old version", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  let id: string;
  const args = await onLoopbackAgain();
  {
    await using server = await RunningServer.here(data.path, { args });
    await makeFile(home.path, { name: "report.bin", size: 70_000 });
    assert.match((await send(home.path, server)).stderr, /Registered as "Restart"/);
    id = await idIn(home.path);
    assert.equal((await server.stop("SIGTERM")).code, 0);
  }
  await using server = await RunningServer.here(data.path, { args });
  const { content } = await makeFile(home.path, { name: "report.bin", size: 50_001 });
  const { stderr } = await send(home.path, server);
  assert.match(stderr, /Reconnected as "Restart"/);
  assert.doesNotMatch(stderr, /Registered/);
  assert.equal(await idIn(home.path), id);
  await server.stop();

  const location = `received_files/${id}/report.bin`;
  assert.deepEqual(await storedFiles(data.path), [location]);
  assert.deepEqual(await Deno.readFile(join(data.path, location)), new Uint8Array(content));
  assert.equal(clientRows(databaseIn(data.path)).length, 1);
  const [row, ...others] = fileRows(databaseIn(data.path));
  assert.equal(row?.size, content.byteLength);
  assert.deepEqual(others, []);
});

Deno.test("A client whom a new server does not know registers again, under a new id", async () => {
  await using home = await temporaryFolder();
  await makeFile(home.path, { name: "report.bin", size: 1000 });
  const ids: string[] = [];
  const args = await onLoopbackAgain();
  for (const said of [/Registered as "Restart"/, /does not know "Restart" any more; registering/]) {
    await using data = await temporaryFolder();
    await using server = await RunningServer.here(data.path, { args });
    assert.match((await send(home.path, server)).stderr, said);
    const id = await idIn(home.path);
    ids.push(id);
    await server.stop();
    assert.deepEqual(clientRows(databaseIn(data.path)).map((row) => row.id), [id]);
    assert.deepEqual(await storedFiles(data.path), [`received_files/${id}/report.bin`]);
  }
  const [first, second] = ids;
  assert.notEqual(first, second);
});

Deno.test("A database in memory ends with its server, and clients register again", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await makeFile(home.path, { name: "report.bin", size: 1000 });
  const address = await onLoopbackAgain();
  const paths: string[] = [];
  for (let run = 1; run <= 2; run++) {
    const args = [...address, "--database", ":memory:"];
    await using server = await RunningServer.here(data.path, { args });
    await send(home.path, server);
    paths.push(`received_files/${await idIn(home.path)}/report.bin`);
  }
  assert.deepEqual(await storedFiles(data.path), paths.sort());
  assert.equal(new Set(paths).size, 2);
  const entries = await Array.fromAsync(Deno.readDir(data.path));
  const names = ["contents", "lock", "received_files", "server.key", "staging"];
  assert.deepEqual(entries.map(({ name }) => name).sort(), names);
});

Deno.test("A database elsewhere is used by the next server too", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await makeFile(home.path, { name: "report.bin", size: 1000 });
  const database = join(home.path, "catalog.db");
  const address = await onLoopbackAgain();
  for (const said of [/Registered as "Restart"/, /Reconnected as "Restart"/]) {
    const args = [...address, "--database", database];
    await using server = await RunningServer.here(data.path, { args });
    assert.match((await send(home.path, server)).stderr, said);
  }
  assert.equal(fileRows(database).length, 1);
});

/** Sends `report.bin` under the name `Restart`, and tells what was said meanwhile. */
async function send(home: string, { address }: RunningServer): Promise<Ended> {
  const ended = await runClient([
    ...["--dir", home, "--server", address, "--name", "Restart", "--verbose"],
    join(home, "report.bin"),
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}
