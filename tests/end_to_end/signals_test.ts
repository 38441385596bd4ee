/** How a server stops: at once when nothing is under way, and with patience when something is. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { Cksum } from "../../shared/crypto/cksum.ts";
import {
  clientRows,
  databaseIn,
  fileRows,
  stagedFiles,
  storedFiles,
} from "./fixtures/data_folder.ts";
import { RawClient } from "./fixtures/raw_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { seededBytes } from "./fixtures/seeded_bytes.ts";
import { StagingWatch } from "./fixtures/staging_watch.ts";

/** More than the server decrypts in one go, so that half of it has reached the disk. */
const PLAIN = seededBytes(64, 4_000_000);

/** Longer than any test: where a test passes in time, it was not the grace period that ended. */
const LONG_GRACE = [...ON_LOOPBACK, "--grace", "1h"];

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends an idle server with exit code 0`, async () => {
    await using data = await temporaryFolder();
    await using server = await RunningServer.start(data.path);
    const { code, stdout, stderr } = await server.stop(signal);
    assert.equal(code, 0);
    assert.equal(stdout, `listening on ${server.address}\n`);
    assert.match(stderr, /^\S+ +info +Stopped\n$/);
  });
}

Deno.test("Connections without a transfer do not hold a stop up", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.start(data.path, { args: LONG_GRACE });
  using silent = await RawClient.connect(server.address);
  using halfway = await RawClient.connect(server.address);
  await halfway.send(new Uint8Array(11));
  using introduced = await RawClient.introduced(server.address, "Idle");
  const stopped = server.stop();
  await Promise.all([silent, halfway, introduced].map((client) => client.ended()));
  assert.equal((await stopped).code, 0);
});

Deno.test("A transfer under way at a stop may finish, while nobody else is let in", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.start(data.path, { args: LONG_GRACE });
  {
    using client = await RawClient.introduced(server.address, "Halfway");
    const { rest, clientId } = await sendHalf(client, data.path);
    server.signal("SIGTERM");
    await server.logged(/Stopping: 1 connections are open/);
    // Refused, or dropped: a listener that is being closed may let a last one in for a moment.
    await assert.rejects(RawClient.introduced(server.address, "Newcomer"));

    await client.send(rest);
    const reply = await client.reply();
    assert(reply.kind === "fileReceived");
    assert.equal(reply.checksum, checksumOf(PLAIN));
    assert.deepEqual(await client.confirm("half.bin"), { kind: "acknowledged", clientId });
    await client.ended();
  }
  assert.equal((await server.ended()).code, 0);
  assert.deepEqual(clientRows(databaseIn(data.path)).map(({ name }) => name), ["Halfway"]);
  const [row] = fileRows(databaseIn(data.path));
  assert.equal(row?.verified, 1);
  assert.deepEqual(await storedFiles(data.path), [row.pathName]);
  assert.deepEqual(await Deno.readFile(join(data.path, row.pathName)), new Uint8Array(PLAIN));
});

Deno.test("A transfer that waits for its verdict at a stop may finish too", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.start(data.path, { args: LONG_GRACE });
  {
    using client = await RawClient.introduced(server.address, "Undecided");
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

Deno.test("When the grace period runs out the server ends all the same, and keeps nothing of the file", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.start(data.path, {
    args: [...ON_LOOPBACK, "--grace", "100ms"],
  });
  using client = await RawClient.introduced(server.address, "Late");
  await sendHalf(client, data.path);
  const { code, stderr } = await server.stop();
  await client.ended();
  assert.equal(code, 0);
  assert.match(stderr, /Ending 1 connections that did not finish in time/);
  assert.deepEqual(await stagedFiles(data.path), []);
  assert.deepEqual(await storedFiles(data.path), []);
  assert.deepEqual(fileRows(databaseIn(data.path)), []);
});

for (const [signal, exitCode] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test(`A second signal, ${signal}, ends the server at once; the next start tidies up`, async () => {
    await using data = await temporaryFolder();
    {
      await using server = await RunningServer.start(data.path, { args: LONG_GRACE });
      using client = await RawClient.introduced(server.address, "Hurried");
      await sendHalf(client, data.path);
      server.signal("SIGTERM");
      await server.logged(/Stopping: 1 connections are open/);
      assert.equal((await server.stop(signal)).code, exitCode);
      await client.ended();
    }
    assert.equal((await stagedFiles(data.path)).length, 1);
    await using server = await RunningServer.start(data.path);
    assert.deepEqual(await stagedFiles(data.path), []);
    assert.deepEqual(await storedFiles(data.path), []);
    assert.match((await server.stop()).stderr, /Removed 1 unfinished uploads/);
    assert.deepEqual(fileRows(databaseIn(data.path)), []);
  });
}

/** Sends the first half of `half.bin`; resolves when the server is at it. */
async function sendHalf(
  client: RawClient,
  data: string,
): Promise<{ readonly rest: Uint8Array; readonly clientId: Uint8Array }> {
  const request = await client.fileRequest("half.bin", PLAIN);
  const half = request.byteLength / 2;
  using watch = new StagingWatch(data);
  await client.send(request.subarray(0, half));
  await watch.begun();
  return { rest: request.subarray(half), clientId: client.clientId };
}

function checksumOf(plain: Uint8Array): number {
  const sum = new Cksum();
  sum.update(plain);
  return sum.digest();
}
