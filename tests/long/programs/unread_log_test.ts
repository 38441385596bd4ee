/** A log that is not read for a while: the number of lost lines is told. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { databaseIn, fileRows } from "../../end_to_end/fixtures/data_folder.ts";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import {
  fillLog,
  startUnread,
  store,
  storedLines,
  USER,
} from "../../end_to_end/fixtures/unread_log.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";

/**
 * Lines enough for what a pipe takes, and what waits besides: each has more than 2,200 characters.
 * There is one for each file that was stored.
 */
const MANY = 560;

Deno.test("A log that is read again has the number of lost lines", async () => {
  await using data = await temporaryFolder();
  const begun = performance.now();
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
  const most = missing + 60 + (performance.now() - begun) / 1_000;
  assert(missing > 0 && missing <= told.count && told.count <= most, `${missing} missing`);
});

/** Lines that are more than a pipe takes. */
const SOME = 100;

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
