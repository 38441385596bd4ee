/** How a server stops: at once when nothing is under way, and with patience when something is. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import {
  clientRows,
  databaseIn,
  fileRows,
  stagedFiles,
  storedFiles,
} from "./fixtures/data_folder.ts";
import { HalfSent } from "./fixtures/half_sent.ts";
import { recoveredServer } from "./fixtures/recovered_server.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { seededBytes } from "./fixtures/seeded_bytes.ts";

const PLAIN = seededBytes(64, 4_000);

/** Longer than any test: where a test passes in time, it was not the grace period that ended. */
const LONG_GRACE = [...ON_LOOPBACK, "--grace", "1h"];

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends an idle server with exit code 0`, async () => {
    await using data = await temporaryFolder();
    await using server = await RunningServer.start(data.path);
    const { code, stdout, stderr } = await server.stop(signal);
    assert.equal(code, 0);
    assert.match(stdout, /^listening on \S+\nsealpost:\S+\n$/);
    assert.match(stderr, /^\S+ +info +Stopped\n$/);
  });
}

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

for (
  const [first, second, exitCode] of [["SIGINT", "SIGTERM", 143], [
    "SIGTERM",
    "SIGINT",
    130,
  ]] as const
) {
  Deno.test(`${second} after ${first} ends the server at once; a start cleans up`, async () => {
    await using data = await temporaryFolder();
    {
      await using server = await RunningServer.start(data.path, { args: LONG_GRACE });
      using client = await HalfSent.begin(server.address, { name: "Hurried", data: data.path });
      server.signal(first);
      await server.logged(/Stopping: 1 connections are open/);
      assert.equal((await server.stop(second)).code, exitCode);
      await client.ended();
    }
    assert.equal((await stagedFiles(data.path)).length, 1);
    await using server = await recoveredServer(data.path, RunningServer.here);
    assert.deepEqual(await stagedFiles(data.path), []);
    assert.deepEqual(await storedFiles(data.path), []);
    assert.match((await server.stop()).stderr, /Removed 1 unfinished uploads/);
    assert.deepEqual(fileRows(databaseIn(data.path)), []);
  });
}
