/** How a server stops: at once when nothing is under way, and after what is under way otherwise. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import {
  clientRows,
  databaseIn,
  fileRows,
  stagedFiles,
  storedFiles,
} from "./fixtures/data_folder.ts";
import { HalfSent } from "./fixtures/half_sent.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { seededBytes } from "./fixtures/seeded_bytes.ts";
import { LONG_GRACE, testIdleEnd } from "./test_signals.ts";

const PLAIN = seededBytes(64, 4_000);

// SIGINT, and a second signal, in tests/long/.
testIdleEnd("SIGTERM");

Deno.test("Connections without a transfer do not hold a stop up", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path, { args: LONG_GRACE });
  using silent = await ConnectedClient.connect(server.address);
  using halfway = await ConnectedClient.connect(server.address);
  await halfway.send(new Uint8Array(11));
  using introduced = await ConnectedClient.introduced(server.address, "Idle");
  const stopped = server.stop();
  await Promise.all([silent, halfway, introduced].map((client) => client.ended()));
  assert.equal((await stopped).code, 0);
});

Deno.test("A transfer under way at a stop may finish, while nobody else is let in", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path, { args: LONG_GRACE });
  let half: HalfSent;
  {
    half = await HalfSent.begin(server.address, { name: "Halfway", data: data.path });
    using client = half;
    server.signal("SIGTERM");
    await server.logged(/Stopping: 1 connections are open/);
    // Refused, or dropped: a listener that is being closed may let a last one in for a moment.
    await assert.rejects(ConnectedClient.introduced(server.address, "Newcomer"));

    await client.finish();
  }
  assert.equal((await server.ended()).code, 0);
  assert.deepEqual(clientRows(databaseIn(data.path)).map(({ name }) => name), ["Halfway"]);
  assert.deepEqual(
    await storedFiles(data.path),
    fileRows(databaseIn(data.path)).map((row) => row.location),
  );
  await half.assertStored();
});

Deno.test("A transfer that waits for its verdict at a stop may finish too", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path, { args: LONG_GRACE });
  {
    using client = await ConnectedClient.introduced(server.address, "Undecided");
    await client.send(await client.fileRequest("late.bin", PLAIN));
    assert.equal((await client.reply()).kind, "fileReceived");
    server.signal("SIGTERM");
    await server.logged(/Stopping: 1 connections are open/);
    assert.equal((await client.confirm("late.bin")).kind, "acknowledged");
    await client.ended();
  }
  assert.equal((await server.ended()).code, 0);
  assert.equal(fileRows(databaseIn(data.path)).length, 1);
});

Deno.test("At the end of the grace period the server ends, file unstored", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path, {
    args: [...ON_LOOPBACK, "--grace", "100ms"],
  });
  using client = await HalfSent.begin(server.address, { name: "Late", data: data.path });
  const { code, stderr } = await server.stop();
  await client.ended();
  assert.equal(code, 0);
  assert.match(stderr, /Ending 1 connections that did not finish in time/);
  assert.deepEqual(await stagedFiles(data.path), []);
  assert.deepEqual(await storedFiles(data.path), []);
  assert.deepEqual(fileRows(databaseIn(data.path)), []);
});
